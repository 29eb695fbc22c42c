//! Changes by commands, in the audit log.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::program::{copied, program_beside_here, text};

const RULES: &str = "[[rule]]\nname = \"no tops\"\naction = \"exclude\"\ncategory = [\"tops\"]\n";

/// Runs the program beside a catalogue in the folder `here`.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = program_beside_here(folder);
    program.env("SUDO_USER", "anna").args(arguments).output().expect("the program runs")
}

/// The entries of the log: action, outcome, and the versions before and after.
fn noted(folder: &Path) -> Vec<(String, String, Option<u64>, Option<u64>)> {
    let printed = run(folder, &["audit", "--json", "--token", "command line"]);
    let entries = text(&printed.stdout).lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let of = |entry: Value| {
        assert!(entry["user"].as_str().is_some_and(|user| user.starts_with("anna as ") && user.len() > 8), "{entry}");
        assert!(entry["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{entry}");
        let word = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        (word("action"), word("outcome"), entry["version_before"].as_u64(), entry["version_after"].as_u64())
    };
    entries.map(of).collect()
}

#[test]
fn every_change_by_a_command_is_noted_with_who_what_and_outcome_and_no_secret() {
    let folder = copied();
    let folder = folder.path();
    fs::write(folder.join("the-rules.toml"), RULES).expect("written");
    fs::write(folder.join("the-changes.tsv"), "id\tprice\nskirts-a\t5 EUR\n").expect("written");
    // What only reads is not noted.
    for arguments in [
        &["catalogue", "list"][..],
        &["catalogue", "rules"],
        &["catalogue", "rules", "the-rules.toml", "--dry-run"],
        &["catalogue", "markets"],
        &["token", "list", "--admin-tokens", "the-tokens.toml"],
    ] {
        let output = run(folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
    assert!(!folder.join("here/audit.jsonl").exists());

    let before = noted(folder);
    assert_eq!(before, []);
    let mut expected = Vec::new();
    for (arguments, action, outcome, versions) in [
        (&["catalogue", "rules", "the-rules.toml"][..], "catalogue rules", "done", (1, 1)),
        (&["catalogue", "update", "the-changes.tsv"], "catalogue update", "done", (1, 2)),
        (&["catalogue", "delete", "nobody-has-this"], "catalogue delete", "failed", (2, 2)),
        (&["catalogue", "import", "the-feed.xml"], "catalogue import", "failed", (2, 2)),
        (&["catalogue", "markets", "--rename", "=de"], "catalogue markets --rename", "done", (2, 3)),
        (&["catalogue", "rules", "--clear"], "catalogue rules --clear", "done", (3, 3)),
        (&["catalogue", "migrate"], "catalogue migrate", "done", (3, 3)),
    ] {
        let output = run(folder, arguments);
        assert_eq!(output.status.success(), outcome == "done", "{arguments:?}: {output:?}");
        let (before, after) = versions;
        expected.push((action.to_owned(), outcome.to_owned(), Some(before), Some(after)));
        assert_eq!(noted(folder), expected, "{arguments:?}");
    }
    let token = ["token", "add", "erp", "--scope", "read", "--admin-tokens", "the-tokens.toml"];
    let made = run(folder, &token);
    assert!(made.status.success(), "{made:?}");
    let again = run(folder, &token);
    assert!(!again.status.success(), "{again:?}");
    let removed = run(folder, &["token", "remove", "nobody", "--admin-tokens", "the-tokens.toml"]);
    assert!(!removed.status.success(), "{removed:?}");
    for (action, outcome) in [("token add erp", "done"), ("token add", "failed"), ("token remove", "failed")] {
        expected.push((action.to_owned(), outcome.to_owned(), Some(3), Some(3)));
    }
    assert_eq!(noted(folder), expected);

    let log = fs::read_to_string(folder.join("here/audit.jsonl")).expect("a log");
    let secret = text(&made.stdout).trim();
    for never in ["the-rules", "the-changes", "the-feed", "the-tokens", "nobody-has", &secret[..12], &secret[17..]] {
        assert!(!log.contains(never), "{never}: {log}");
    }
    let lines = run(folder, &["audit"]);
    let lines: Vec<&str> = text(&lines.stdout).lines().collect();
    assert!(
        lines[1].contains("  command line (anna as ") && lines[1].ends_with("  catalogue update  done version 1 to 2")
    );
    assert!(lines[2].ends_with("  catalogue delete  failed version 2"), "{}", lines[2]);
}

#[test]
fn where_there_is_no_catalogue_nothing_is_noted() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::create_dir(folder.join("here")).expect("a folder");
    assert_eq!(run(folder, &["catalogue", "migrate"]).status.code(), Some(1));
    assert_eq!(run(folder, &["catalogue", "rules", "--clear"]).status.code(), Some(0));
    let token = ["token", "add", "erp", "--scope", "read", "--admin-tokens", "tokens.toml", "--catalogue", "nowhere"];
    assert!(run(folder, &token).status.success());
    assert_eq!(fs::read_dir(folder.join("here")).expect("a folder").count(), 0);
    assert!(!folder.join("nowhere").exists());
}
