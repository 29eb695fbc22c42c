//! Installs programs: from Debian, crates.io and npm. In: a name and a pinned version. Out: the program's folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, on_path, probe, run, step};

/// The folder of tools and environments, shared by all checkouts of this user.
///
/// # Errors
/// When the user has no home folder.
pub(crate) fn cache() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME is set: there is no folder for tools")?;
    Ok(base.join("shop-the-look"))
}

/// The folder of a program from crates.io. Installs it into a folder named by its version, unless that folder or PATH has it.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn cargo_tool(package: &str, binary: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
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
            // They run for seconds and build for minutes, so optimise for build time. Each has its own target folder.
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

/// The folder of a package from npm. Installs the pinned version if it is missing.
///
/// # Errors
/// When npm cannot install it.
pub(crate) fn npm_package(package: &str, version: &str) -> Result<PathBuf> {
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

/// The version of a package in Cargo.lock.
///
/// # Errors
/// When Cargo.lock does not contain it.
pub(crate) fn locked_version(package: &str) -> Result<String> {
    let lock = fs::read_to_string("Cargo.lock").context("Cargo.lock cannot be read")?;
    lock.split("[[package]]")
        .find(|entry| entry.contains(&format!("name = \"{package}\"\n")))
        .and_then(|entry| entry.split_once("version = \"")?.1.split_once('"'))
        .map(|(version, _)| version.to_owned())
        .with_context(|| format!("Cargo.lock does not contain {package}"))
}

/// Whether [`apt_install`] may install anything.
pub(crate) fn apt_can_install() -> bool {
    on_path("apt-get").is_some() && probe("id", &["-u"]).is_some_and(|uid| uid.trim() == "0")
}

/// Installs Debian packages.
///
/// # Errors
/// When the system is not Debian, the user is not root (the error names the command), or the installation fails.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get update && apt-get install --no-install-recommends {}", packages.join(" "));
    if on_path("apt-get").is_none() {
        bail!("this system has no apt-get: install the equivalents of {}, then try again", packages.join(", "));
    }
    if probe("id", &["-u"]).is_none_or(|uid| uid.trim() != "0") {
        bail!("this needs root: run `sudo sh -c '{by_hand}'`, then try again");
    }
    let apt = |args: &[&str]| run(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"));
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat())
}
