//! What the log of a server never holds, at its most talkative level: who asks, and what they ask with.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use stl_types::wire::{EventKind, NumbersSearch, Packed, ShopEvent, ShopEvents, paths};

use crate::served::Server;
use crate::support::{RED, SHOP, models, png, rectangle};

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

/// A server that counts events and limits clients, of a copy of the catalogue in a folder. It is ready.
fn serve(folder: &Path) -> Server {
    let catalogue = folder.join("catalogue");
    std::fs::create_dir(&catalogue).expect("a folder");
    for entry in std::fs::read_dir(SHOP.catalogue()).expect("a catalogue").flatten() {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), catalogue.join(entry.file_name())).expect("copied");
        }
    }
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    program.args(["serve", "--port", "0", "--client", "no-page", "--device", "cpu", "--log-format", "json"]);
    program.args(["--searches-per-minute", "20", "--client-header", "X-Forwarded-For", "--events"]);
    program.env("SHOP_THE_LOOK_CATALOGUE", catalogue).env("SHOP_THE_LOOK_ADMIN_TOKEN", TOKEN).env("RUST_LOG", "trace");
    let server = Server::spawn(&mut program, folder.join("log"));
    // Asked as a proxy asks: the client of the other tests names this machine's address.
    server.wait_until(|| ask(&server, VISITOR, "GET /readyz", "", b"") == 200);
    server
}

/// Sends a request as a proxy passes it on; returns the answer's status. `head` holds lines of further headers.
fn ask(server: &Server, client: &str, request: &str, head: &str, body: &[u8]) -> u16 {
    let head = format!(
        "{request} HTTP/1.1\r\nhost: here\r\nconnection: close\r\nx-forwarded-for: 198.51.100.2, {client}\r\n\
         forwarded: for={client}\r\ncontent-length: {}\r\n{head}\r\n",
        body.len()
    );
    let answer = server.send(&[head.as_bytes(), body].concat());
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
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
    let mut server = serve(folder.path());
    let picture = png(&rectangle(90, 120, RED));

    // No HTTP: what a connection ended with is logged for developers.
    assert!(server.send(b"GET /anna HTTP/1.1\r\nanna at the lake\r\n\r\n").starts_with("HTTP/1.1 400"));

    let search = format!("POST {}", paths::SEARCH);
    assert_eq!(ask(&server, VISITOR, &search, "content-type: image/png\r\n", &picture), 200);
    let part = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"cutout\"; filename=\"{FILE_NAME}\"\r\n\
         content-type: image/png\r\n\r\n"
    );
    let form = [part.as_bytes(), &picture, b"\r\n--edge--\r\n"].concat();
    let multipart = "content-type: multipart/form-data; boundary=edge\r\n";
    assert_eq!(ask(&server, VISITOR, &search, multipart, &form), 200);
    let numbers = serde_json::to_vec(&numbers()).expect("JSON");
    let json = "content-type: application/json\r\n";
    assert_eq!(ask(&server, VISITOR, &search, json, &numbers), 200);

    // Refused: half a picture, a form with a part that nobody knows, numbers that are none, and too many.
    let half = &picture[..picture.len() / 2];
    assert!((400..500).contains(&ask(&server, VISITOR, &search, "content-type: image/png\r\n", half)));
    let other = String::from_utf8_lossy(&form).replace("\"cutout\"", "\"photo\"").into_bytes();
    assert!((400..500).contains(&ask(&server, VISITOR, &search, multipart, &other)));
    assert!((400..500).contains(&ask(&server, VISITOR, &search, json, &numbers[..numbers.len() / 2])));
    assert!((0..60).any(|_| ask(&server, OTHER_VISITOR, &search, "content-type: image/png\r\n", half) == 429));

    let similar = format!("GET {}/shirts-a/similar?brand=Atelier", paths::PRODUCTS);
    assert_eq!(ask(&server, VISITOR, &similar, "", b""), 200);
    let event = ShopEvent {
        kind: EventKind::Opened,
        product: "shirts-a".to_owned(),
        position: Some(1),
        rule: String::new(),
        variant: String::new(),
    };
    let events = serde_json::to_vec(&ShopEvents { events: vec![event] }).expect("JSON");
    assert_eq!(ask(&server, VISITOR, &format!("POST {}", paths::EVENTS), json, &events), 204);
    let admin = format!("GET {}/catalogue", paths::ADMIN);
    for (token, status) in [(TOKEN, 200), (WRONG_TOKEN, 401)] {
        assert_eq!(ask(&server, VISITOR, &admin, &format!("authorization: Bearer {token}\r\n"), b""), status);
    }

    server.kill();
    assert_eq!(server.said(), "");
    let log = server.log();
    let log: Vec<&str> = log.lines().collect();
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
