//! What the log of a server never holds, at its most talkative level: who asks, and what they ask with.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{ChildStderr, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use stl_cluster::Process;
use stl_types::wire::{EventKind, NumbersSearch, Packed, ShopEvent, ShopEvents, paths};

use crate::support::{RED, SHOP, models, png, rectangle};

/// Longer than any start.
const PATIENCE: Duration = Duration::from_secs(60);

const TOKEN: &str = "Qv7kTz2mWx9pLs4d";
const WRONG_TOKEN: &str = "Hn3jRb8cYf6gKu1e";

/// Who searches, and who searches too often: behind a proxy that names them.
const VISITOR: &str = "203.0.113.7";
const OTHER_VISITOR: &str = "203.0.113.9";

/// The name of the uploaded file.
const FILE_NAME: &str = "anna-at-the-lake.png";

/// A number that the browser sends, −1337/1024.
const NUMBER: f32 = -1.305_664_1;

/// Longest row of numbers that a line may have.
const MOST_NUMBERS: usize = 8;

/// Longest run of characters of base64 or hexadecimal: a SHA-256 has 64.
const MOST_ENCODED: usize = 64;

/// A running server, and all that it logs.
struct Server {
    process: Process,
    address: String,
    log: JoinHandle<Vec<String>>,
}

impl Server {
    /// Starts one that counts events and limits clients, of a copy of the catalogue. It is ready.
    fn start(catalogue: &Path) -> Self {
        for entry in std::fs::read_dir(SHOP.catalogue()).expect("a catalogue").flatten() {
            if entry.path().is_file() {
                std::fs::copy(entry.path(), catalogue.join(entry.file_name())).expect("copied");
            }
        }
        let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
        program.args(["serve", "--port", "0", "--client", "no-page", "--device", "cpu", "--log-format", "json"]);
        program.args(["--searches-per-minute", "20", "--client-header", "X-Forwarded-For", "--events"]);
        program.env("SHOP_THE_LOOK_CATALOGUE", catalogue).env("SHOP_THE_LOOK_ADMIN_TOKEN", TOKEN);
        program.env("RUST_LOG", "trace").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process(program.spawn().expect("the program runs"));
        let log = process.0.stderr.take().expect("piped");
        // Read at once: a full pipe would stop the server.
        let log = std::thread::spawn(move || lines(log));
        let mut first = String::new();
        BufReader::new(process.0.stdout.as_mut().expect("piped")).read_line(&mut first).expect("a line");
        let address = first.trim().strip_prefix("listening on http://").expect(&first).to_owned();
        let server = Self { process, address, log };
        let end = Instant::now() + PATIENCE;
        while server.ask(VISITOR, "GET /readyz", "", b"") != 200 {
            assert!(Instant::now() < end, "ready within a minute");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// Sends a request as a proxy passes it on; returns the answer's status. `head` holds lines of further headers.
    fn ask(&self, client: &str, request: &str, head: &str, body: &[u8]) -> u16 {
        let head = format!(
            "{request} HTTP/1.1\r\nhost: here\r\nconnection: close\r\nx-forwarded-for: 198.51.100.2, {client}\r\n\
             forwarded: for={client}\r\ncontent-length: {}\r\n{head}\r\n",
            body.len()
        );
        let answer = self.send(&[head.as_bytes(), body].concat());
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
    }

    fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.write_all(bytes).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Ends it. Returns what it has logged, and what it has said after where it listens.
    fn end(mut self) -> (Vec<String>, String) {
        self.process.0.kill().expect("killed");
        let mut said = String::new();
        self.process.0.stdout.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
        (self.log.join().expect("lines"), said)
    }
}

fn lines(log: ChildStderr) -> Vec<String> {
    BufReader::new(log).lines().map_while(Result::ok).collect()
}

/// A search by numbers that a log would show as they are.
fn numbers() -> NumbersSearch {
    let numbers: Vec<f32> = (0..8 * 128).map(|at| if at % 2 == 0 { NUMBER } else { -2.715_820_3 }).collect();
    let network = models().query_sha256().to_owned();
    NumbersSearch { network, width: 90, height: 120, whole: Packed::of(&numbers), garments: Vec::new(), article: None }
}

/// The longest row of numbers between commas.
fn numbers_in_a_row(line: &str) -> usize {
    let is_number = |part: &str| part.trim_matches([' ', '[', ']', '(', ')', '{', '}']).parse::<f64>().is_ok();
    let (mut longest, mut row) = (0, 0);
    for part in line.split(',') {
        row = if is_number(part) { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    longest
}

/// The longest run of characters that base64 or hexadecimal may have.
fn encoded_in_a_row(line: &str) -> usize {
    let is_encoded = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=');
    line.split(|letter| !is_encoded(letter)).map(str::len).max().unwrap_or_default()
}

#[test]
fn rows_of_numbers_and_encoded_bytes_are_seen() {
    // The first one follows its name.
    assert_eq!(numbers_in_a_row(r#"{"ms":1.5,"numbers":[1, -2.5,3e2,4],"status":200}"#), 3);
    assert_eq!(numbers_in_a_row("bytes [137, 80, 78, 71, 13, 10, 26, 10, 0, 0]"), 9);
    assert_eq!(encoded_in_a_row(r#"{"a":"iVBORw0KGgo+/A==","b":1}"#), 16);
}

#[test]
fn the_log_names_neither_who_asks_nor_what_they_ask_with_at_any_level() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    let picture = png(&rectangle(90, 120, RED));

    // No HTTP: what a connection ended with is logged for developers.
    assert!(server.send(b"GET /anna HTTP/1.1\r\nanna at the lake\r\n\r\n").starts_with("HTTP/1.1 400"));

    let search = format!("POST {}", paths::SEARCH);
    assert_eq!(server.ask(VISITOR, &search, "content-type: image/png\r\n", &picture), 200);
    let part = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"cutout\"; filename=\"{FILE_NAME}\"\r\n\
         content-type: image/png\r\n\r\n"
    );
    let form = [part.as_bytes(), &picture, b"\r\n--edge--\r\n"].concat();
    let multipart = "content-type: multipart/form-data; boundary=edge\r\n";
    assert_eq!(server.ask(VISITOR, &search, multipart, &form), 200);
    let numbers = serde_json::to_vec(&numbers()).expect("JSON");
    let json = "content-type: application/json\r\n";
    assert_eq!(server.ask(VISITOR, &search, json, &numbers), 200);

    // Refused: half a picture, a form with a part that nobody knows, numbers that are none, and too many.
    let half = &picture[..picture.len() / 2];
    assert!((400..500).contains(&server.ask(VISITOR, &search, "content-type: image/png\r\n", half)));
    let other = String::from_utf8_lossy(&form).replace("\"cutout\"", "\"photo\"").into_bytes();
    assert!((400..500).contains(&server.ask(VISITOR, &search, multipart, &other)));
    assert!((400..500).contains(&server.ask(VISITOR, &search, json, &numbers[..numbers.len() / 2])));
    assert!((0..60).any(|_| server.ask(OTHER_VISITOR, &search, "content-type: image/png\r\n", half) == 429));

    let similar = format!("GET {}/shirts-a/similar?brand=Atelier", paths::PRODUCTS);
    assert_eq!(server.ask(VISITOR, &similar, "", b""), 200);
    let event = ShopEvent {
        kind: EventKind::Opened,
        product: "shirts-a".to_owned(),
        position: Some(1),
        rule: String::new(),
        variant: String::new(),
    };
    let events = serde_json::to_vec(&ShopEvents { events: vec![event] }).expect("JSON");
    assert_eq!(server.ask(VISITOR, &format!("POST {}", paths::EVENTS), json, &events), 204);
    let admin = format!("GET {}/catalogue", paths::ADMIN);
    for (token, status) in [(TOKEN, 200), (WRONG_TOKEN, 401)] {
        assert_eq!(server.ask(VISITOR, &admin, &format!("authorization: Bearer {token}\r\n"), b""), status);
    }

    let (log, said) = server.end();
    assert_eq!(said, "");
    let entries: Vec<Value> =
        log.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    let answered = |path: &str, status: u16| {
        let of = |entry: &&Value| {
            entry["message"] == "answered" && entry["span"]["path"] == path && entry["status"] == status
        };
        entries.iter().filter(of).count()
    };
    assert_eq!(answered(paths::SEARCH, 200), 3);
    assert!(answered(paths::SEARCH, 429) >= 1 && answered(&format!("{}/catalogue", paths::ADMIN), 401) == 1);
    // It does log more than by default.
    assert!(
        entries.iter().any(|entry| entry["level"] == "DEBUG" && entry["target"] == "stl_server::serve::connections")
    );

    let token_parts = [TOKEN, WRONG_TOKEN].into_iter().flat_map(|token| [&token[..8], &token[4..12], &token[8..]]);
    let never =
        ["127.0.0.1", VISITOR, OTHER_VISITOR, "198.51.100.2", "the-lake", "the lake", "IHDR", "-1.305", "Atelier"];
    for (line, number) in log.iter().zip(1..) {
        for text in never.into_iter().chain(token_parts.clone()) {
            assert!(!line.contains(text), "line {number} has {text:?}: {line}");
        }
    }
    let is_ready = |entry: &Value| entry["message"].as_str().is_some_and(|message| message.starts_with("ready: "));
    let ready = entries.iter().position(is_ready).expect("it was ready");
    // What is logged before is about the networks' files.
    for line in &log[ready..] {
        assert!(numbers_in_a_row(line) <= MOST_NUMBERS, "{line}");
        assert!(encoded_in_a_row(line) <= MOST_ENCODED, "{line}");
    }
}
