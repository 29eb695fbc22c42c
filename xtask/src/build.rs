//! `cargo xtask build`: server, demo and client.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::project::Profile;
use crate::shell::{self, cargo, step};
use crate::{client, demo};

/// The packages of a served build, as arguments of `cargo build`.
pub(crate) const SERVED: [&str; 5] = ["--package", "shop-the-look", "--package", "garment-renderer", "--bins"];

/// Builds server, demo and client. `selection` are arguments of `cargo build`, at least [`SERVED`]. Returns the folder of the native
/// programs.
///
/// # Errors
/// When a build fails.
pub(crate) fn all(profile: Profile, selection: &[&str]) -> Result<PathBuf> {
    let programs = native(profile, selection)?;
    demo::ensure(&programs)?;
    client::ensure(profile)?;
    Ok(programs)
}

/// Builds native programs. `selection` are arguments of `cargo build`. Returns the folder of the programs.
///
/// # Errors
/// When the build fails.
pub(crate) fn native(profile: Profile, selection: &[&str]) -> Result<PathBuf> {
    step("Build the native programs", || {
        let mut command = cargo();
        command.args(["build", "--locked"]).args(selection);
        if profile == Profile::Release {
            command.arg("--release");
        }
        shell::run(&mut command)
    })?;
    Ok(programs(profile))
}

/// The folder of the native programs.
pub(crate) fn programs(profile: Profile) -> PathBuf {
    Path::new("target").join(if profile == Profile::Release { "release" } else { "debug" })
}
