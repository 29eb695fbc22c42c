//! The native programs. In: arguments of `cargo build`. Out: the folder of what was built.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::project::Profile;
use crate::remap;
use crate::shell::{self, cargo, step};

/// The packages of a served build, as arguments of `cargo build`.
pub(crate) const SERVED: [&str; 5] = ["--package", "shop-the-look", "--package", "garment-renderer", "--bins"];

/// Builds native programs. `selection` are arguments of `cargo build`. Returns the folder of the programs.
///
/// # Errors
/// When the build fails.
pub(crate) fn build(profile: Profile, selection: &[&str]) -> Result<PathBuf> {
    step("Build the native programs", || {
        let mut command = cargo();
        command.args(["build", "--locked"]).args(selection);
        if profile == Profile::Release {
            command.arg("--release");
            remap::with_environment(&mut command);
        }
        shell::run(&mut command)
    })?;
    Ok(folder(profile))
}

/// The folder of the native programs.
pub(crate) fn folder(profile: Profile) -> PathBuf {
    Path::new("target").join(if profile == Profile::Release { "release" } else { "debug" })
}
