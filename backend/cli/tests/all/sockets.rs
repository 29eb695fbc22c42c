//! A server on a Unix socket, on a socket that a service manager has opened, and what it tells the manager.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use stl_cluster::Process;

use crate::support::{RED, SHOP, png, rectangle};

/// Longer than any start.
const PATIENCE: Duration = Duration::from_secs(60);

const SERVE: [&str; 8] = ["serve", "--client", "no-page", "--device", "cpu", "--workers", "1", "--port=0"];

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    program.env("SHOP_THE_LOOK_CATALOGUE", SHOP.catalogue()).stdout(Stdio::piped()).stderr(Stdio::null()).args(SERVE);
    program
}

/// The server, which has opened a socket that it inherits as a service manager passes it.
fn activated(socket: OwnedFd) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@""#]);
    shell.arg(env!("CARGO_BIN_EXE_shop-the-look")).args(SERVE).stdin(Stdio::from(socket));
    shell.env("SHOP_THE_LOOK_CATALOGUE", SHOP.catalogue()).stdout(Stdio::piped()).stderr(Stdio::null());
    shell
}

/// What it says of where it listens.
fn listening(server: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
    line.trim().to_owned()
}

fn answer(mut stream: impl std::io::Read + std::io::Write, head: &str, body: &[u8]) -> String {
    let head = format!("{head} HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    let mut request = format!("{head}content-type: image/png\r\n\r\n").into_bytes();
    // At once: a server that refuses by the head does not wait for the body.
    request.extend_from_slice(body);
    stream.write_all(&request).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Waits until it is ready, and searches.
fn search<S: std::io::Read + std::io::Write>(connect: impl Fn() -> S) -> String {
    let end = Instant::now() + PATIENCE;
    while !answer(connect(), "GET /readyz", b"").starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < end, "ready within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
    answer(connect(), "POST /api/v1/search", &png(&rectangle(90, 120, RED)))
}

fn assert_found(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"articles_scored\":24,"), "{answer}");
}

fn stop(server: &mut Child) {
    let killed = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().expect("kill runs");
    assert!(killed.success() && server.wait().expect("it ends").success());
}

#[test]
fn searches_come_through_a_unix_socket_that_only_its_group_reaches() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("look.sock");
    let at = format!("--socket={}", path.display());
    let mut server = Process(program().arg(&at).spawn().expect("the program runs"));
    assert_eq!(listening(&mut server.0), format!("listening on unix:{}", path.display()));
    assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o660);
    assert_found(&search(|| UnixStream::connect(&path).expect("it listens")));

    let second = program().arg(&at).stderr(Stdio::piped()).output().expect("the program runs");
    let message = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(second.status.code() == Some(1) && message.contains("look.sock is already in use"), "{message}");
    stop(&mut server.0);
    assert!(!path.exists(), "the socket goes with the server");

    // One that is killed leaves its socket, which the next one replaces.
    let mut killed = Process(program().arg(&at).spawn().expect("the program runs"));
    listening(&mut killed.0);
    killed.0.kill().expect("killed");
    killed.0.wait().expect("it ends");
    assert!(path.exists());
    let mut next = Process(program().arg(&at).spawn().expect("the program runs"));
    listening(&mut next.0);
    assert!(answer(UnixStream::connect(&path).expect("it listens"), "GET /healthz", b"").ends_with("ok\n"));
}

#[test]
fn searches_through_a_unix_socket_are_limited_together_or_by_the_proxys_header() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("look.sock");
    let at = format!("--socket={}", path.display());
    let flags = [at.as_str(), "--searches-per-minute=1", "--client-header=X-Forwarded-For"];
    let mut server = Process(program().args(flags).spawn().expect("the program runs"));
    listening(&mut server.0);
    let connect = || UnixStream::connect(&path).expect("it listens");
    assert_found(&search(connect));
    let picture = png(&rectangle(90, 120, RED));
    let again = |client: &str| answer(connect(), &format!("POST /api/v1/search{client}"), &picture);
    assert!(again("").starts_with("HTTP/1.1 429"), "who is not named is one client");
    let named = answer(connect(), "POST /api/v1/search HTTP/1.1\r\nx-forwarded-for: 192.0.2.1\r\nx-rest:", &picture);
    assert_found(&named);
}

#[test]
fn sockets_that_the_service_manager_has_opened_are_served() {
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = tcp.local_addr().expect("an address");
    let mut server = Process(activated(tcp.into()).spawn().expect("sh runs"));
    assert_eq!(listening(&mut server.0), format!("listening on http://{address}"));
    assert_found(&search(|| TcpStream::connect(address).expect("it listens")));

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("look.sock");
    let unix = UnixListener::bind(&path).expect("bound");
    let mut server = Process(activated(unix.into()).spawn().expect("sh runs"));
    assert_eq!(listening(&mut server.0), format!("listening on unix:{}", path.display()));
    assert!(answer(UnixStream::connect(&path).expect("it listens"), "GET /healthz", b"").ends_with("ok\n"));
    stop(&mut server.0);
    assert!(path.exists(), "it is the manager's");

    let datagrams = UnixDatagram::bind(folder.path().join("other.sock")).expect("bound");
    let refused = activated(datagrams.into()).stderr(Stdio::piped()).output().expect("sh runs");
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    let expected = "LISTEN_FDS: expected listening TCP or Unix stream sockets, descriptor 0 is none";
    assert!(refused.status.code() == Some(1) && message.contains(expected), "{message}");
}

/// The next message that begins so.
fn told(manager: &UnixDatagram, begin: &str) -> String {
    let mut message = [0; 512];
    loop {
        let length = manager.recv(&mut message).unwrap_or_else(|error| panic!("{begin}: {error}"));
        let message = String::from_utf8_lossy(&message[..length]).into_owned();
        if message.starts_with(begin) {
            return message;
        }
    }
}

fn notified(folder: &Path) -> (UnixDatagram, Command) {
    let path = folder.join("notify.sock");
    let manager = UnixDatagram::bind(&path).expect("bound");
    manager.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut server = program();
    server.env("NOTIFY_SOCKET", &path);
    (manager, server)
}

#[test]
fn the_service_manager_is_told_of_start_life_and_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let (manager, mut server) = notified(folder.path());
    let mut server = Process(server.env("WATCHDOG_USEC", "200000").spawn().expect("the program runs"));
    let address = listening(&mut server.0).replace("listening on http://", "");
    let ready = told(&manager, "READY=1\n");
    assert_eq!(ready, format!("READY=1\nSTATUS=ready: {} articles\n", crate::support::PRODUCTS));
    let answered = answer(TcpStream::connect(address).expect("it listens"), "GET /readyz", b"");
    assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
    for _ in 0..3 {
        assert_eq!(told(&manager, "WATCHDOG"), "WATCHDOG=1\n");
    }
    stop(&mut server.0);
    told(&manager, "STOPPING=1\n");

    // A server that waits for its first import has started.
    let folder = tempfile::tempdir().expect("a folder");
    let feeds = folder.path().join("feeds.toml");
    std::fs::write(&feeds, "[[feed]]\nurl = \"http://127.0.0.1:9/feed.jsonl\"\nevery = \"1 hour\"\n").expect("written");
    let (manager, mut server) = notified(folder.path());
    server.args(["--allow-private-addresses", "--feeds"]).arg(&feeds).arg("--catalogue").arg(folder.path().join("new"));
    let _server = Process(server.spawn().expect("the program runs"));
    assert_eq!(told(&manager, "READY=1\n"), "READY=1\nSTATUS=waiting for the first import\n");
}
