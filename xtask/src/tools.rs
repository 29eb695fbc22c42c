//! The programs that building and testing need, got where they are missing, in pinned versions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, probe, run, step};
use crate::{python, wasm_target};

const TRUNK: &str = "0.21.14";

/// The load generator of `cargo xtask bench load`.
const OHA: &str = "1.16.0";

/// Binaryen, as its makers publish it on npm: Debian's cannot read what today's rustc emits.
const BINARYEN: &str = "132.0.0";

/// The bundler of the widget's loader, as its makers publish it on npm.
const ESBUILD: &str = "0.28.2";

/// The peers of `cargo xtask bench browser`, from npm.
const ORT_WEB: &str = "1.30.0";
const SELFIE: &str = "0.1.1675465747";

/// The accessibility checker of the browser tests.
const AXE: &str = "4.14.1";

/// Firefox's WebDriver, as its makers publish it on crates.io.
const GECKODRIVER: &str = "0.37.1";

/// Gets everything.
///
/// # Errors
/// When something is missing and cannot be got; says what to do.
pub(crate) fn set_up_all() -> Result<()> {
    wasm_target::ensure()?;
    trunk()?;
    wasm_bindgen()?;
    esbuild()?;
    python::ensure()?;
    vulkan()?;
    axe()?;
    Browser::ensure()?;
    Browser::ensure_firefox().map(|_| ())
}

/// The folder that holds Trunk.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn trunk() -> Result<PathBuf> {
    cargo_tool("trunk", "trunk", TRUNK, &["--no-default-features", "--features", "rustls"])
}

/// The folder that holds oha.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn oha() -> Result<PathBuf> {
    cargo_tool("oha", "oha", OHA, &["--no-default-features", "--features", "rustls"])
}

/// The folder that holds wasm-bindgen and its test runner, in the version of Cargo.lock.
///
/// # Errors
/// When Cargo.lock names none, or it cannot be built.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let version = locked_version("wasm-bindgen")?;
    cargo_tool("wasm-bindgen-cli", "wasm-bindgen", &version, &[])
}

/// wasm-opt: PATH's if it is no older than the pinned one, else the pinned one, which needs Node.js.
///
/// # Errors
/// When it cannot be got; says what to do.
pub(crate) fn wasm_opt() -> Result<PathBuf> {
    let wanted = BINARYEN.split('.').next().and_then(|major| major.parse::<u32>().ok());
    // It prints, e.g., "wasm-opt version 132 (version_132)".
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
/// When it cannot be got; says what to do.
pub(crate) fn esbuild() -> Result<PathBuf> {
    Ok(npm_package("esbuild", ESBUILD)?.join("node_modules/.bin/esbuild"))
}

/// The script of axe-core, the accessibility checker.
///
/// # Errors
/// When it cannot be got; says what to do.
pub(crate) fn axe() -> Result<PathBuf> {
    Ok(npm_package("axe-core", AXE)?.join("node_modules/axe-core/axe.min.js"))
}

/// The folder of onnxruntime-web's files, the peer of `cargo xtask bench browser`.
///
/// # Errors
/// When it cannot be got; says what to do.
pub(crate) fn onnxruntime_web() -> Result<PathBuf> {
    Ok(npm_package("onnxruntime-web", ORT_WEB)?.join("node_modules/onnxruntime-web/dist"))
}

/// The folder of MediaPipe's selfie segmentation, whose size is compared.
///
/// # Errors
/// When it cannot be got; says what to do.
pub(crate) fn selfie_segmentation() -> Result<PathBuf> {
    let package = "@mediapipe/selfie_segmentation";
    Ok(npm_package(package, SELFIE)?.join("node_modules").join(package))
}

/// The folder of a package from npm, installed in its pinned version if it is not there.
fn npm_package(package: &str, version: &str) -> Result<PathBuf> {
    let tool = cache()?.join("tools").join(format!("{package}-{version}"));
    if !tool.join("node_modules").join(package).is_dir() {
        step(&format!("Install {package} {version}"), || {
            if on_path("npm").is_none() {
                apt_install(&["nodejs", "npm"])?;
            }
            fs::create_dir_all(&tool)?;
            run(Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--silent", "--prefix"])
                .arg(&tool)
                .arg(format!("{package}@{version}")))
        })?;
    }
    Ok(tool)
}

/// Where tools and environments are kept, for all checkouts of this user.
///
/// # Errors
/// When the user has no home folder.
pub(crate) fn cache() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME is set: tools have no place to be kept")?;
    Ok(base.join("shop-the-look"))
}

/// Installs a tool from crates.io into a folder named by its version, unless PATH or that folder has it.
fn cargo_tool(package: &str, binary: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    let tool = cache()?.join("tools").join(format!("{package}-{version}"));
    let folder = tool.join("bin");
    if folder.join(binary).is_file() {
        return Ok(folder);
    }
    if let Some(found) = on_path(binary)
        && probe(&found, &["--version"]).is_some_and(|printed| printed.split_whitespace().any(|word| word == version))
        && let Some(folder) = found.parent()
    {
        return Ok(folder.to_path_buf());
    }
    step(&format!("Install {package} {version} (some minutes, once)"), || {
        run(cargo()
            .args(["install", package, "--locked", "--quiet", "--version", version, "--root"])
            .arg(&tool)
            .args(options)
            // These run for seconds and build for minutes: build them quickly. From a scratch folder of their own.
            .env("CARGO_TARGET_DIR", cache()?.join("build").join(package))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "false"))?;
        fs::remove_dir_all(cache()?.join("build").join(package)).ok();
        Ok(())
    })?;
    Ok(folder)
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String> {
    let lock = fs::read_to_string("Cargo.lock").context("Cargo.lock cannot be read")?;
    lock.split("[[package]]")
        .find(|entry| entry.contains(&format!("name = \"{package}\"\n")))
        .and_then(|entry| entry.split_once("version = \"")?.1.split_once('"'))
        .map(|(version, _)| version.to_owned())
        .with_context(|| format!("Cargo.lock names no {package}"))
}

/// A program on PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// A browser and its driver.
pub(crate) struct Browser {
    /// The browser.
    pub(crate) program: PathBuf,
    /// Its WebDriver.
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// Finds Chromium and chromedriver, or installs Debian's.
    ///
    /// # Errors
    /// When they are missing and cannot be installed; names the command.
    pub(crate) fn ensure() -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        step("Install Chromium and its driver", || apt_install(&["chromium", "chromium-driver"]))?;
        Self::find().context("Chromium was installed, but neither browser nor driver stands on PATH")
    }

    /// Finds Firefox or installs Debian's, and builds geckodriver, which Debian has not.
    ///
    /// # Errors
    /// When one is missing and cannot be got; names the command.
    pub(crate) fn ensure_firefox() -> Result<Self> {
        let mac = "/Applications/Firefox.app/Contents/MacOS/firefox";
        let find = || ["firefox-esr", "firefox", mac].into_iter().find_map(on_path);
        if find().is_none() {
            step("Install Firefox", || apt_install(&["firefox-esr"]))?;
        }
        let program = find().context("Firefox was installed, but does not stand on PATH")?;
        Ok(Self { program, driver: cargo_tool("geckodriver", "geckodriver", GECKODRIVER, &[])?.join("geckodriver") })
    }

    fn find() -> Option<Self> {
        let mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
        let program = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", mac]
            .into_iter()
            .find_map(on_path)?;
        Some(Self { program, driver: on_path("chromedriver")? })
    }
}

/// A graphics processor for the tests, be it one that Mesa emulates: something that Vulkan's loader finds.
///
/// # Errors
/// When there is none and none can be installed.
pub(crate) fn vulkan() -> Result<()> {
    let has_driver = |folder: &str| fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    let is_there = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"].into_iter().any(has_driver);
    // Metal and Direct3D come with their systems.
    if is_there || !cfg!(target_os = "linux") {
        return Ok(());
    }
    step("Install Mesa's Vulkan drivers", || apt_install(&["libvulkan1", "mesa-vulkan-drivers"]))
}

/// Installs Debian packages, or says which command would.
///
/// # Errors
/// When this is no Debian, the user is not root, or the installation fails.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get update && apt-get install --no-install-recommends {}", packages.join(" "));
    if on_path("apt-get").is_none() {
        bail!("this system has no apt-get: install the equivalents of {} and try again", packages.join(", "));
    }
    if probe("id", &["-u"]).is_none_or(|uid| uid.trim() != "0") {
        bail!("this needs root: run `sudo sh -c '{by_hand}'`, then try again");
    }
    let apt = |args: &[&str]| run(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"));
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat())
}
