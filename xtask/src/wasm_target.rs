//! A Rust toolchain for WebAssembly: rustup's if it can add the target, else Debian's with a standard library built here.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::install::{apt_install, cache};
use crate::shell::{cargo, on_path, prepend_path, probe, run, step};

/// The name of the target.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The toolchain that builds for the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one that runs this program.
    Default,
    /// Debian's, in /usr/bin.
    Debian,
}

impl Toolchain {
    /// A cargo command of this toolchain.
    ///
    /// # Errors
    /// When PATH cannot be extended.
    pub(crate) fn cargo(self) -> Result<Command> {
        let mut command = match self {
            Self::Default => cargo(),
            Self::Debian => Command::new("/usr/bin/cargo"),
        };
        self.apply(&mut command)?;
        Ok(command)
    }

    /// Makes a program that itself calls cargo, such as Trunk, use this toolchain.
    ///
    /// # Errors
    /// When PATH cannot be extended.
    pub(crate) fn apply(self, command: &mut Command) -> Result<()> {
        if self == Self::Debian {
            prepend_path(command, ["/usr/bin"])?
                .env("RUSTC", "/usr/bin/rustc")
                .env("CARGO", "/usr/bin/cargo")
                .env_remove("RUSTUP_TOOLCHAIN");
        }
        Ok(())
    }
}

/// Finds or installs a toolchain with the target. `XTASK_WASM_TOOLCHAIN=debian` always takes Debian's.
///
/// # Errors
/// When neither can be installed; says what to do.
pub(crate) fn ensure() -> Result<Toolchain> {
    let forced = std::env::var("XTASK_WASM_TOOLCHAIN").is_ok_and(|name| name == "debian");
    if !forced {
        if has_std("rustc") || added_by_rustup() {
            return Ok(Toolchain::Default);
        }
        eprintln!("  rustup cannot add the target {TARGET}: trying Debian's Rust");
    }
    if !has_std("/usr/bin/rustc") {
        step("Build the WebAssembly standard library with Debian's Rust (once)", install_debian)?;
    }
    Ok(Toolchain::Debian)
}

/// The toolchain that has the target, if one does.
pub(crate) fn found() -> Option<String> {
    ["rustc", "/usr/bin/rustc"].into_iter().find(|rustc| has_std(rustc)).map(|rustc| format!("of {rustc}"))
}

fn has_std(rustc: &str) -> bool {
    let Some(folder) = probe(rustc, &["--print", "target-libdir", "--target", TARGET]) else { return false };
    fs::read_dir(folder.trim()).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

fn added_by_rustup() -> bool {
    on_path("rustup").is_some()
        && step("Add the target wasm32-unknown-unknown", || run(Command::new("rustup").args(["target", "add", TARGET])))
            .inspect_err(|error| eprintln!("  {error:#}"))
            .is_ok()
        && has_std("rustc")
}

/// Builds the standard library for the target from Debian's sources, because Debian has no built one.
fn install_debian() -> Result<()> {
    apt_install(&["rustc-web", "cargo-web", "rust-web-src"])?;
    let version = probe("/usr/bin/rustc", &["-vV"]).context("/usr/bin/rustc does not run")?;
    let llvm = version
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: ")?.split('.').next())
        .context("/usr/bin/rustc does not print its LLVM version")?;
    apt_install(&[&format!("lld-{llvm}")])?;

    let scratch = cache()?.join("build").join("wasm-std");
    fs::remove_dir_all(&scratch).ok();
    fs::create_dir_all(&scratch)?;
    // Trailing `/.`: the source folder is a symbolic link.
    run(Command::new("cp").arg("-rL").arg("/usr/lib/rustlib/src/rust/library/.").arg(scratch.join("library")))?;
    run(Command::new("/usr/bin/cargo")
        .args(["build", "--release", "--locked", "--quiet", "-p", "sysroot", "--target", TARGET, "--target-dir"])
        .arg(scratch.join("target"))
        .current_dir(scratch.join("library"))
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zforce-unstable-if-unmarked")
        .env("__CARGO_DEFAULT_LIB_METADATA", "stablestd")
        .env_remove("RUSTUP_TOOLCHAIN"))?;
    let built = scratch.join("target").join(TARGET).join("release/deps");
    let place = Path::new("/usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&place)?;
    for entry in fs::read_dir(&built)?.flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "rlib") {
            fs::copy(entry.path(), place.join(entry.file_name()))?;
        }
    }
    fs::remove_dir_all(&scratch).ok();
    if !has_std("/usr/bin/rustc") {
        bail!("{} contains no libstd after the build", place.display());
    }
    Ok(())
}
