//! The rules of alerts: Prometheus understands them, and each says who is called and why.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{deploy, documents};

/// The program that checks rules, if it is there.
fn promtool() -> Option<PathBuf> {
    let named = std::env::var_os("PROMTOOL").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("promtool")).find(|program| program.is_file());
    let promtool = named.or(found);
    if promtool.is_none() {
        // Not with eprintln!: the test harness hides its output when a test passes.
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no promtool; `cargo xtask setup` fetches it");
    }
    promtool
}

#[test]
fn prometheus_understands_the_rules_of_alerts() {
    let Some(promtool) = promtool() else { return };
    let output = Command::new(promtool).args(["check", "rules"]).arg(deploy().join("alerts.yml")).output();
    let output = output.expect("promtool runs");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && said.contains("SUCCESS"), "{said}");
}

#[test]
fn each_alert_has_a_name_of_its_own_and_says_who_is_called_and_why() {
    let rules: Vec<Value> = documents("alerts.yml")
        .iter()
        .flat_map(|file| file["groups"].as_array().expect("groups"))
        .flat_map(|group| group["rules"].as_array().expect("rules"))
        .cloned()
        .collect();
    assert!(rules.len() >= 8);
    let mut names = HashSet::new();
    for rule in &rules {
        let name = rule["alert"].as_str().expect("a name");
        assert!(names.insert(name), "{name} twice");
        assert!(rule["expr"].is_string(), "{name}");
        assert!(["page", "ticket"].contains(&rule["labels"]["severity"].as_str().unwrap_or_default()), "{name}");
        assert!(rule["annotations"]["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{name}");
    }
}
