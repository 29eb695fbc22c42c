//! `cargo xtask bench`: measurements that need more than a test. In: their names and files. Out: figures.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{self, step};
use crate::test::worker_test;
use crate::{Profile, client, demo, python, root, serve, tools};

/// A benchmark and its options, as they stand on the command line. `here` is where that was written.
///
/// # Errors
/// When the name is unknown, or the benchmark fails.
pub(crate) fn run(words: &[OsString], here: &Path) -> Result<()> {
    let name = words.first().and_then(|name| name.to_str());
    match (name, words.get(1..).unwrap_or_default()) {
        (Some("curve"), [folder]) => curve(&here.join(folder)),
        (Some("matching"), options) => matching(options, here),
        (Some("load"), options) => load(options),
        (Some("browser"), options) => browser(options),
        _ => bail!(
            "expected `bench matching [--articles N] [--json] …`, `bench load [--json]`, `bench browser [--json] [--node] …` or `bench curve DIR`"
        ),
    }
}

/// Times the match beside faiss and usearch. The options are the program's own, but for the demo's catalogue and photos,
/// which stand in where none are given.
fn matching(options: &[OsString], here: &Path) -> Result<()> {
    let selection = ["--package", "stl-tests"];
    let binaries = serve::build_server(Profile::Release, &[&serve::SERVED[..], &selection].concat())?;
    demo::ensure(&binaries)?;
    let python = python::ensure_peers()?.join("python");
    let mut command = Command::new(root().join(binaries).join("bench_matching"));
    command.args(options).current_dir(here).arg("--python").arg(python);
    for (option, path) in [
        ("--models", "models"),
        ("--scratch", "target/bench"),
        ("--catalogue", demo::CATALOGUE),
        ("--photos", demo::LOOK_IMAGES),
    ] {
        if !options.iter().any(|given| given == option) {
            command.arg(option).arg(root().join(path));
        }
    }
    shell::run(&mut command)
}

/// Times the segmenter in Chromium beside onnxruntime-web, or with `--node` by itself in Node; the other options are the program's own.
fn browser(options: &[OsString]) -> Result<()> {
    client::ensure(Profile::Release)?;
    if options.iter().any(|option| option == "--node") {
        for (name, _) in client::WORKERS {
            // What needed the flag once has it for good in newer versions, which refuse the flag.
            let flag = "--experimental-wasm-relaxed-simd";
            let flag = [flag].into_iter().filter(|flag| shell::probe("node", &[flag, "-e", "0"]).is_some());
            shell::run(Command::new("node").args(flag).arg("tests/benches/peers/browser/node.mjs").args([
                client::DIST,
                name,
                "40",
            ]))?;
        }
        return Ok(());
    }
    let chromium = tools::Browser::ensure()?;
    let python = python::ensure()?.join("python");
    let natural = root().join("target/natural.onnx");
    shell::run(
        Command::new(python).arg("tests/benches/peers/natural.py").arg("models/street2fashion.onnx").arg(&natural),
    )?;
    let selection = ["--package", "stl-tests", "--bin", "bench_browser"];
    let binaries = serve::build_server(Profile::Quick, &selection)?;
    shell::run(
        Command::new(root().join(binaries).join("bench_browser"))
            .env("CHROMIUM", &chromium.program)
            .env("CHROMEDRIVER", &chromium.driver)
            .arg("--dist")
            .arg(root().join(client::DIST))
            .arg("--natural")
            .arg(&natural)
            .arg("--ort")
            .arg(tools::onnxruntime_web()?)
            .arg("--mediapipe")
            .arg(tools::selfie_segmentation()?)
            .args(options),
    )
}

/// Loads the server with searches; the options are the program's own.
fn load(options: &[OsString]) -> Result<()> {
    let selection = ["--package", "stl-tests"];
    let binaries = root().join(serve::build_server(Profile::Release, &[&serve::SERVED[..], &selection].concat())?);
    demo::ensure(&binaries)?;
    let oha = tools::oha()?.join("oha");
    shell::run(
        Command::new(binaries.join("bench_load")).env("STL_BINARIES", &binaries).arg("--oha").arg(oha).args(options),
    )
}

/// Times every network of a folder in the worker's relaxed-SIMD build and adds `ms`, `ms_p25` and `ms_p75` to `curve.json`.
fn curve(folder: &Path) -> Result<()> {
    let path = folder.join("curve.json");
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut points: Vec<serde_json::Value> = serde_json::from_str(&text).context("curve.json holds no list")?;
    fs::create_dir_all(root().join("target"))?;
    let mut source = String::from("const POINTS: &[&[u8]] = &[\n");
    for index in 0..points.len() {
        let onnx = folder.join(format!("curve-{index}.onnx"));
        let onnx = fs::read(&onnx).with_context(|| format!("{} cannot be read", onnx.display()))?;
        let file = root().join(format!("target/curve-{index}.bin"));
        fs::write(&file, separable::pack(&onnx)?.write())?;
        writeln!(source, "    include_bytes!({file:?}),")?;
    }
    source.push_str("];\n");
    let generated = root().join("target/curve.rs");
    fs::write(&generated, source)?;
    let output = step("Time the networks in Chromium", || {
        let (_, features) = client::WORKERS[client::WORKERS.len() - 1];
        let output = worker_test(features, "curve")?
            .args(["--features", "curve", "--", "--nocapture"])
            .env("STL_CURVE", &generated)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
            .output()?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    })?;
    let mut timed = 0;
    for words in
        output.lines().filter_map(|line| line.split_once("curve ")).map(|(_, rest)| rest.split(' ').collect::<Vec<_>>())
    {
        let [index, median, lower, upper] = words[..] else { continue };
        let Some(point) = index.parse::<usize>().ok().and_then(|index| points.get_mut(index)) else { continue };
        for (key, value) in [("ms", median), ("ms_p25", lower), ("ms_p75", upper)] {
            point[key] = value.parse::<f64>().with_context(|| format!("{value:?} is no time"))?.into();
        }
        timed += 1;
    }
    if timed != points.len() {
        bail!("expected times of {} networks, got {timed}:\n{output}", points.len());
    }
    fs::write(&path, serde_json::to_string_pretty(&points)? + "\n")?;
    println!("| input | decoder | MMAC | ms | IoU | boundary F | garment mIoU |\n|---|---|---|---|---|---|---|");
    for point in &points {
        let figure = |key: &str| point[key].as_f64().unwrap_or(f64::NAN);
        println!(
            "| {}×{} | {} | {:.0} | {:.1} | {:.3} | {:.3} | {:.3} |",
            point["height"],
            point["width"],
            point["decoder"],
            figure("mmac"),
            figure("ms"),
            figure("foreground_iou"),
            figure("boundary_f_2px"),
            figure("garment_miou")
        );
    }
    Ok(())
}
