//! `cargo xtask fuzz`: feeds the readers of strangers' bytes with anything. In: minutes, runs and a target. Out: a table of runs; an error if
//! one failed.
//!
//! The flags are those of cargo-fuzz, which need a nightly Rust by their name only.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::project::root;
use crate::shell::{self, cargo, host, step};

/// Coverage of edges and comparisons for libFuzzer, and AddressSanitizer.
const FLAGS: [&str; 8] = [
    "--cfg fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Zsanitizer=address",
    "-Ccodegen-units=16",
];

/// Bounds of one input: seconds, and MB of one allocation and in all. Readers of small inputs that take more have a fault; a picture of 59 bytes
/// may have as many pixels as a feed's may, which take seconds with AddressSanitizer.
const LIMITS: [&str; 3] = ["-timeout=60", "-malloc_limit_mb=256", "-rss_limit_mb=2048"];

/// The most bytes of an input, of targets of which short ones take all ways; longer ones only take time. The bound of the others is 4096, or the
/// longest seed.
const LENGTHS: [(&str, usize); 11] = [
    ("feed_google_table", 1024),
    ("feed_json_lines", 2048),
    ("feed_shopify", 1024),
    ("feed_woocommerce", 1024),
    ("picture_header", 1024),
    ("price", 64),
    ("sale_dates", 128),
    ("search_form", 1024),
    ("search_numbers", 1024),
    ("search_query", 512),
    ("shop_rules", 1024),
];

/// AddressSanitizer keeps the last freed memory from being used again, to tell who uses it then. Inputs are small: 16 MB of it are enough. Of its
/// usual 256 MB each allocation takes memory that no cache has.
const SANITIZER: &str = "quarantine_size_mb=16";

/// What a target did.
struct Outcome {
    target: String,
    runs: u64,
    seconds: u64,
    peak_mb: u64,
    is_good: bool,
}

/// How long each target runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until {
    /// At most so many minutes.
    pub(crate) minutes: f64,
    /// At most so many runs, if it is given.
    pub(crate) runs: Option<u64>,
}

/// Runs each target, or one.
///
/// # Errors
/// When they cannot be built, or an input fails.
pub(crate) fn run(until: Until, only: Option<&str>) -> Result<()> {
    let folder = root().join("fuzz");
    let targets = targets(&folder.join("fuzz_targets"))?;
    if let Some(only) = only
        && !targets.iter().any(|target| target == only)
    {
        bail!("expected a target of {}, got {only:?}", targets.join(", "));
    }
    let chosen: Vec<&String> = targets.iter().filter(|target| only.is_none_or(|only| *target == only)).collect();
    let host = host()?;
    step("Build the fuzz targets", || build(&folder, &host, only))?;
    let programs = folder.join("target").join(&host).join("release");
    let mut outcomes = Vec::new();
    for target in chosen {
        outcomes.push(step(&format!("Fuzz {target}"), || fuzz(&folder, &programs, target, until))?);
    }
    println!("{:<20}{:>14}{:>10}{:>10}  outcome", "target", "runs", "seconds", "peak MB");
    for Outcome { target, runs, seconds, peak_mb, is_good } in &outcomes {
        let outcome = if *is_good { "no fault" } else { "FAILED" };
        println!("{target:<20}{runs:>14}{seconds:>10}{peak_mb:>10}  {outcome}");
    }
    let failed: Vec<&str> =
        outcomes.iter().filter(|outcome| !outcome.is_good).map(|outcome| outcome.target.as_str()).collect();
    if !failed.is_empty() {
        bail!("inputs failed in {}: see fuzz/artifacts", failed.join(", "));
    }
    Ok(())
}

/// The names of the targets, in order.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let files = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut names = files
        .map(|file| Ok(file?.path().file_stem().unwrap_or_default().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

fn build(folder: &Path, host: &str, only: Option<&str>) -> Result<()> {
    let mut command = cargo();
    command
        .args(["build", "--locked", "--release", "--target", host, "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", FLAGS.join(" "))
        .env("CARGO_TARGET_DIR", folder.join("target"));
    match only {
        Some(target) => command.args(["--bin", target]),
        None => command.arg("--bins"),
    };
    shell::run(&mut command)
}

/// Gives the targets the versions that the server is built with; cargo adds libFuzzer's crate to them.
///
/// # Errors
/// When cargo cannot find the versions.
pub(crate) fn update_lock() -> Result<()> {
    let folder = root().join("fuzz");
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).context("Cargo.lock cannot be copied")?;
    let mut command = cargo();
    command.args(["metadata", "--quiet", "--format-version", "1", "--manifest-path"]).arg(folder.join("Cargo.toml"));
    shell::run(command.stdout(Stdio::null()))
}

fn fuzz(folder: &Path, programs: &Path, target: &str, until: Until) -> Result<Outcome> {
    let place = |name: &str| -> Result<PathBuf> {
        let place = folder.join(name).join(target);
        fs::create_dir_all(&place)?;
        Ok(place)
    };
    let (corpus, artifacts, seeds) = (place("corpus")?, place("artifacts")?, folder.join("seeds").join(target));
    let mut command = Command::new(programs.join(target));
    command
        .arg(&corpus)
        .arg(&seeds)
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-max_total_time={:.0}", (until.minutes * 60.0).max(1.0)))
        .args(until.runs.map(|runs| format!("-runs={runs}")))
        .arg("-print_final_stats=1")
        .args(LENGTHS.iter().filter(|(name, _)| *name == target).map(|(_, bytes)| format!("-max_len={bytes}")))
        .args(LIMITS)
        .env("ASAN_OPTIONS", SANITIZER)
        .stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{target} cannot be started"))?;
    let mut outcome = Outcome { target: target.to_owned(), runs: 0, seconds: 0, peak_mb: 0, is_good: false };
    let mut last = Vec::new();
    for line in BufReader::new(child.stderr.take().context("piped")?).lines() {
        let line = line?;
        let number = |name: &str| line.strip_prefix(name).and_then(|rest| rest.trim().parse().ok());
        outcome.runs = number("stat::number_of_executed_units:").unwrap_or(outcome.runs);
        outcome.peak_mb = number("stat::peak_rss_mb:").unwrap_or(outcome.peak_mb);
        if let Some(seconds) = line.strip_prefix("Done ").and_then(|rest| rest.split(' ').nth(3)?.parse().ok()) {
            outcome.seconds = seconds;
        }
        last.push(line);
        if last.len() > SHOWN_LINES {
            last.remove(0);
        }
    }
    outcome.is_good = child.wait()?.success();
    if !outcome.is_good {
        eprintln!("{}", last.join("\n"));
    }
    Ok(outcome)
}

/// Lines that are shown of a target that failed.
const SHOWN_LINES: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_its_program_and_seeds() {
        let folder = root().join("fuzz");
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        let targets = targets(&folder.join("fuzz_targets")).expect("targets");
        assert!(targets.len() >= 15, "{targets:?}");
        for target in &targets {
            assert!(
                manifest.contains(&format!("name = \"{target}\"\npath = \"fuzz_targets/{target}.rs\"")),
                "{target}"
            );
            let seeds = fs::read_dir(folder.join("seeds").join(target)).expect(target);
            let longest = seeds.map(|seed| seed.expect("a file").metadata().expect("its size").len()).max();
            let most = LENGTHS.iter().find(|(name, _)| name == target).map_or(4096, |(_, bytes)| *bytes as u64);
            assert!(longest.is_some_and(|longest| longest <= most), "{target}: {longest:?} of {most} bytes");
        }
        assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
        assert!(LENGTHS.iter().all(|(name, _)| targets.iter().any(|target| target == name)));
    }

    const STALE: &str = "fuzz/Cargo.lock does not fit: run `cargo xtask fuzz --update-lock`";

    fn parsed(file: &str) -> toml::Table {
        fs::read_to_string(root().join(file)).expect(file).parse().expect(file)
    }

    /// The packages of a lock file: name, version, and names of what they depend on.
    fn locked(file: &str) -> Vec<(String, String, Vec<String>)> {
        let text = |value: &toml::Value| value.as_str().expect("a text").to_owned();
        let packages = parsed(file)["package"].as_array().expect("packages").clone();
        let of_package = |package: &toml::Value| {
            let needed = package.get("dependencies").and_then(toml::Value::as_array).cloned().unwrap_or_default();
            // A version follows the name if there are two.
            let needed = needed.iter().map(|one| text(one).split(' ').next().unwrap_or_default().to_owned());
            (text(&package["name"]), text(&package["version"]), needed.collect())
        };
        packages.iter().map(of_package).collect()
    }

    #[test]
    fn targets_are_locked_to_the_workspaces_versions() {
        let (workspace, own) = (locked("Cargo.lock"), locked("fuzz/Cargo.lock"));
        for (name, version, _) in &own {
            let versions: Vec<&String> =
                workspace.iter().filter(|(known, ..)| known == name).map(|(_, version, _)| version).collect();
            // libFuzzer's crate and what it needs are not the workspace's.
            assert!(versions.is_empty() || versions.contains(&version), "{name} {version}: {STALE}");
        }
        // The targets, and the crates of the workspace that they read with.
        let known = parsed("Cargo.toml")["workspace"]["dependencies"].as_table().expect("a table").clone();
        let folders = known.iter().filter_map(|(name, of)| Some((name.clone(), of.get("path")?.as_str()?.to_owned())));
        let folders = folders.chain([("stl-fuzz".to_owned(), "fuzz".to_owned())]);
        let mut checked = 0;
        for (name, folder) in folders {
            let Some((.., needed)) = own.iter().find(|(known, ..)| *known == name) else { continue };
            let manifest = parsed(&format!("{folder}/Cargo.toml"));
            for (dependency, of) in manifest["dependencies"].as_table().expect("a table") {
                let is_optional = of.get("optional").and_then(toml::Value::as_bool).unwrap_or_default();
                assert!(is_optional || needed.contains(dependency), "{name} needs {dependency}: {STALE}");
            }
            checked += 1;
        }
        assert!(checked >= 4, "{checked} crates");
    }
}
