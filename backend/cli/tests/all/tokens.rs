//! `token` and `audit`.

use std::path::Path;
use std::process::{Command, Output};

use crate::program::text;
use crate::support::SHOP;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    program
        .env_remove("SHOP_THE_LOOK_CATALOGUE")
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the program runs")
}

#[test]
fn a_token_is_made_shown_once_listed_and_removed() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    // The file is named by the settings' file.
    std::fs::write(root.join("shop.toml"), "admin_tokens = \"tokens.toml\"\n").expect("written");
    let token = |arguments: &[&str]| run(root, &[&["--config", "shop.toml", "token"], arguments].concat());
    let made = token(&["add", "erp", "--scope", "read,catalogue", "--days", "30"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let secret = text(&made.stdout).trim();
    assert!(secret.starts_with("stl_") && secret.len() == 81, "{secret}");
    assert!(!std::fs::read_to_string(root.join("tokens.toml")).expect("there").contains(&secret[17..]));
    assert!(token(&["add", "anna", "--scope", "rules", "--forever"]).status.success());
    let listed = token(&["list"]);
    let lines: Vec<Vec<&str>> = text(&listed.stdout).lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!((lines[0][0], lines[0][1], &lines[0][3][..6]), ("erp", "read,catalogue", "until "));
    assert_eq!((lines[1][0], lines[1][1], lines[1][3]), ("anna", "rules", "forever"));
    assert!(!text(&listed.stdout).contains(&secret[17..]));
    for (arguments, expected) in [
        (&["add", "erp", "--scope", "read"][..], "there is a token \"erp\" already"),
        (&["add", "new", "--scope", "all"], "expected a scope of read, catalogue and rules, got \"all\""),
        (&["add", "new"], "--scope"),
        (&["remove", "nobody"], "there is no token \"nobody\""),
    ] {
        let refused = token(arguments);
        assert!(refused.status.code() == Some(1) && text(&refused.stderr).contains(expected), "{refused:?}");
    }
    let removed = token(&["remove", "erp"]);
    assert!(removed.status.success() && text(&removed.stderr) == "removed erp\n", "{removed:?}");
    assert_eq!(text(&token(&["list"]).stdout).lines().count(), 1);
    let none = run(root, &["token", "list", "--admin-tokens", "other.toml"]);
    assert!(none.status.success() && none.stdout.is_empty(), "{none:?}");
    assert_eq!(text(&none.stderr), "no tokens yet: `token add` makes one in other.toml\n");
    let nowhere = run(root, &["token", "list"]);
    assert!(text(&nowhere.stderr).contains("expected the file of the tokens: --admin-tokens FILE"), "{nowhere:?}");
}

#[test]
fn the_catalogue_of_a_token_is_explained_as_that_of_its_audit_log() {
    let root = tempfile::tempdir().expect("a folder");
    for command in ["add", "remove"] {
        let help = run(root.path(), &["token", command, "--help"]);
        let catalogue = text(&help.stdout).split_once("--catalogue <DIR>").expect("the flag").1;
        let words: Vec<&str> = catalogue.split_whitespace().take(7).collect();
        assert_eq!(words.join(" "), "Folder of the catalogue whose audit log", "{command}");
        assert!(!catalogue.contains("--objects") && !catalogue.contains("--cache"), "{catalogue}");
    }
}

#[test]
fn the_audit_log_is_printed_with_the_oldest_first() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("catalogue");
    std::fs::create_dir(&folder).expect("a folder");
    let entry = |time: &str, token: &str| {
        format!(
            "{{\"time\":\"{time}\",\"token\":\"{token}\",\"action\":\"rules.store\",\"path\":\"/api/v1/admin/rules\",\
             \"outcome\":\"done\",\"status\":200,\"request_id\":\"abc\"}}\n"
        )
    };
    std::fs::write(folder.join("audit.1.jsonl"), entry("2026-01-01T00:00:00Z", "erp")).expect("written");
    std::fs::write(folder.join("audit.jsonl"), entry("2026-01-02T00:00:00Z", "anna")).expect("written");
    let printed = run(root.path(), &["audit"]);
    let expected = "2026-01-01T00:00:00Z  erp  rules.store  done (200)  /api/v1/admin/rules  abc\n\
                    2026-01-02T00:00:00Z  anna  rules.store  done (200)  /api/v1/admin/rules  abc\n";
    assert_eq!(text(&printed.stdout), expected, "{}", text(&printed.stderr));
    let of_anna = run(root.path(), &["audit", "--token", "anna", "--json"]);
    assert_eq!(text(&of_anna.stdout), entry("2026-01-02T00:00:00Z", "anna"));
    // A catalogue that nobody has changed has no log.
    let none = run(root.path(), &["audit", "--catalogue", SHOP.catalogue().to_str().expect("UTF-8")]);
    assert!(none.status.success() && none.stdout.is_empty(), "{none:?}");
    assert_eq!(run(root.path(), &["audit", "--catalogue", "nowhere"]).status.code(), Some(1));
}
