//! The Debian package. In: the files as they are installed. Out: a `.deb`; none where `dpkg-deb` is missing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::folder::copy;
use crate::shell::{self, probe};

/// Makes the user and the folder of its catalogue, for imports before the first start, and tells systemd what is new. A server that runs
/// starts again: the pages that it has read name files that are gone.
const AFTER_INSTALLING: &str = r##"#!/bin/sh
set -e
if [ "$1" = configure ]; then
  systemd-sysusers /usr/lib/sysusers.d/shop-the-look.conf
  install -d -m 0750 -o shop-the-look -g shop-the-look /var/lib/shop-the-look
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl try-restart shop-the-look.service || true
  fi
fi
"##;
/// Ends the server before its program goes, and does not start it any more.
const BEFORE_REMOVING: &str = r##"#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --now shop-the-look.socket shop-the-look.service || true
fi
"##;
/// Purging removes the catalogue too; removing does not.
const AFTER_REMOVING: &str = r##"#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
if [ "$1" = purge ]; then rm -rf /var/lib/shop-the-look /etc/shop-the-look; fi
"##;
const SETTINGS: &str = "/etc/shop-the-look/shop-the-look.toml\n";

/// Writes the package of a folder's files to `out`; `time` is in seconds since 1970.
///
/// # Errors
/// When `dpkg-deb` fails.
pub(super) fn write(folder: &Path, version: &str, time: u64, out: &Path) -> Result<Option<PathBuf>> {
    let Some(architecture) = probe("dpkg-deb", &["--version"]).and_then(|_| probe("dpkg", &["--print-architecture"]))
    else {
        eprintln!("SKIPPED: there is no dpkg-deb, which makes Debian packages");
        return Ok(None);
    };
    let architecture = architecture.trim();
    let package = tempfile::tempdir()?;
    let root = package.path().join("shop-the-look");
    copy(folder, &root, &[])?;
    let control = root.join("DEBIAN");
    fs::create_dir(&control)?;
    let program = fs::read(root.join("usr/bin/shop-the-look"))?;
    let size = size_of(folder)?.div_ceil(1024);
    fs::write(control.join("control"), control_file(version, architecture, size, &program)?)?;
    fs::write(control.join("conffiles"), SETTINGS)?;
    for (name, script) in [("postinst", AFTER_INSTALLING), ("prerm", BEFORE_REMOVING), ("postrm", AFTER_REMOVING)] {
        fs::write(control.join(name), script)?;
        shell::run(Command::new("chmod").arg("0755").arg(control.join(name)))?;
    }
    shell::run(Command::new("chmod").args(["-R", "u+rwX,go+rX,go-w"]).arg(&root))?;
    let file = out.join(format!("shop-the-look_{version}_{architecture}.deb"));
    let mut build = Command::new("dpkg-deb");
    build.env("SOURCE_DATE_EPOCH", time.to_string()).args(["--root-owner-group", "--build"]).arg(&root).arg(&file);
    shell::run(&mut build)?;
    Ok(Some(file))
}

/// `size` is in KiB.
fn control_file(version: &str, architecture: &str, size: u64, program: &[u8]) -> Result<String> {
    let glibc =
        newest_glibc(program).context("the program names no version of glibc: expected one that is linked with it")?;
    Ok(format!(
        "Package: shop-the-look\nVersion: {version}\nArchitecture: {architecture}\nInstalled-Size: {size}\n\
         Maintainer: Shop the look maintainers <shop-the-look@localhost>\nSection: web\nPriority: optional\n\
         Depends: libc6 (>= {glibc}), libgcc-s1, systemd | systemd-standalone-sysusers\n\
         Description: visual search for fashion\n A photo of a person in, the shop's most similar products out. Page, widget and server.\n"
    ))
}

/// The newest `GLIBC_2.x` that a program wants.
fn newest_glibc(program: &[u8]) -> Option<String> {
    const PREFIX: &[u8] = b"GLIBC_2.";
    let versions: BTreeSet<u32> = program
        .windows(PREFIX.len())
        .enumerate()
        .filter(|(_, word)| *word == PREFIX)
        .filter_map(|(at, _)| {
            let digits: Vec<u8> =
                program[at + PREFIX.len()..].iter().copied().take_while(u8::is_ascii_digit).take(3).collect();
            String::from_utf8(digits).ok()?.parse().ok()
        })
        .collect();
    versions.last().map(|version| format!("2.{version}"))
}

fn size_of(folder: &Path) -> Result<u64> {
    let mut size = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        size += if entry.file_type()?.is_dir() { size_of(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_depends_on_the_glibc_that_the_program_wants() {
        let program = b"\0GLIBC_2.9\0GLIBC_2.34\0GLIBC_2.2.5\0GLIBC_PRIVATE\0";
        let control = control_file("0.2.0", "amd64", 12, program).expect("a control file");
        assert!(control.contains("Depends: libc6 (>= 2.34),"), "{control}");
        assert!(control.contains("Version: 0.2.0\nArchitecture: amd64\nInstalled-Size: 12\n"), "{control}");
        assert!(control_file("0.2.0", "amd64", 12, b"static").is_err());
    }
}
