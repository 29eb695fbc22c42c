//! What `deploy/` has. Here for systemd: it is understood, and as closed as the documentation says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

mod alerts;
mod containers;

/// Tenths of systemd's exposure, 0 to 10, that a unit may have.
const MOST: &str = "--threshold=20";

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

/// The documents of a YAML file.
fn documents(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(deploy().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Whether there is a systemd whose analysis needs no running one.
fn has_systemd() -> bool {
    let printed = Command::new("systemd-analyze").arg("--version").output();
    let printed = printed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let version = printed.split_whitespace().nth(1).and_then(|version| version.parse::<u32>().ok());
    // `--offline` came with 250.
    let is_there = version.is_some_and(|version| version >= 250);
    if !is_there {
        eprintln!("SKIPPED: systemd-analyze of systemd 250 or later is not installed");
    }
    is_there
}

fn analyze(arguments: &[&str]) -> String {
    let output = Command::new("systemd-analyze").arg("--no-pager").args(arguments).output().expect("it runs");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

#[test]
fn the_service_is_exposed_at_most_at_two_of_ten() {
    if has_systemd() {
        let unit = deploy().join("shop-the-look.service");
        let said = analyze(&["security", "--offline=true", MOST, unit.to_str().expect("UTF-8")]);
        assert!(said.contains("Overall exposure level for shop-the-look.service: 1."), "{said}");
    }
}

#[test]
fn systemd_understands_every_line_of_the_units() {
    if !has_systemd() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let service = fs::read_to_string(deploy().join("shop-the-look.service")).expect("a unit");
    let program = service.replace("/usr/bin/shop-the-look", env!("CARGO_BIN_EXE_shop-the-look"));
    assert_ne!(program, service);
    let units = ["shop-the-look.service", "shop-the-look.socket"].map(|name| folder.path().join(name));
    fs::write(&units[0], program).expect("written");
    fs::copy(deploy().join("shop-the-look.socket"), &units[1]).expect("copied");
    for unit in units {
        // Other units of this machine may have faults of their own.
        let said = analyze(&["verify", "--man=no", "--recursive-errors=no", unit.to_str().expect("UTF-8")]);
        assert!(!said.contains("shop-the-look"), "{said}");
    }
}

#[test]
fn variables_that_the_units_set_are_those_of_the_program() {
    let page = fs::read_to_string(deploy().join("../docs/cli.md")).expect("the page");
    let service = fs::read_to_string(deploy().join("shop-the-look.service")).expect("a unit");
    let names: Vec<&str> =
        service.lines().filter_map(|line| line.strip_prefix("Environment=")?.split('=').next()).collect();
    assert!(names.len() >= 4, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}
