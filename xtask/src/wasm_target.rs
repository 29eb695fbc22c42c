//! A Rust toolchain that builds for WebAssembly: rustup's where it can be had, else Debian's with a std built here.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, prepend_path, probe, run, step};
use crate::tools::{apt_install, cache, on_path};

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Which toolchain builds for the target.
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

/// Finds or gets a toolchain that has the target. `XTASK_WASM_TOOLCHAIN=debian` takes Debian's in any case.
///
/// # Errors
/// When neither way works; says what to do.
pub(crate) fn ensure() -> Result<Toolchain> {
    let forced = std::env::var("XTASK_WASM_TOOLCHAIN").is_ok_and(|name| name == "debian");
    if !forced {
        if has_std("rustc") || added_by_rustup() {
            return Ok(Toolchain::Default);
        }
        eprintln!("  rustup cannot get the target {TARGET}: trying Debian's Rust");
    }
    if !has_std("/usr/bin/rustc") {
        step("Build the WebAssembly standard library with Debian's Rust (once)", install_debian)?;
    }
    Ok(Toolchain::Debian)
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

/// Debian ships std's source but no built std for the target: build and place it.
fn install_debian() -> Result<()> {
    apt_install(&["rustc-web", "cargo-web", "rust-web-src"])?;
    let version = probe("/usr/bin/rustc", &["-vV"]).context("/usr/bin/rustc does not run")?;
    let llvm = version
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: ")?.split('.').next())
        .context("/usr/bin/rustc does not say its LLVM version")?;
    apt_install(&[&format!("lld-{llvm}")])?;

    let scratch = cache()?.join("build").join("wasm-std");
    fs::remove_dir_all(&scratch).ok();
    fs::create_dir_all(&scratch)?;
    // Trailing `/.`: the source folder is a link into a versioned one.
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
        bail!("no libstd stands in {} after building it", place.display());
    }
    Ok(())
}
