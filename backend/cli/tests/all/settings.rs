//! One file with a server's settings, the environment and flags together.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::program::text;
use crate::support::SHOP;

/// Runs the program with these variables only.
fn run(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    program.env_remove("SHOP_THE_LOOK_CATALOGUE").envs(variables.iter().copied());
    program.current_dir(folder).args(arguments).output().expect("the program runs")
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("etc");
    fs::create_dir(&folder).expect("a folder");
    fs::write(
        folder.join("shop.toml"),
        "port = 81\nqueue = 7\nworkers = 3\nhost = \"::1\"\ncatalogue = \"here\"\nadmin_token = \"0123456789abcdef-secret\"\n\
         allow_origin = [\"https://a.example\", \"https://b.example\"]\nevents = true\n\
         [shop]\nname = \"Muster\"\n[[feed]]\nurl = \"https://shop.example/feed.xml\"\nevery = \"6 hours\"\n",
    )
    .expect("written");
    let environment = [("SHOP_THE_LOOK_QUEUE", "8"), ("SHOP_THE_LOOK_WORKERS", "4"), ("SHOP_THE_LOOK_PORT", "")];
    let arguments = ["config", "check", "--config", "etc/shop.toml", "--workers", "5", "--events=false"];
    let checked = run(root.path(), &environment, &arguments);
    let (out, err) = (text(&checked.stdout), text(&checked.stderr));
    assert_eq!(checked.status.code(), Some(0), "{err}");
    for line in [
        "port = 81  # etc/shop.toml",
        "queue = 8  # environment, SHOP_THE_LOOK_QUEUE",
        "workers = 5  # --workers",
        "host = \"::1\"  # etc/shop.toml",
        "catalogue = \"etc/here\"  # etc/shop.toml",
        "events = false  # --events",
        "admin_token = \"***\"  # etc/shop.toml",
        "allow_origin = [\"https://a.example\", \"https://b.example\"]  # etc/shop.toml",
        "device = \"auto\"  # default",
        "# match_threads is not set",
        "# [shop]: etc/shop.toml",
        "# [[feed]] and [fetch]: etc/shop.toml",
    ] {
        assert!(out.lines().any(|found| found == line), "{line}: {out}");
    }
    assert!(!out.contains("secret") && !err.contains("secret"), "{out}{err}");
    #[cfg(unix)]
    assert!(err.contains("every user of this machine can read the token in etc/shop.toml"), "{err}");
}

#[test]
fn of_a_databases_address_only_the_password_is_hidden() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = "postgres://shop:geheim@db.example:5432/fashion?sslmode=require";
    let variables = [("SHOP_THE_LOOK_CATALOGUE", address), ("SHOP_THE_LOOK_OBJECTS", "s3://bucket/prefix")];
    let checked = run(folder.path(), &variables, &["config", "check", "--events"]);
    let out = text(&checked.stdout);
    let expected = "catalogue = \"postgres://db.example:5432/fashion\"  # environment, SHOP_THE_LOOK_CATALOGUE";
    assert!(out.lines().any(|line| line == expected), "{out}");
    assert!(out.contains("objects = \"s3://bucket/prefix\""), "{out}");
    assert!(!out.contains("geheim") && !text(&checked.stderr).contains("geheim"));
    // In the file, too, it is an address and no path.
    let file = format!("catalogue = {address:?}\nobjects = \"s3://bucket/prefix\"\ncache = \"here\"\n");
    std::fs::create_dir(folder.path().join("etc")).expect("a folder");
    std::fs::write(folder.path().join("etc/shop.toml"), file).expect("written");
    let checked = run(folder.path(), &[], &["config", "check", "--config", "etc/shop.toml"]);
    let out = text(&checked.stdout);
    assert!(out.contains("catalogue = \"postgres://db.example:5432/fashion\"  # etc/shop.toml"), "{out}");
    assert!(out.contains("cache = \"etc/here\"  # etc/shop.toml"), "{out}");
}

#[test]
fn other_commands_use_the_files_catalogue() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("shop.toml"), format!("catalogue = {:?}\nport = 81\n", SHOP.catalogue()))
        .expect("written");
    let listed = run(folder.path(), &[("SHOP_THE_LOOK_CONFIG", "shop.toml")], &["catalogue", "stats"]);
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    let missing = run(folder.path(), &[], &["catalogue", "stats"]);
    assert_eq!(missing.status.code(), Some(1), "the file is not used unless it is named");
}

#[test]
fn what_cannot_be_used_names_the_file_and_what_was_expected() {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, expected) in [
        ("prot = 81", "shop.toml: unknown key \"prot\": expected one of host, port, "),
        ("port = \"many\"", "shop.toml: invalid value 'many' for '--port <PORT>': expected a number from 0 to 65535"),
        ("accept = \"foo\"", "shop.toml: invalid value 'foo' for '--accept <ACCEPT>': expected one of all, numbers"),
        ("events = \"maybe\"", "invalid value 'maybe' for '--events[=<BOOL>]': expected true or false"),
        ("searches_per_minute = 0", "expected a number from 1 to 4294967295"),
        ("metrics = \"9464\"", "expected an address and a port, such as 127.0.0.1:9464"),
        ("metrics = \"127.0.0.1:8080\"", "--metrics: expected an address of its own, got 127.0.0.1:8080"),
        ("host = \"not a host\"", "--host: expected an address such as 127.0.0.1 or ::1, or a name such as localhost"),
        ("host = \"[::1]\"", "got \"[::1]\""),
        ("host = \"\"", "got \"\""),
        ("catalogue = \"\"", "shop.toml: a value is required for '--catalogue <DIR>'"),
        ("port = 80\n[shop]\nname = \"A\"\ncolour = 1", "shop.toml: [shop]: TOML parse error at line 4, column 1"),
        ("# first\n[fetch]\nconnections = \"x\"", "shop.toml: [[feed]] and [fetch]: TOML parse error at line 3"),
        ("shop = \"a.toml\"\n[shop]\nname = \"A\"", "expected either shop = FILE or a table [shop], got both"),
        ("port = [1, 2]", "shop.toml: port: expected one value, got a list of 2"),
        ("port = 1\n[server]\n", "shop.toml: server: expected a text"),
        ("port =", "shop.toml: TOML parse error"),
        ("queue = 5000", "--queue: expected at most 4096, got 5000"),
        ("[shop]\nname = \"\"", "[shop]: name: expected 1 to 40 characters"),
        ("[[feed]]\nurl = \"https://a.example\"\nevery = \"often\"", "[[feed]] and [fetch]: every: expected such as"),
        ("config = \"other.toml\"", "unknown key \"config\""),
        ("socket = \"shop.toml\"", "--socket shop.toml: expected a free path or a socket that nobody listens on"),
        ("catalogue = \"shop.toml\"", "--catalogue shop.toml: expected a folder, got a file"),
        ("client = \"shop.toml\"", "--client shop.toml: expected a folder, got a file"),
    ] {
        fs::write(folder.path().join("shop.toml"), file).expect("written");
        let refused = run(folder.path(), &[], &["config", "check", "--config", "shop.toml"]);
        let message = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{file}: {message}");
        assert!(message.contains(expected), "{file}: {message}");
    }
    fs::write(
        folder.path().join("shop.toml"),
        "client_header = \"X-Forwarded-For\"\nevents = \"yes\"\nsocket_mode = 600",
    )
    .expect("written");
    let noted = run(folder.path(), &[], &["config", "check", "--config", "shop.toml"]);
    let notes = text(&noted.stderr);
    assert!(noted.status.success(), "{notes}");
    assert!(notes.contains("--client-header has no effect without --searches-per-minute"), "{notes}");
    assert!(notes.contains("--socket-mode has no effect without --socket"), "{notes}");
    assert!(notes.contains("note: there is no catalogue in catalogue: a server does not start without one"), "{notes}");
    assert!(text(&noted.stdout).contains("events = true  # shop.toml"), "{}", text(&noted.stdout));
    let noted = run(folder.path(), &[], &["config", "check", "--socket", "no/look.sock"]);
    let notes = text(&noted.stderr);
    assert!(noted.status.success() && notes.contains("note: there is no folder no for --socket yet"), "{notes}");
    let missing = run(folder.path(), &[], &["--config", "missing.toml", "catalogue", "stats"]);
    assert!(text(&missing.stderr).contains("missing.toml: the file cannot be read"), "{missing:?}");
}

#[test]
fn the_example_has_every_setting_with_its_default() {
    let folder = tempfile::tempdir().expect("a folder");
    let example = run(folder.path(), &[], &["config", "example"]);
    let example = text(&example.stdout);
    let checked = run(folder.path(), &[], &["config", "check"]);
    let keys: Vec<&str> = text(&checked.stdout).lines().collect();
    assert!(keys.len() > 12, "{keys:?}");
    for line in keys {
        let Some(setting) = line.strip_suffix("  # default") else {
            let key = line.strip_prefix("# ").and_then(|line| line.strip_suffix(" is not set")).expect(line);
            assert!(example.lines().any(|line| line.starts_with(&format!("# {key} = "))), "{key}");
            continue;
        };
        let setting =
            if setting == "allow_origin = []" { "allow_origin = [\"https://shop.example\"]" } else { setting };
        assert!(example.lines().any(|line| line == format!("# {setting}")), "{setting}");
    }
    // Without its comments it is a file that is accepted.
    let bare: String = (example.lines().filter_map(|line| line.strip_prefix("# ")))
        .filter(|line| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')))
        // A server is a shard, a front or neither.
        .filter(|line| {
            let others = ["admin_token", "models", "shop =", "feeds =", "shard =", "shards =", "shard_token", "tls_"];
            !others.iter().any(|other| line.starts_with(other))
        })
        .fold(String::new(), |text, line| text + line + "\n");
    fs::write(folder.path().join("bare.toml"), &bare).expect("written");
    let accepted = run(folder.path(), &[], &["config", "check", "--config", "bare.toml"]);
    assert!(accepted.status.success(), "{bare}\n{}", text(&accepted.stderr));
    assert!(text(&accepted.stdout).contains("queue = 64  # bare.toml"));
    for role in ["# shard = ", "# shards = "] {
        let line = example.lines().find(|line| line.starts_with(role)).expect(role).trim_start_matches("# ");
        let settings = format!("{line}\nshard_token = \"0123456789abcdef-secret\"\n");
        fs::write(folder.path().join("role.toml"), settings).expect("written");
        let accepted = run(folder.path(), &[], &["config", "check", "--config", "role.toml"]);
        assert!(accepted.status.success(), "{line}: {}", text(&accepted.stderr));
        let (key, _) = line.split_once(" = ").expect("a key");
        assert!(text(&accepted.stdout).contains(&format!("{line}  # role.toml")), "{key}: {}", text(&accepted.stdout));
        assert!(text(&accepted.stdout).contains("shard_token = \"***\"  # role.toml"), "{}", text(&accepted.stdout));
    }
}
