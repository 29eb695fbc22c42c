//! `cargo xtask doctor`: what a machine has, what it lacks, and how to get it. Installs nothing.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::browsers::{self, Browser};
use crate::install::{apt_can_install, cache};
use crate::project::root;
use crate::shell::{on_path, probe};
use crate::{machines, wasm_target};

/// Free space in GB that a first build and test take: 15 for native programs and tests, 3 for WebAssembly, 4 for Python.
const NEEDED_GB: f64 = 25.0;

/// One thing that commands need.
struct Need {
    what: &'static str,
    /// The commands that need it.
    by: &'static str,
    /// What was found, if it was.
    found: Option<String>,
    /// What installs it.
    get: Get,
}

/// How a missing thing comes.
enum Get {
    /// The command that needs it installs it by Debian's packages, if it may; else these have to be installed.
    Packages(&'static str),
    /// The command that needs it fetches it by cargo, pip or npm.
    Itself,
    /// By hand.
    Hand(&'static str),
}

/// Prints what there is and what is missing.
///
/// # Errors
/// When something is missing that has to be installed by hand.
pub(crate) fn report() -> Result<()> {
    let may_install = apt_can_install();
    let mut by_hand = 0;
    for Need { what, by, found, get } in needs() {
        match (found, get) {
            (Some(found), _) => println!("ok       {what}: {found}"),
            (None, Get::Itself) => println!("later    {what}: `cargo xtask {by}` fetches it"),
            (None, Get::Packages(packages)) if may_install => {
                println!("later    {what}: `cargo xtask {by}` installs {packages}");
            }
            (None, Get::Packages(how) | Get::Hand(how)) => {
                by_hand += 1;
                println!("MISSING  {what}, for `cargo xtask {by}`: install {how}");
            }
        }
    }
    if by_hand > 0 {
        bail!("{by_hand} things have to be installed first");
    }
    println!("`cargo xtask serve` and `cargo xtask test` can run here");
    Ok(())
}

fn needs() -> Vec<Need> {
    let program = |name: &str| on_path(name).map(|path| path.display().to_string());
    let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
    let compiler = || ["cc", "gcc", "clang"].into_iter().find_map(program);
    let shown = |browser: Browser| format!("{}, {}", browser.program.display(), browser.driver.display());
    let need = |what, by, found, get| Need { what, by, found, get };
    vec![
        need(
            "Rust",
            "serve",
            probe("rustc", &["--version"]).map(first_line).filter(|version| is_new(version)),
            Get::Hand(RUST),
        ),
        need("a C compiler, for SQLite", "serve", compiler(), Get::Hand("gcc or clang (Debian: build-essential)")),
        need(
            "the WebAssembly target",
            "serve",
            wasm_target::found(),
            Get::Packages("rustc-web cargo-web rust-web-src lld"),
        ),
        need(
            "free space",
            "test",
            space(root()),
            Get::Hand("nothing, but make room: a first build and test take 25 GB"),
        ),
        need(
            "Python 3 with venv",
            "test",
            probe("python3", &["-c", "import ensurepip, venv, sys; print(sys.version.split()[0])"]).map(first_line),
            Get::Packages("python3 python3-venv"),
        ),
        need("Chromium with its driver", "test", Browser::find().map(shown), Get::Packages("chromium chromium-driver")),
        need(
            "Firefox",
            "test",
            browsers::firefox().map(|path| path.display().to_string()),
            Get::Packages("firefox-esr"),
        ),
        need(
            "WebKit with its driver and a screen",
            "test",
            Browser::find_webkit().map(shown),
            Get::Packages("webkit2gtk-driver xvfb"),
        ),
        need(
            "a Vulkan driver",
            "test",
            browsers::has_vulkan().then(|| "there".to_owned()),
            Get::Packages("libvulkan1 mesa-vulkan-drivers"),
        ),
        need(
            "promtool, for the rules of alerts",
            "setup",
            machines::found_promtool().map(|path| path.display().to_string()),
            Get::Itself,
        ),
        need("esbuild, axe-core, cargo-deny and other tools", "setup", tools(), Get::Itself),
    ]
}

/// What builds this project.
const RUST: &str = concat!("Rust ", env!("CARGO_PKG_RUST_VERSION"), " or later (https://rustup.rs)");

/// Whether a version such as `rustc 1.95.0 (…)` builds this project.
fn is_new(version: &str) -> bool {
    let number = |text: &str| -> Vec<u32> { text.split('.').map_while(|part| part.parse().ok()).collect() };
    version.split(' ').nth(1).is_some_and(|version| number(version) >= number(env!("CARGO_PKG_RUST_VERSION")))
}

/// Free space, if it is enough.
fn space(folder: &Path) -> Option<String> {
    let folder = folder.to_str()?;
    let line = probe("df", &["-Pk", folder])?;
    let free_kb: f64 = line.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    let free_gb = free_kb * 1024.0 / 1e9;
    let is_built = Path::new(folder).join("target").exists();
    (is_built || free_gb >= NEEDED_GB).then(|| format!("{free_gb:.0} GB"))
}

/// The folder of the tools that were fetched before.
fn tools() -> Option<String> {
    let folder = cache().ok()?.join("tools");
    let count = fs::read_dir(&folder).ok()?.count();
    (count > 0).then(|| format!("{count} in {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_rust_is_none() {
        let oldest = env!("CARGO_PKG_RUST_VERSION");
        for (version, expected) in [
            (format!("rustc {oldest}.0 (abc 2026-01-01)"), true),
            ("rustc 1.2.3".to_owned(), false),
            ("nothing".to_owned(), false),
        ] {
            assert_eq!(is_new(&version), expected, "{version}");
        }
        assert_eq!(needs().iter().filter(|need| need.found.is_none() && need.what == "Rust").count(), 0);
    }
}
