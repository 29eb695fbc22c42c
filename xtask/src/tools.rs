//! The programs that building, testing and measuring need, in pinned versions. Installs what is missing.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::install::{cargo_tool, locked_version, npm_package};
use crate::shell::{on_path, probe};

/// The checker of licences, bans and sources.
const CARGO_DENY: &str = "0.20.2";

/// The load generator of `cargo xtask bench load`.
const OHA: &str = "1.16.0";

/// Binaryen, from npm: Debian's version cannot read the output of current rustc.
const BINARYEN: &str = "132.0.0";

/// The bundler of the widget's loader, from npm.
const ESBUILD: &str = "0.28.2";

/// The peers of `cargo xtask bench browser`, from npm.
const ORT_WEB: &str = "1.30.0";
const SELFIE: &str = "0.1.1675465747";

/// The accessibility checker of the browser tests.
const AXE: &str = "4.14.1";

/// The folder of cargo-deny.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    cargo_tool("cargo-deny", "cargo-deny", CARGO_DENY, &[])
}

/// The folder of oha.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn oha() -> Result<PathBuf> {
    cargo_tool("oha", "oha", OHA, &["--no-default-features", "--features", "rustls"])
}

/// The folder of wasm-bindgen and its test runner, in the version of Cargo.lock.
///
/// # Errors
/// When Cargo.lock has no version, or it cannot be built.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let version = locked_version("wasm-bindgen")?;
    cargo_tool("wasm-bindgen-cli", "wasm-bindgen", &version, &[])
}

/// wasm-opt: PATH's unless it is older than the pinned version, else the pinned one, which needs Node.js.
///
/// # Errors
/// When it cannot be installed; says what to do.
pub(crate) fn wasm_opt() -> Result<PathBuf> {
    let wanted = BINARYEN.split('.').next().and_then(|major| major.parse::<u32>().ok());
    // It prints, for example, "wasm-opt version 132 (version_132)".
    let version = |path: &Path| probe(path, &["--version"])?.split_whitespace().nth(2)?.parse::<u32>().ok();
    if let Some(found) = on_path("wasm-opt")
        && version(&found) >= wanted
    {
        return Ok(found);
    }
    Ok(npm_package("binaryen", BINARYEN)?.join("node_modules/.bin/wasm-opt"))
}

/// esbuild, which bundles JavaScript modules.
///
/// # Errors
/// When it cannot be installed; says what to do.
pub(crate) fn esbuild() -> Result<PathBuf> {
    Ok(npm_package("esbuild", ESBUILD)?.join("node_modules/.bin/esbuild"))
}

/// The script of axe-core, the accessibility checker.
///
/// # Errors
/// When it cannot be installed; says what to do.
pub(crate) fn axe() -> Result<PathBuf> {
    Ok(npm_package("axe-core", AXE)?.join("node_modules/axe-core/axe.min.js"))
}

/// The folder of onnxruntime-web's files, the peer of `cargo xtask bench browser`.
///
/// # Errors
/// When it cannot be installed; says what to do.
pub(crate) fn onnxruntime_web() -> Result<PathBuf> {
    Ok(npm_package("onnxruntime-web", ORT_WEB)?.join("node_modules/onnxruntime-web/dist"))
}

/// The folder of MediaPipe's selfie segmentation, for comparing sizes.
///
/// # Errors
/// When it cannot be installed; says what to do.
pub(crate) fn selfie_segmentation() -> Result<PathBuf> {
    let package = "@mediapipe/selfie_segmentation";
    Ok(npm_package(package, SELFIE)?.join("node_modules").join(package))
}
