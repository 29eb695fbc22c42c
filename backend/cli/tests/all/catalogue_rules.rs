//! `catalogue rules`.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::program::{copied, program_beside_here, text};
use crate::support::{RED, png, rectangle};

const RULES: &str = "# ours\n[[rule]]\nname = \"shirts\"\naction = \"boost\"\nby = 0.5\ncategory = \"shirts\"\n\n\
                     [[rule]]\nname = \"first\"\naction = \"pin\"\nposition = 1\nid = \"shirts-b\"\nvariant = \"b\"\n";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program_beside_here(folder).args(arguments).output().expect("the program runs")
}

#[test]
fn rules_are_checked_stored_printed_and_removed() {
    let folder = copied();
    let folder = folder.path();
    let stored = folder.join("here/rules.toml");
    fs::write(folder.join("rules.toml"), RULES).expect("written");
    let none = run(folder, &["catalogue", "rules"]);
    assert_eq!((none.status.code(), text(&none.stdout)), (Some(0), "there are no rules\n"));
    let checked = run(folder, &["catalogue", "rules", "rules.toml", "--dry-run"]);
    assert!(checked.status.success() && !stored.exists(), "{checked:?}");
    let written = run(folder, &["catalogue", "rules", "rules.toml"]);
    let expected = "       3  active   boost by 0.5  shirts\n       1  active   pin to 1      first  [variant b]\n";
    assert_eq!((written.status.code(), text(&written.stdout)), (Some(0), expected), "{written:?}");
    assert_eq!(fs::read_to_string(&stored).expect("stored"), RULES);
    let json = run(folder, &["catalogue", "rules", "--json"]);
    let report: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!((&report["rules"][0]["products"], &report["problem_count"]), (&3.into(), &0.into()));

    // Rules that meet nothing are stored, and told.
    fs::write(folder.join("nobody.toml"), "[[rule]]\nname = \"x\"\naction = \"exclude\"\nid = \"nobody\"\n")
        .expect("written");
    let nobody = run(folder, &["catalogue", "rules", "nobody.toml"]);
    assert_eq!((nobody.status.code(), text(&nobody.stderr)), (Some(2), "note: rule \"x\": no product fits it\n"));
    assert!(fs::read_to_string(&stored).expect("stored").contains("nobody"));
    // Rules that cannot be used change nothing.
    fs::write(folder.join("wrong.toml"), "[[rule]]\nname = \"x\"\naction = \"exclude\"\n").expect("written");
    let wrong = run(folder, &["catalogue", "rules", "wrong.toml"]);
    assert_eq!(wrong.status.code(), Some(1));
    let message = text(&wrong.stderr);
    assert!(message.contains("wrong.toml") && message.contains("rule 1 (\"x\"): expected a condition"), "{message}");
    assert!(fs::read_to_string(&stored).expect("stored").contains("nobody"));
    let missing = run(folder, &["catalogue", "rules", "missing.toml"]);
    assert!(text(&missing.stderr).contains("missing.toml cannot be read"), "{missing:?}");

    let nowhere = run(folder, &["catalogue", "rules", "rules.toml", "--catalogue", "her"]);
    let message = text(&nowhere.stderr);
    assert!(message.contains("expected the folder of a catalogue, got her"), "{message}");
    assert!(!folder.join("her").exists());

    let cleared = run(folder, &["catalogue", "rules", "--clear"]);
    assert_eq!((cleared.status.code(), text(&cleared.stdout)), (Some(0), "the rules are removed\n"));
    assert!(!stored.exists());
    assert_eq!(text(&run(folder, &["catalogue", "rules", "--clear"]).stdout), "there are no rules\n");
}

#[test]
fn a_search_follows_them_unless_they_are_off() {
    let folder = copied();
    let folder = folder.path();
    fs::write(folder.join("here/rules.toml"), RULES).expect("written");
    fs::write(folder.join("red.png"), png(&rectangle(90, 120, RED))).expect("written");
    let first = |more: &[&str]| {
        let arguments = ["search", "red.png", "--segmented", "--json", "--category", "shirts"];
        let found = run(folder, &[&arguments[..], more].concat());
        let line: Value = serde_json::from_slice(&found.stdout).unwrap_or_else(|_| panic!("{found:?}"));
        let product = &line["rows"][0]["products"][0];
        (product["id"].as_str().expect("an id").to_owned(), product["score"].as_f64().expect("a score"))
    };
    let ((plain, without), (boosted, with)) = (first(&["--rules", "off"]), first(&[]));
    assert_eq!((plain.as_str(), boosted.as_str()), ("shirts-a", "shirts-a"));
    assert!((with - without - 0.5).abs() < 1e-3, "{with} {without}");
    assert_eq!(first(&["--variant", "b"]).0, "shirts-b");
}
