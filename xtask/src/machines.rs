//! PostgreSQL, HAProxy and libfaketime, for tests and `cargo xtask cluster`. Installs what is missing.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::install::apt_install;
use crate::shell::{on_path, step};

/// Where Debian has PostgreSQL's programs.
const DEBIAN_POSTGRES: &str = "/usr/lib/postgresql";

/// Where Debian has HAProxy.
const DEBIAN_HAPROXY: &str = "/usr/sbin/haproxy";

/// Where Debian has libfaketime, below the folder of an architecture.
const DEBIAN_LIBRARIES: &str = "/usr/lib";

/// Finds them, or installs Debian's.
///
/// # Errors
/// When one is missing and cannot be installed; names the command.
pub(crate) fn ensure() -> Result<()> {
    let has_postgres = || on_path("initdb").is_some() || Path::new(DEBIAN_POSTGRES).is_dir();
    let has_haproxy = || on_path("haproxy").is_some() || Path::new(DEBIAN_HAPROXY).is_file();
    let has_faketime = || {
        let folders = std::fs::read_dir(DEBIAN_LIBRARIES).into_iter().flatten().flatten();
        folders.into_iter().any(|folder| folder.path().join("faketime/libfaketime.so.1").is_file())
    };
    if !has_postgres() {
        step("Install PostgreSQL", || apt_install(&["postgresql"]))?;
    }
    if !has_haproxy() {
        step("Install HAProxy", || apt_install(&["haproxy"]))?;
    }
    if !has_faketime() {
        step("Install libfaketime", || apt_install(&["libfaketime"]))?;
    }
    has_postgres().then_some(()).context("PostgreSQL was installed, but its programs are not found")?;
    has_haproxy().then_some(()).context("HAProxy was installed, but it is not found")
}
