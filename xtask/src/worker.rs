//! The segmenter worker's builds. In: a set of WebAssembly features. Out: flags for its build, a command that tests it.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::browsers::Browser;
use crate::project::Profile;
use crate::tools;
use crate::wasm_target::{self, TARGET};

/// The target folder of all WebAssembly. It is not that of native code, because another toolchain may build it.
pub(crate) const WASM_TARGET_DIR: &str = "target/wasm";

/// The builds of the worker: name and WebAssembly features.
pub(crate) const WORKERS: [(&str, &str); 2] = [("simd", "+simd128"), ("relaxed_simd", "+simd128,+relaxed-simd")];

/// The compiler flags of a worker's build. Loop strength reduction is off: it computes addresses at constant distances separately,
/// instead of leaving the distances in WebAssembly's load instructions. Without it, the segmenter is a third faster with relaxed SIMD.
pub(crate) fn rustflags(features: &str) -> String {
    format!("-C target-feature={features} -C llvm-args=-disable-lsr")
}

/// The command of one of the worker's tests in Chromium, built with these WebAssembly features.
///
/// # Errors
/// When toolchain, runner or browser is missing.
pub(crate) fn test_command(features: &str, test: &str) -> Result<Command> {
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
        .args(["--profile", Profile::Quick.wasm(), "--target-dir", WASM_TARGET_DIR, "--test", test])
        .env("RUSTFLAGS", rustflags(features))
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", bindgen.join("wasm-bindgen-test-runner"))
        .env("CHROMEDRIVER", &browser.driver);
    Ok(command)
}
