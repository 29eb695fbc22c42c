//! A disk that is full or may not be written, and a process without file handles: what an operator is told, and what still works.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use stl_cluster::Process;

use crate::support::{RED, line, png, rectangle};

/// Longer than any start, and any answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// File handles of a server that has too few of them for its visitors.
const FEW_HANDLES: u32 = 48;

/// A small disk of its own, in memory; unmounted when dropped.
struct Disk(tempfile::TempDir);

impl Disk {
    /// `None` where nothing can be mounted: that takes root.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "none"]).arg(folder.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        // Not with eprintln!: the test harness hides its output when a test passes.
        let _ = writeln!(std::io::stderr(), "SKIPPED: nothing can be mounted here");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn remount(&self, option: &str) {
        let status = Command::new("mount").args(["-o", &format!("remount,{option}")]).arg(self.path()).status();
        assert!(status.expect("mount runs").success());
    }

    /// Leaves not a byte.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("filling");
        let mut file = fs::File::create(&path).expect("made");
        for size in [1 << 16, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

fn program(catalogue: &Path, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    program.args(arguments).arg("--catalogue").arg(catalogue);
    program
}

fn run(catalogue: &Path, arguments: &[&str]) -> Output {
    program(catalogue, arguments).output().expect("the program runs")
}

fn refused(catalogue: &Path, arguments: &[&str], expected: &str) {
    let output = run(catalogue, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && message.contains(expected), "{arguments:?}: {message}");
}

fn listed(catalogue: &Path) -> usize {
    let output = run(catalogue, &["catalogue", "list"]);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).lines().count()
}

/// A feed of three products, and the catalogue that is imported from it.
fn shop(disk: &Path, feed: &Path) -> PathBuf {
    fs::write(feed.join("a.png"), png(&rectangle(90, 120, RED))).expect("written");
    let rows = ["a", "b", "c"].map(|id| line(id, "a.png", "shirts")).join("\n");
    fs::write(feed.join("products.jsonl"), rows).expect("written");
    let catalogue = disk.join("catalogue");
    let imported = run(&catalogue, &["catalogue", "import", &feed.display().to_string(), "--device", "cpu"]);
    assert!(imported.status.success(), "{imported:?}");
    catalogue
}

/// A server of its own port, and its address.
fn serve(mut program: Command) -> (Process, String) {
    program.args(["--port=0", "--client", "no-page", "--device", "cpu", "--workers", "1"]);
    let mut server = Process(program.stdout(Stdio::piped()).spawn().expect("the program runs"));
    let mut first = String::new();
    BufReader::new(server.0.stdout.as_mut().expect("piped")).read_line(&mut first).expect("a line");
    let address = first.trim().strip_prefix("listening on http://").expect("an address").to_owned();
    let end = Instant::now() + PATIENCE;
    while !asked(&address, "/readyz").starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < end, "ready within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
    (server, address)
}

fn asked(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn a_full_disk_loses_nothing_and_is_told() {
    let (Some(disk), Ok(feed)) = (Disk::mount(), tempfile::tempdir()) else { return };
    let catalogue = shop(disk.path(), feed.path());
    let changes = feed.path().join("changes.tsv");
    fs::write(&changes, "id\tprice\tavailability\na\t9.99 EUR\tin_stock\n").expect("written");
    let [feed, changes] = [feed.path(), &changes].map(|path| path.display().to_string());
    let (_server, address) = serve(program(&catalogue, &["serve"]));
    let filling = disk.fill();
    for command in [&["import", &feed, "--device", "cpu"][..], &["update", &changes], &["delete", "a"]] {
        let arguments = [&["catalogue"], command].concat();
        let output = run(&catalogue, &arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let is_told = message.contains("No space left on device") || message.contains("disk is full");
        assert!(output.status.code() == Some(1) && is_told, "{arguments:?}: {message}");
        assert_eq!(listed(&catalogue), 3, "{arguments:?}");
    }
    assert!(asked(&address, "/api/v1/products/a").contains("\"amount_minor\":1995"));
    fs::remove_file(filling).expect("removed");
    for command in [&["update", &changes][..], &["delete", "b"], &["import", &feed, "--device", "cpu"]] {
        let output = run(&catalogue, &[&["catalogue"], command].concat());
        assert!(output.status.success(), "there is room again: {output:?}");
    }
    assert_eq!(listed(&catalogue), 3);
}

#[test]
fn a_catalogue_that_may_not_be_written_is_served() {
    let (Some(disk), Ok(feed)) = (Disk::mount(), tempfile::tempdir()) else { return };
    let catalogue = shop(disk.path(), feed.path());
    disk.remount("ro");
    let (server, address) = serve(program(&catalogue, &["serve"]));
    assert!(asked(&address, "/api/v1/products/b").contains("\"id\":\"b\""));
    let told = "cannot be written: Read-only file system";
    refused(&catalogue, &["catalogue", "import", &feed.path().display().to_string(), "--device", "cpu"], told);
    refused(&catalogue, &["catalogue", "delete", "a"], told);
    assert_eq!(listed(&catalogue), 3);
    drop(server);
    disk.remount("rw");
    assert!(run(&catalogue, &["catalogue", "delete", "a"]).status.success());
    assert_eq!(listed(&catalogue), 2);
}

#[test]
fn a_server_without_file_handles_answers_again_when_there_are_some() {
    let (disk, feed) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let catalogue = shop(disk.path(), feed.path());
    let log = disk.path().join("log");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -n {FEW_HANDLES}; exec \"$0\" \"$@\"")]);
    shell.arg(env!("CARGO_BIN_EXE_shop-the-look")).arg("serve").arg("--catalogue").arg(&catalogue);
    shell.stderr(fs::File::create(&log).expect("made"));
    let (_server, address) = serve(shell);
    let idle: Vec<TcpStream> =
        (0..2 * FEW_HANDLES).map(|_| TcpStream::connect(&address).expect("the system accepts")).collect();
    let told = "a connection could not be accepted: ";
    let end = Instant::now() + PATIENCE;
    while !fs::read_to_string(&log).expect("a log").contains(told) {
        assert!(Instant::now() < end, "told within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(idle);
    assert!(asked(&address, "/api/v1/products/b").contains("\"id\":\"b\""));
}
