//! `cargo xtask test`: everything that must hold.

use std::fs;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::shell::{self, cargo, step};
use crate::tools::Browser;
use crate::wasm_target::{self, TARGET};
use crate::{Profile, client, python, root, serve, tools};

type Suite = (&'static str, fn() -> Result<()>);

const SUITES: [Suite; 6] =
    [("format", format), ("lints", lints), ("python", python_tests), ("page", page), ("rust", rust), ("wasm", wasm)];

/// The packages tested natively, in one selection for building and testing: cargo unifies features over a selection,
/// and another one would build tract again. The page is apart, since its dependencies are its own.
const NATIVE: [&str; 22] = [
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
    "xtask",
];

/// Runs all suites, or those named; the first that fails ends the run.
///
/// # Errors
/// When a name is unknown, something is missing or a suite fails.
pub(crate) fn run(only: &[String]) -> Result<()> {
    for name in only {
        if !SUITES.iter().any(|(known, _)| known == name) {
            bail!("unknown suite {name:?}: expected format, lints, python, page, rust or wasm");
        }
    }
    let start = Instant::now();
    let mut times = Vec::new();
    for (name, suite) in SUITES.into_iter().filter(|(name, _)| only.is_empty() || only.iter().any(|only| only == name))
    {
        let start = Instant::now();
        step(&format!("Suite: {name}"), suite)?;
        times.push(format!("{name} {:.0} s", start.elapsed().as_secs_f32()));
    }
    eprintln!("✓ all suites passed in {:.0} s: {}", start.elapsed().as_secs_f32(), times.join(", "));
    Ok(())
}

fn format() -> Result<()> {
    shell::run(cargo().args(["fmt", "--all", "--check"]))
}

fn lints() -> Result<()> {
    shell::run(cargo().args(["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
}

fn python_tests() -> Result<()> {
    let bin = python::ensure()?;
    let training = root().join("models/training");
    shell::run(Command::new(bin.join("ruff")).args(["check", "."]).current_dir(&training))?;
    shell::run(Command::new(bin.join("ruff")).args(["format", "--check", "."]).current_dir(&training))?;
    shell::run(Command::new(bin.join("python")).args(["-m", "pytest", "--quiet"]).current_dir(&training))
}

/// The segmenter in WebAssembly computes what PyTorch computes, and does not grow: in Chromium, once for each of the worker's two builds.
fn wasm() -> Result<()> {
    for features in client::WORKERS.map(|(_, features)| features) {
        for test in ["parity", "memory"] {
            shell::run(worker_test(features, test)?.env("WASM_BINDGEN_TEST_TIMEOUT", "120"))?;
        }
    }
    Ok(())
}

/// One of the worker's tests in Chromium, built with these features of WebAssembly.
///
/// # Errors
/// When toolchain, runner or browser is missing.
pub(crate) fn worker_test(features: &str, test: &str) -> Result<Command> {
    let toolchain = wasm_target::ensure()?;
    let bindgen = tools::wasm_bindgen()?;
    let browser = Browser::ensure()?;
    // The runner reads its capabilities from the tested crate's folder.
    let capabilities = serde_json::json!({ "goog:chromeOptions": {
        "binary": browser.program,
        "args": ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"],
    }});
    fs::write("frontend/worker/webdriver.json", serde_json::to_vec_pretty(&capabilities)?)?;
    let mut command = toolchain.cargo()?;
    command
        .args(["test", "--locked", "--package", "stl-worker", "--target", TARGET])
        .args(["--profile", Profile::Quick.wasm(), "--target-dir", client::WASM_TARGET_DIR, "--test", test])
        .env("RUSTFLAGS", client::rustflags(features))
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", bindgen.join("wasm-bindgen-test-runner"))
        .env("CHROMEDRIVER", &browser.driver);
    Ok(command)
}

/// The page's own logic.
fn page() -> Result<()> {
    shell::run(cargo().args(["test", "--locked", "--package", "stl-frontend"]))
}

/// Everything else: unit tests, the server's, and whole-system tests against the real server in Chromium and Firefox.
fn rust() -> Result<()> {
    let browser = Browser::ensure()?;
    let firefox = Browser::ensure_firefox()?;
    tools::vulkan()?;
    let binaries = serve::build(Profile::Quick, &[&NATIVE[..], &["--bins", "--tests"]].concat())?;
    let mut tests = cargo();
    tests
        .args(["test", "--locked"])
        .args(NATIVE)
        .env("STL_BINARIES", root().join(binaries))
        .env("AXE", tools::axe()?)
        .env("CHROMIUM", &browser.program)
        .env("CHROMEDRIVER", &browser.driver)
        .env("FIREFOX", &firefox.program)
        .env("GECKODRIVER", &firefox.driver);
    if cfg!(target_os = "linux") {
        tests.env("STL_GPU_REQUIRED", "1");
    }
    shell::run(&mut tests)?;
    // ONNX Runtime's library comes with the training code's environment.
    let library = python::onnxruntime()?;
    shell::run(
        cargo()
            .args(["test", "--locked"])
            .args(NATIVE)
            .args(["--lib", "--features", "stl-server/onnxruntime", "--", "runtime::"])
            .env("ORT_DYLIB_PATH", library),
    )
}
