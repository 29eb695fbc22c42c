//! A try of the Debian package. In: the package and the demo. Out: nothing, or what is wrong with it.
//!
//! It is installed in a copy of this machine's files, an overlay in a mount namespace of its own, so that nothing of it stays here.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::demo::{self, Look};
use crate::project::root;
use crate::shell;

/// What the try needs of the machine: to be root, with leave to mount.
const MOUNTS: [&str; 6] = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c"];

/// Installs, uses and purges a package.
///
/// # Errors
/// When one of that fails.
pub(super) fn run(package: &Path) -> Result<()> {
    let may_mount = shell::probe("unshare", &[&MOUNTS[..], &["mount -t tmpfs tmpfs /mnt"]].concat()).is_some();
    if !may_mount {
        eprintln!("SKIPPED: the package is not installed: that takes root, and leave to mount in a namespace");
        return Ok(());
    }
    let look = Look::first()?;
    let mut trial = Command::new("unshare");
    trial.args(&MOUNTS[..4]).arg("bash").arg(root().join("xtask/src/release/trial.sh"));
    trial.arg(fs::canonicalize(package)?).arg(fs::canonicalize(demo::FEED)?);
    shell::run(trial.arg(fs::canonicalize(&look.photo)?).args(look.worn))
}
