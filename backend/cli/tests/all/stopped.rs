//! SIGTERM comes while a server answers.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use crate::cluster::machines::{Server, get};
use crate::support::{RED, SHOP, png, rectangle};

/// Clients that search without a pause: the server, which has one worker for them, always has searches that run and wait.
const SEARCHERS: usize = 8;

/// Clients that ask for a product without a pause.
const BROWSERS: usize = 4;

/// A server ends open requests within 20 seconds; these are done much sooner.
const BOUND: Duration = Duration::from_secs(20);

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a request.
#[derive(Debug)]
enum Outcome {
    /// All of an answer: its status and its body.
    Whole(u16, Vec<u8>),
    /// The connection was closed before an answer began.
    Nothing,
    /// A part of an answer.
    Cut(Vec<u8>),
}

#[test]
fn what_was_asked_before_sigterm_is_answered_whole_and_no_answer_is_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = serve(&folder.path().join("log"));
    let port = server.port();
    let log = server.log();
    let metrics = log.split("metrics are at ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let metrics = metrics.unwrap_or_else(|| panic!("expected an address of metrics in {log}"));
    let signalled = OnceLock::<Instant>::new();
    let (go_on, waiting) = mpsc::channel::<()>();
    let (half_sent, is_half_sent) = mpsc::channel::<()>();

    let begin = std::thread::scope(|scope| {
        let uploader = scope.spawn(move || upload(port, &half_sent, &waiting));
        is_half_sent.recv_timeout(PATIENCE).expect("the server reads a body");
        // Every second client connects anew each time.
        let signalled = &signalled;
        let searchers: [_; SEARCHERS] = std::array::from_fn(|number| {
            // Each has a picture of its own.
            let picture = png(&rectangle(90 + number as u32, 120, RED));
            let request = [search(picture.len(), "").into_bytes(), picture].concat();
            scope.spawn(move || ask_until_gone(port, &request, number % 2 == 0, signalled))
        });
        let browsers: [_; BROWSERS] = std::array::from_fn(|number| {
            let request = b"GET /api/v1/products/skirts-a HTTP/1.1\r\nhost: here\r\n\r\n";
            scope.spawn(move || ask_until_gone(port, request, number % 2 == 0, signalled))
        });
        let waited = Instant::now();
        while jobs(metrics) < SEARCHERS / 2 {
            assert!(waited.elapsed() < PATIENCE, "{} jobs", jobs(metrics));
            std::thread::sleep(Duration::from_millis(2));
        }
        let begin = *signalled.get_or_init(Instant::now);
        server.signal("TERM");
        go_on.send(()).expect("it waits");
        assert_whole(&uploader.join().expect("a client"));
        let searches = searchers.map(|client| client.join().expect("a client"));
        let products = browsers.map(|client| client.join().expect("a client"));
        let late = searches.iter().filter(|asked| asked.is_late).count();
        assert!(late > 0, "the signal came while searches were answered: {searches:?}");
        assert!(products.iter().all(|asked| asked.whole > 0), "{products:?}");
        eprintln!("{late} of {SEARCHERS} searches were answered after SIGTERM: {searches:?}, {products:?}");
        begin
    });
    let status = server.ended_within(BOUND.saturating_sub(begin.elapsed()));
    assert!(status.success(), "{status}: {}", server.log());
    let log = server.log();
    assert!(log.contains("stopping: open requests may end") && !log.contains("cut off"), "{log}");
}

fn serve(log: &Path) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    command.env("SHOP_THE_LOOK_CATALOGUE", SHOP.catalogue());
    command.args(["serve", "--port=0", "--client=no-page", "--device=cpu", "--workers=1", "--metrics=127.0.0.1:0"]);
    let server = Server::spawn(&mut command, log.to_owned());
    server.wait_for("/readyz", |answer| answer.starts_with("ready"));
    server
}

/// Searches that run or wait.
fn jobs(metrics: &str) -> usize {
    let (_, text) = get(metrics).expect("metrics");
    let text = String::from_utf8(text).expect("text");
    let jobs = text.lines().find_map(|line| line.strip_prefix("shop_the_look_queue_jobs ")?.parse::<f64>().ok());
    jobs.unwrap_or_else(|| panic!("expected a number of jobs in {text}")) as usize
}

/// What came of a client's requests.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    /// Answers.
    whole: usize,
    /// Whether one that was asked for before the signal came after it.
    is_late: bool,
}

/// Asks the same again and again until the server is gone. What was sent before the signal is answered, and no answer is cut.
fn ask_until_gone(port: u16, request: &[u8], stays_connected: bool, signalled: &OnceLock<Instant>) -> Asked {
    let (mut kept, mut asked) = (None, Asked::default());
    loop {
        let mut reader = match kept.take().map_or_else(|| connect(port), Ok) {
            Ok(stream) => BufReader::new(stream),
            Err(error) => {
                assert!(signalled.get().is_some(), "before the signal: {error}");
                return asked;
            }
        };
        let is_sent = reader.get_mut().write_all(request).is_ok();
        let sent = Instant::now();
        let outcome = if is_sent { read_answer(&mut reader) } else { Outcome::Nothing };
        if let Outcome::Nothing = outcome {
            let signalled = signalled.get().expect("no connection is closed before the signal");
            assert!(sent > *signalled, "it was sent {:?} before the signal", signalled.duration_since(sent));
            return asked;
        }
        assert_whole(&outcome);
        asked.whole += 1;
        asked.is_late |= signalled.get().is_some_and(|signalled| sent < *signalled);
        kept = stays_connected.then(|| reader.into_inner());
    }
}

/// Sends half of a search, which the server reads, and the rest after the signal.
fn upload(port: u16, half_sent: &mpsc::Sender<()>, go_on: &mpsc::Receiver<()>) -> Outcome {
    let picture = png(&rectangle(200, 300, RED));
    let (half, rest) = picture.split_at(picture.len() / 2);
    let mut stream = connect(port).expect("it listens");
    send(&mut stream, &search(picture.len(), "expect: 100-continue\r\n"), half);
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line");
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
    reader.read_line(&mut line).expect("a line");
    half_sent.send(()).expect("it waits");
    go_on.recv_timeout(PATIENCE).expect("the signal");
    reader.get_mut().write_all(rest).expect("the connection stays");
    read_answer(&mut reader)
}

fn connect(port: u16) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE)).map(|()| stream)
}

/// The head of a search.
fn search(length: usize, more: &str) -> String {
    format!(
        "POST /api/v1/search HTTP/1.1\r\nhost: here\r\ncontent-type: image/png\r\ncontent-length: {length}\r\n{more}\r\n"
    )
}

fn send(stream: &mut TcpStream, head: &str, body: &[u8]) {
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("sent");
}

/// Reads an answer as far as it comes.
fn read_answer(reader: &mut BufReader<TcpStream>) -> Outcome {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match reader.read_until(b'\n', &mut head) {
            Ok(count) if count > 0 => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("no answer within {PATIENCE:?}")
            }
            Ok(_) | Err(_) => return if head.is_empty() { Outcome::Nothing } else { Outcome::Cut(head) },
        }
    }
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let mut body = vec![0; length.unwrap_or_else(|| panic!("expected a length, got {text}"))];
    match reader.read_exact(&mut body) {
        Ok(()) => Outcome::Whole(status, body),
        Err(_) => Outcome::Cut(head),
    }
}

fn assert_whole(outcome: &Outcome) {
    match outcome {
        Outcome::Whole(200, body) => {
            let answer: Result<serde_json::Value, _> = serde_json::from_slice(body);
            let found = answer.unwrap_or_else(|_| panic!("expected JSON, got {}", String::from_utf8_lossy(body)));
            assert!(found["articles_scored"] == 24 || found["id"] == "skirts-a", "{found}");
        }
        Outcome::Cut(part) => panic!("an answer was cut: {}", String::from_utf8_lossy(part)),
        other => panic!("expected an answer, got {other:?}"),
    }
}
