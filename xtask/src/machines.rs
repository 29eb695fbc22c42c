//! PostgreSQL, HAProxy, libfaketime and promtool, for tests and `cargo xtask cluster`. Installs what is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::install::{apt_can_install, apt_install, cache};
use crate::shell::{on_path, run, step};

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

/// Where promtool is, if it is there.
pub(crate) fn found_promtool() -> Option<PathBuf> {
    on_path("promtool").or_else(|| unpacked_promtool().ok().filter(|program| program.is_file()))
}

fn unpacked_promtool() -> Result<PathBuf> {
    Ok(cache()?.join("tools/promtool/usr/bin/promtool"))
}

/// Finds Prometheus' promtool, or takes it out of Debian's package: once installed, that package runs a server.
///
/// # Errors
/// When there is none and this system cannot fetch it.
pub(crate) fn promtool() -> Result<PathBuf> {
    if let Some(found) = found_promtool() {
        return Ok(found);
    }
    if on_path("apt-get").is_none() || on_path("dpkg-deb").is_none() {
        bail!("there is no promtool: install Prometheus' tools, then try again");
    }
    let program = unpacked_promtool()?;
    let folder = cache()?.join("tools/promtool");
    step("Fetch promtool", || {
        // An interrupted run may have left a package of another version.
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        if apt_can_install() {
            run(Command::new("apt-get").args(["update", "-qq"]))?;
        }
        run(Command::new("apt-get").args(["download", "-qq", "prometheus"]).current_dir(&folder))?;
        let unpack =
            "dpkg-deb --fsys-tarfile prometheus_*.deb | tar --extract ./usr/bin/promtool && rm prometheus_*.deb";
        run(Command::new("sh").args(["-c", unpack]).current_dir(&folder))
    })?;
    program.is_file().then_some(program).context("Debian's package of Prometheus was unpacked, but it has no promtool")
}
