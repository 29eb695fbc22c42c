//! `cargo xtask test`: everything that must hold.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

use crate::browsers::{self, Browser};
use crate::project::{Profile, root};
use crate::shell::{self, cargo, step};
use crate::worker::{WORKERS, test_command};
use crate::{build, client, machines, python, release, tools};

/// A part of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// rustfmt
    Format,
    /// Licences, bans and sources of the dependencies, by cargo-deny
    Deny,
    /// clippy, and the package of `separable`
    Lints,
    /// The training code
    Python,
    /// The page's own logic
    Page,
    /// Unit tests, the server, and whole-system tests in Chromium, Firefox and WebKit
    Rust,
    /// The packages of `cargo xtask release`, of which the Debian one is installed in a copy of this machine's files
    Package,
    /// The segmenter in WebAssembly, in Chromium
    Wasm,
}

impl Suite {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self) -> Result<()> {
        match self {
            Self::Format => format(),
            Self::Deny => deny(),
            Self::Lints => lints(),
            Self::Python => python_tests(),
            Self::Page => page(),
            Self::Rust => rust(),
            Self::Package => package(),
            Self::Wasm => wasm(),
        }
    }
}

/// The packages that are tested natively, as arguments of cargo. Building and testing use the same selection: cargo unifies features
/// over a selection, and another one would build tract again. The page is not among them; it has its own dependencies.
const NATIVE: [&str; 24] = [
    "--package",
    "shop-the-look",
    "--package",
    "stl-server",
    "--package",
    "stl-evaluate",
    "--package",
    "garment-renderer",
    "--package",
    "stl-types",
    "--package",
    "separable",
    "--package",
    "stl-vision",
    "--package",
    "stl-worker",
    "--package",
    "stl-tests",
    "--package",
    "stl-benches",
    "--package",
    "stl-cluster",
    "--package",
    "xtask",
];

/// Runs the named suites, or all if none is named. Stops at the first that fails.
///
/// # Errors
/// When a program is missing or a suite fails.
pub(crate) fn run(only: &[Suite]) -> Result<()> {
    let start = Instant::now();
    let mut times = Vec::new();
    for suite in Suite::value_variants().iter().filter(|suite| only.is_empty() || only.contains(suite)) {
        let start = Instant::now();
        step(&format!("Suite: {}", suite.name()), || suite.run())?;
        times.push(format!("{} {:.0} s", suite.name(), start.elapsed().as_secs_f32()));
    }
    eprintln!("✓ all suites passed in {:.0} s: {}", start.elapsed().as_secs_f32(), times.join(", "));
    Ok(())
}

fn format() -> Result<()> {
    shell::run(cargo().args(["fmt", "--all", "--check"]))
}

/// `deny.toml` without its advisories, whose database would have to be downloaded.
fn deny() -> Result<()> {
    let program = tools::cargo_deny()?.join("cargo-deny");
    shell::run(Command::new(program).args(["--locked", "check", "licenses", "bans", "sources"]))
}

/// clippy, and whether `separable`, which is a crate for others, can be packaged.
fn lints() -> Result<()> {
    shell::run(cargo().args(["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    shell::run(cargo().args([
        "package",
        "--locked",
        "--package",
        "separable",
        "--no-verify",
        "--allow-dirty",
        "--quiet",
    ]))
}

fn python_tests() -> Result<()> {
    let bin = python::ensure()?;
    let training = root().join("models/training");
    shell::run(Command::new(bin.join("ruff")).args(["check", "."]).current_dir(&training))?;
    shell::run(Command::new(bin.join("ruff")).args(["format", "--check", "."]).current_dir(&training))?;
    shell::run(Command::new(bin.join("python")).args(["-m", "pytest", "--quiet"]).current_dir(&training))
}

/// The segmenter in WebAssembly computes what PyTorch computes, its memory does not grow, and photos are decoded alike in both ways; for both
/// builds of the worker.
fn wasm() -> Result<()> {
    for features in WORKERS.map(|(_, features)| features) {
        for test in ["parity", "memory", "decode"] {
            shell::run(test_command(features, test)?.env("WASM_BINDGEN_TEST_TIMEOUT", "120"))?;
        }
    }
    Ok(())
}

/// With the selection of the other tests, so that nothing is built twice.
fn package() -> Result<()> {
    let options = client::Options::of(Profile::Quick);
    let programs = build::all(&options, &[&NATIVE[..], &["--bins", "--tests"]].concat())?;
    release::test(&programs, &options)
}

fn page() -> Result<()> {
    shell::run(cargo().args(["test", "--locked", "--package", "stl-frontend"]))
}

fn rust() -> Result<()> {
    let browser = Browser::ensure()?;
    let firefox = Browser::ensure_firefox()?;
    let webkit = Browser::ensure_webkit()?;
    browsers::vulkan()?;
    if let Err(error) = machines::ensure() {
        // They say so themselves as well.
        eprintln!("SKIPPED: tests of several machines: {error:#}");
    }
    let options = client::Options::of(Profile::Quick);
    let programs = build::all(&options, &[&NATIVE[..], &["--bins", "--tests"]].concat())?;
    client::ensure_by_tract()?;
    let mut tests = cargo();
    tests
        // One run shows everything that fails.
        .args(["test", "--locked", "--no-fail-fast"])
        .args(NATIVE)
        .env("STL_BINARIES", root().join(programs))
        .env("AXE", tools::axe()?)
        .env("CHROMIUM", &browser.program)
        .env("CHROMEDRIVER", &browser.driver)
        .env("FIREFOX", &firefox.program)
        .env("GECKODRIVER", &firefox.driver);
    if let Some(webkit) = &webkit {
        tests.env("WEBKIT", &webkit.program).env("WEBKITDRIVER", &webkit.driver);
    }
    match machines::promtool() {
        Ok(promtool) => _ = tests.env("PROMTOOL", promtool),
        Err(error) => eprintln!("SKIPPED: the check of the alerts' rules: {error:#}"),
    }
    if cfg!(target_os = "linux") {
        tests.env("STL_GPU_REQUIRED", "1");
    }
    shell::run(&mut tests)?;
    // The training code's environment contains ONNX Runtime's library.
    let library = python::onnxruntime()?;
    shell::run(
        cargo()
            .args(["test", "--locked"])
            .args(NATIVE)
            .args(["--lib", "--features", "stl-server/onnxruntime", "--", "runtime::"])
            .env("ORT_DYLIB_PATH", library),
    )
}
