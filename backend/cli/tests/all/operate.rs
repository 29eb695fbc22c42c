//! What operators use: metrics, logs, backups.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use stl_cluster::Process;

use crate::program::text;
use crate::support::SHOP;

/// Held by tests that back [`SHOP`] up: a backup keeps imports, and other backups, away.
static BACKUP: Mutex<()> = Mutex::new(());

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    program.env("SHOP_THE_LOOK_CATALOGUE", SHOP.catalogue()).current_dir(folder).args(arguments);
    program
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().expect("the program runs")
}

fn asked(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\nx-request-id: the-id\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn metrics_have_an_address_of_their_own_and_logs_are_objects() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = [
        "serve",
        "--port",
        "0",
        "--client",
        "no-page",
        "--metrics=127.0.0.1:0",
        "--log-format",
        "json",
        "--device",
        "cpu",
    ];
    let mut server = program(folder.path(), &arguments);
    let mut server = Process(server.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs"));
    let mut first = String::new();
    BufReader::new(server.0.stdout.as_mut().expect("piped")).read_line(&mut first).expect("a line");
    let address = first.trim().strip_prefix("listening on http://").expect(&first).to_owned();
    let mut log = BufReader::new(server.0.stderr.take().expect("piped")).lines().map_while(Result::ok);
    let mut said = |begin: &str| loop {
        let line = log.next().expect("the log goes on");
        let entry: Value = serde_json::from_str(&line).expect(&line);
        let message = entry["message"].as_str().unwrap_or_default().to_owned();
        if message.starts_with(begin) {
            return (message, entry);
        }
    };
    let (message, _) = said("metrics are at http://");
    let metrics = message.trim_start_matches("metrics are at http://").trim_end_matches("/metrics").to_owned();
    assert_ne!(metrics, address);
    // From the start: without catalogue or with it.
    assert!(asked(&metrics, "/metrics").contains("\nshop_the_look_ready "));

    let end = Instant::now() + Duration::from_secs(60);
    while !asked(&address, "/readyz").starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < end, "ready within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (_, answered) = said("answered");
    assert_eq!(
        (&answered["level"], &answered["span"]["id"], &answered["span"]["path"]),
        (&"INFO".into(), &"the-id".into(), &"/readyz".into())
    );
    let measured = asked(&metrics, "/metrics");
    assert!(measured.contains("content-type: text/plain; version=0.0.4"), "{measured}");
    for line in ["shop_the_look_ready 1", "shop_the_look_catalogue_version 1", "shop_the_look_queue_jobs 0"] {
        assert!(measured.contains(&format!("\n{line}\n")), "{line}: {measured}");
    }
    // Visitors do not get them.
    assert!(!asked(&address, "/metrics").contains("shop_the_look_ready"));
}

#[test]
fn a_backup_is_written_whole_and_restored_whole() {
    let _alone = BACKUP.lock().unwrap_or_else(PoisonError::into_inner);
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let written = run(root, &["catalogue", "backup", "shop.tar"]);
    assert!(written.status.success(), "{}", text(&written.stderr));
    assert!(text(&written.stdout).starts_with("backed up version 1: "), "{}", text(&written.stdout));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(root.join("shop.tar")).expect("there").permissions().mode() & 0o077, 0);
    }
    let again = run(root, &["catalogue", "backup", "shop.tar"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("shop.tar is there already: expected another name, or --force"));
    assert!(run(root, &["catalogue", "backup", "shop.tar", "--force"]).status.success());

    let restored = run(root, &["catalogue", "restore", "shop.tar", "--catalogue", "restored"]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    let listed = |catalogue: &str| run(root, &["catalogue", "list", "--json", "--catalogue", catalogue]).stdout;
    let original = SHOP.catalogue();
    assert_eq!(listed("restored"), listed(original.to_str().expect("UTF-8")));
    assert!(!listed("restored").is_empty());
    let onto = run(root, &["catalogue", "restore", "shop.tar", "--catalogue", "restored"]);
    assert!(text(&onto.stderr).contains("expected a folder that does not exist or is empty, got restored"), "{onto:?}");

    // As a stream, from one program to the other.
    let stream = run(root, &["catalogue", "backup", "-"]);
    let mut reader = program(root, &["catalogue", "restore", "-", "--catalogue", "streamed"]);
    let mut reader = reader.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program runs");
    reader.stdin.take().expect("piped").write_all(&stream.stdout).expect("written");
    assert!(reader.wait().expect("it ends").success());
    assert_eq!(listed("streamed"), listed("restored"));

    fs::write(root.join("half.tar"), &fs::read(root.join("shop.tar")).expect("read")[..3000]).expect("written");
    let half = run(root, &["catalogue", "restore", "half.tar", "--catalogue", "half"]);
    assert_eq!(half.status.code(), Some(1));
    assert!(text(&half.stderr).contains("half.tar: expected a backup with SHA256SUMS at its end"), "{half:?}");
    assert!(!root.join("half").exists());
    let missing = run(root, &["catalogue", "backup", "none.tar", "--catalogue", "nowhere"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("there is no catalogue in nowhere"), "{missing:?}");
    assert!(!root.join("none.tar").exists() && !root.join("nowhere").exists());
}

#[cfg(unix)]
#[test]
fn a_backup_replaces_files_alone_and_is_never_half_in_silence() {
    let _alone = BACKUP.lock().unwrap_or_else(PoisonError::into_inner);
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    fs::create_dir(root.join("folder")).expect("a folder");
    assert!(Command::new("mkfifo").arg(root.join("pipe")).status().expect("it runs").success());
    std::os::unix::fs::symlink("nowhere", root.join("lost")).expect("a link");
    for (name, expected) in [
        ("folder", "folder is a folder: expected the name of a file to write"),
        ("pipe", "pipe is no regular file: expected the name of a file to write, or - for stdout"),
        ("/dev/null", "/dev/null is no regular file"),
        ("lost", "lost is a link that leads nowhere"),
        (
            "missing/shop.tar",
            "missing/shop.tar cannot be written: expected a folder in which files can be made: No such file",
        ),
    ] {
        let refused = run(root, &["catalogue", "backup", name, "--force"]);
        assert_eq!(refused.status.code(), Some(1), "{name}");
        assert!(text(&refused.stderr).contains(expected), "{name}: {}", text(&refused.stderr));
    }
    // The catalogue's own files are never replaced by its backup.
    for name in ["catalogue.sqlite", "shop.tar"] {
        let inside = SHOP.catalogue().join(name);
        let refused = run(root, &["catalogue", "backup", inside.to_str().expect("UTF-8"), "--force"]);
        assert!(text(&refused.stderr).contains("is inside the catalogue"), "{name}: {}", text(&refused.stderr));
    }
    // A link stays one, and what it leads to is replaced.
    fs::write(root.join("shop.tar"), "old").expect("written");
    std::os::unix::fs::symlink("shop.tar", root.join("link")).expect("a link");
    let replaced = run(root, &["catalogue", "backup", "link", "--force"]);
    assert!(replaced.status.success(), "{}", text(&replaced.stderr));
    assert!(root.join("link").is_symlink() && fs::metadata(root.join("shop.tar")).expect("there").len() > 1000);
    let left = fs::read_dir(root).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().ends_with(".part")));

    let mut backup = program(root, &["catalogue", "backup", "-"]);
    let mut backup = backup.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    drop(backup.stdout.take());
    let ended = backup.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(1));
    assert!(text(&ended.stderr).contains("the backup is not whole: the program that reads it"), "{ended:?}");

    let restored = |file: &str| {
        let refused = run(root, &["catalogue", "restore", file, "--catalogue", "restored"]);
        assert_eq!(refused.status.code(), Some(1), "{file}");
        text(&refused.stderr).to_owned()
    };
    assert!(restored("folder").contains("folder is a folder: expected a file that `catalogue backup` has written"));
    assert!(
        restored("nowhere.tar").contains("nowhere.tar: expected a file that `catalogue backup` has written: No such")
    );
    fs::write(root.join("text.tar"), "a,b,c\n".repeat(500)).expect("written");
    assert!(
        restored("text.tar").contains("text.tar: expected a backup of a catalogue, a tar archive, got something else")
    );
}
