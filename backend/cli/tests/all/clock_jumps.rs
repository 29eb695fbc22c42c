//! A server whose clock jumps while it runs, as when a machine wakes up, or its clock is corrected. With libfaketime.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use stl_cluster::clock;

use crate::cluster::machines::Server;
use crate::support::{RED, line, png, rectangle};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// By how many seconds the clock is off after each jump, and how often the feed was fetched by then. It is fetched when the clock has passed
/// the next try, or when that is further away than the six hours from one fetch to the next.
const JUMPS: [(i64, usize); 8] = [(HOUR, 1), (0, 1), (-HOUR, 2), (0, 2), (DAY, 3), (0, 4), (-DAY, 5), (0, 6)];

/// Prices, rules and tokens follow the clock within this.
const SOON: Duration = Duration::from_secs(5);

/// The server looks at the schedule of its feeds every five seconds; machines with other work take longer.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn prices_rules_tokens_and_feeds_follow_a_clock_that_jumps_by_an_hour_and_a_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let now = Timestamp::from_second(Timestamp::now().as_second()).expect("a moment");
    let host = Host::start(now);
    let token = prepare(at, &host, now);
    let file = at.join("clock");
    clock::set(&file, 0).expect("written");
    let mut command = program(at);
    if !clock::follow_or_skip(&mut command, &file) {
        return;
    }
    command.args(["serve", "--port=0", "--client=no-page", "--device=cpu", "--workers=1", "--feeds=feeds.toml"]);
    command.args(["--allow-private-addresses", "--admin-tokens=tokens.toml"]);
    command.args(["--searches-per-minute=1", "--client-header=X-Forwarded-For"]);
    let mut server = Server::spawn(&mut command, at.join("log"));
    server.wait_for("/readyz", |answer| answer.starts_with("ready"));
    assert_eq!(host.fetched(), 1, "{}", server.log());
    let asking = Asking { origin: &server.origin, token: &token, client: AtomicUsize::new(0) };
    assert_eq!(asking.seen(), expected(0));

    let mut kept = Kept::to(&server);
    let mut slowest = Duration::ZERO;
    for (number, (seconds, fetched)) in JUMPS.into_iter().enumerate() {
        let eager = format!("192.0.2.{number}");
        assert_eq!(asking.similar(&eager).0, 200);
        kept.date();
        clock::set(&file, seconds).expect("written");
        // What waits, waits by how long the machine runs.
        assert_eq!(asking.similar(&eager).0, 429, "a client's minute is not over, {seconds} s");
        let off = kept.date().duration_since(Timestamp::now() + SignedDuration::from_secs(seconds));
        assert!(off.abs() < SignedDuration::from_secs(5), "{seconds} s: the header Date is off by {off}");
        let begin = Instant::now();
        while asking.seen() != expected(seconds) {
            assert!(begin.elapsed() < SOON, "{seconds} s: {:?}, expected {:?}", asking.seen(), expected(seconds));
            std::thread::sleep(Duration::from_millis(20));
        }
        slowest = slowest.max(begin.elapsed());
        while host.fetched() < fetched {
            assert!(begin.elapsed() < PATIENCE, "{seconds} s: fetched {}, expected {fetched}", host.fetched());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    // Twice as long as it takes to look again.
    std::thread::sleep(Duration::from_secs(11));
    let (_, fetched) = JUMPS[JUMPS.len() - 1];
    assert_eq!(host.fetched(), fetched, "{}", server.log());
    assert_eq!(asking.seen(), expected(0));
    eprintln!("prices, rules and tokens followed a clock that jumped after {slowest:?} at most");
    assert!(server.end().success());
    let log = server.log();
    assert!(!log.contains("panicked") && log.matches(" is fetched").count() == fetched, "{log}");
}

/// What is seen of the sales, the rules and the token: prices in cents of `tops-a` and `tops-b` and the lowest of all, the shirts that are similar
/// to `shirts-a`, and the status of the administration.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    prices: [u64; 3],
    similar: Vec<String>,
    admin: u16,
}

/// The same by a clock that is off by so many seconds. What is short lasts from half an hour after the start for an hour, what is long from twelve
/// hours before to twelve hours after; the token ends after a day.
fn expected(seconds: i64) -> Seen {
    let (is_short, is_long) = (seconds == HOUR, seconds.abs() <= HOUR);
    let [short, long] = [if is_short { 995 } else { 1995 }, if is_long { 895 } else { 1995 }];
    let similar = [("shirts-b", is_short), ("shirts-c", is_long), ("shirts-d", false)];
    let similar = similar.into_iter().filter(|(_, is_excluded)| !is_excluded).map(|(id, _)| id.to_owned());
    let admin = if seconds == DAY { 401 } else { 200 };
    Seen { prices: [short, long, short.min(long)], similar: similar.collect(), admin }
}

/// Asks a server.
struct Asking<'a> {
    origin: &'a str,
    token: &'a str,
    client: AtomicUsize,
}

impl Asking<'_> {
    fn get(&self, path: &str, header: (&str, &str)) -> (u16, Value) {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        let asked = ureq::Agent::from(config).get(format!("{}{path}", self.origin)).header(header.0, header.1).call();
        let mut answer = asked.expect("an answer");
        let body = answer.body_mut().read_to_vec().expect("a body");
        (answer.status().as_u16(), serde_json::from_slice(&body).expect("JSON"))
    }

    /// What is similar to `shirts-a`, for a client.
    fn similar(&self, client: &str) -> (u16, Value) {
        self.get("/api/v1/products/shirts-a/similar", ("x-forwarded-for", client))
    }

    fn seen(&self) -> Seen {
        let plain = ("accept", "application/json");
        let price = |id: &str| {
            let (_, product) = self.get(&format!("/api/v1/products/{id}"), plain);
            product["price"]["amount_minor"].as_u64().unwrap_or_else(|| panic!("expected a price, got {product}"))
        };
        let (_, facets) = self.get("/api/v1/facets", plain);
        let lowest = facets["prices"][0]["lowest_minor"].as_u64().expect("a price");
        // Each client may ask once in a minute.
        let client = self.client.fetch_add(1, Ordering::Relaxed);
        let (_, similar) = self.similar(&format!("10.0.{}.{}", client / 256, client % 256));
        let cards =
            similar["categories"][0]["cards"].as_array().unwrap_or_else(|| panic!("expected cards, got {similar}"));
        let mut similar: Vec<String> = cards.iter().filter_map(|card| card["id"].as_str().map(str::to_owned)).collect();
        similar.sort();
        let (admin, _) = self.get("/api/v1/admin/catalogue", ("authorization", &format!("Bearer {}", self.token)));
        Seen { prices: [price("tops-a"), price("tops-b"), lowest], similar, admin }
    }
}

/// A connection that is kept open through all jumps.
struct Kept(BufReader<TcpStream>);

impl Kept {
    fn to(server: &Server) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        Self(BufReader::new(stream))
    }

    /// When the server says that it is.
    fn date(&mut self) -> Timestamp {
        self.0.get_mut().write_all(b"GET /healthz HTTP/1.1\r\nhost: here\r\n\r\n").expect("sent");
        let (mut date, mut length) = (None, 0);
        loop {
            let mut header = String::new();
            assert!(self.0.read_line(&mut header).expect("a line") > 0, "the connection stays");
            let Some((name, value)) = header.trim_end().split_once(": ") else {
                if header == "\r\n" {
                    break;
                }
                continue;
            };
            match name {
                "date" => date = jiff::fmt::rfc2822::parse(value).ok().map(|date| date.timestamp()),
                "content-length" => length = value.parse().expect("a length"),
                _ => {}
            }
        }
        self.0.read_exact(&mut vec![0; length]).expect("a body");
        date.expect("a date")
    }
}

/// A host of the feed and its picture.
struct Host {
    address: String,
    feeds: Arc<AtomicUsize>,
}

impl Host {
    fn start(now: Timestamp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let feed = feed(&format!("http://{address}/a.png"), now);
        let (picture, feeds) = (png(&rectangle(90, 120, RED)), Arc::new(AtomicUsize::new(0)));
        let counting = Arc::clone(&feeds);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 4096];
                let count = stream.read(&mut request).unwrap_or(0);
                let is_feed = request[..count].starts_with(b"GET /feed");
                let body = if is_feed { feed.as_bytes() } else { &picture };
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
                if is_feed {
                    counting.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Self { address, feeds }
    }

    /// How often the feed was fetched.
    fn fetched(&self) -> usize {
        self.feeds.load(Ordering::SeqCst)
    }
}

/// Four shirts and two tops; one of these is in a short sale, the other one in a long one.
fn feed(picture: &str, now: Timestamp) -> String {
    let minutes = |minutes: i64| now + SignedDuration::from_mins(minutes);
    let sale = |id: &str, price: &str, from: i64, until: i64| {
        let mut row: Value = serde_json::from_str(&line(id, picture, "tops")).expect("an object");
        row["sale_price"] = price.into();
        row["sale_price_effective_date"] = format!("{}/{}", minutes(from), minutes(until)).into();
        row.to_string()
    };
    let shirts = ["a", "b", "c", "d"].map(|name| line(&format!("shirts-{name}"), picture, "shirts"));
    let tops = [sale("tops-a", "9.95 EUR", 30, 90), sale("tops-b", "8.95 EUR", -12 * 60, 12 * 60)];
    [&shirts[..], &tops[..]].concat().join("\n")
}

fn program(folder: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    program.current_dir(folder).env("SHOP_THE_LOOK_MODELS", models).env("SHOP_THE_LOOK_CATALOGUE", "catalogue");
    program
}

/// Writes the schedule, rules that exclude a shirt for a short and a long time, and a token for a day, which is returned.
fn prepare(folder: &Path, host: &Host, now: Timestamp) -> String {
    let feeds = format!("[[feed]]\nurl = \"http://{}/feed.jsonl\"\nevery = \"6 hours\"\n", host.address);
    fs::write(folder.join("feeds.toml"), feeds).expect("written");
    let minutes = |minutes: i64| now + SignedDuration::from_mins(minutes);
    let rule = |name: &str, id: &str, from: i64, until: i64| {
        let (from, until) = (minutes(from), minutes(until));
        format!("[[rule]]\nname = \"{name}\"\naction = \"exclude\"\nid = \"{id}\"\nfrom = {from}\nuntil = {until}\n\n")
    };
    let rules = rule("short", "shirts-b", 30, 90) + &rule("long", "shirts-c", -12 * 60, 12 * 60);
    fs::create_dir(folder.join("catalogue")).expect("a folder");
    fs::write(folder.join("catalogue/rules.toml"), rules).expect("written");
    let words = ["token", "add", "erp", "--scope", "read", "--days", "1", "--admin-tokens", "tokens.toml"];
    let made = program(folder).args(words).output().expect("run");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("text").trim().to_owned()
}
