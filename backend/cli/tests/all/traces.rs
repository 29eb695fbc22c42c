//! Spans that a server sends to a collector, and what becomes of its answers when the collector does not take them.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use stl_types::wire::paths;
use tempfile::TempDir;

use crate::served::Server;
use crate::support::{RED, SHOP, png, rectangle};

/// Who searches, as a proxy names them.
const VISITOR: &str = "203.0.113.7";

/// A span of a proxy, whose trace is sent.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// A collector that takes everything, and keeps the bodies.
struct Collector {
    address: String,
    taken: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let taken = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&taken);
        // It ends with the test.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let body = taken_from(stream.expect("a connection"));
                kept.lock().expect("no panic").push(body);
            }
        });
        Self { address, taken }
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let bodies = self.taken.lock().expect("no panic");
        bodies.iter().map(|body| ExportTraceServiceRequest::decode(&body[..]).expect("protobuf")).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let resources = self.requests().into_iter().flat_map(|request| request.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }
}

/// The body of a request, which is answered with 200.
fn taken_from(stream: TcpStream) -> Vec<u8> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length, mut kind) = (String::new(), 0, String::new());
    reader.read_line(&mut first).expect("a line");
    assert_eq!(first, "POST /v1/traces HTTP/1.1\r\n");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").expect(&line);
        match name {
            "content-length" => length = value.parse().expect("a number"),
            "content-type" => kind = value.to_owned(),
            _ => {}
        }
    }
    assert_eq!(kind, "application/x-protobuf");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    reader.get_mut().write_all(answer).expect("answered");
    body
}

/// A server whose spans are sent, and the folder of its log.
struct Traced {
    server: Server,
    _folder: TempDir,
}

impl Traced {
    /// Starts one; it is ready.
    fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
        program.env("SHOP_THE_LOOK_CATALOGUE", SHOP.catalogue()).env_remove("RUST_LOG");
        program.args(["serve", "--port", "0", "--client", "no-page", "--device", "cpu", "--workers", "1"]).args(flags);
        let server = Server::spawn(&mut program, folder.path().join("log"));
        let traced = Self { server, _folder: folder };
        traced.server.wait_until(|| traced.ask("GET /readyz", "", b"").starts_with("HTTP/1.1 200"));
        traced
    }

    /// The answer to a request; `head` holds lines of further headers.
    fn ask(&self, request: &str, head: &str, body: &[u8]) -> String {
        let head = format!(
            "{request} HTTP/1.1\r\nhost: here\r\nconnection: close\r\nx-forwarded-for: {VISITOR}\r\n\
             content-length: {}\r\n{head}\r\n",
            body.len()
        );
        self.server.send(&[head.as_bytes(), body].concat())
    }

    /// Searches with a picture. Returns what was found, without how long it took, and the time.
    fn search(&self, head: &str) -> (serde_json::Value, Duration) {
        let start = Instant::now();
        let request = format!("POST {}?brand=Atelier", paths::SEARCH);
        let answer = self.ask(&request, &format!("content-type: image/png\r\n{head}"), &picture());
        let took = start.elapsed();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        let mut found: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert!(found["timing"].take().is_object(), "{found}");
        assert!(found["categories"].as_array().is_some_and(|rows| !rows.is_empty()), "{found}");
        (found, took)
    }

    /// Ends it by a signal. Returns how long that took, and the log.
    fn stop(mut self) -> (Duration, Vec<String>) {
        let start = Instant::now();
        assert!(self.server.end().success());
        (start.elapsed(), self.server.log().lines().map(str::to_owned).collect())
    }
}

fn picture() -> Vec<u8> {
    png(&rectangle(90, 120, RED))
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> &'a str {
    let found = attributes.iter().find(|attribute| attribute.key == key).and_then(|attribute| attribute.value.as_ref());
    match found.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text,
        other => panic!("{key}: expected a text, got {other:?}"),
    }
}

fn number(attributes: &[KeyValue], key: &str) -> i64 {
    let found = attributes.iter().find(|attribute| attribute.key == key).and_then(|attribute| attribute.value.as_ref());
    match found.and_then(|value| value.value.as_ref()) {
        Some(Value::IntValue(number)) => *number,
        other => panic!("{key}: expected a number, got {other:?}"),
    }
}

fn keys(span: &Span) -> BTreeSet<&str> {
    span.attributes.iter().map(|attribute| attribute.key.as_str()).collect()
}

/// The span of the request with this id.
fn of_request<'a>(spans: &'a [Span], id: &str) -> &'a Span {
    let mut found = spans.iter().filter(|span| {
        let is_id = |attribute: &KeyValue| attribute.key == "request.id";
        span.attributes.iter().any(is_id) && text(&span.attributes, "request.id") == id
    });
    let span = found.next().unwrap_or_else(|| panic!("a span of {id}: {spans:#?}"));
    assert!(found.next().is_none(), "one span of {id}");
    span
}

/// A span's children, the first one first.
fn children<'a>(spans: &'a [Span], parent: &Span) -> Vec<&'a Span> {
    let mut children: Vec<&Span> = spans.iter().filter(|span| span.parent_span_id == parent.span_id).collect();
    children.sort_by_key(|span| (span.start_time_unix_nano, span.end_time_unix_nano));
    children
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_search_is_a_span_with_its_stages_and_nothing_of_who_asks_for_what() {
    let collector = Collector::start();
    let server = Traced::start(&["--otlp-endpoint", &collector.address]);
    // The header of nobody in particular is not read.
    server.search(&format!("x-request-id: the-search\r\ntraceparent: 00-{TRACE}-{PARENT}-01\r\n"));
    let similar = format!("GET {}/shirts-a/similar", paths::PRODUCTS);
    assert!(server.ask(&similar, "x-request-id: the-similar\r\n", b"").starts_with("HTTP/1.1 200"));
    let unknown = format!("GET {}/anna-at-the-lake", paths::PRODUCTS);
    assert!(server.ask(&unknown, "x-request-id: the-unknown\r\n", b"").starts_with("HTTP/1.1 404"));
    let (_, log) = server.stop();
    assert!(!log.iter().any(|line| line.contains("traces: ")), "{log:#?}");

    // What waited was sent before the end.
    let spans = collector.spans();
    let search = of_request(&spans, "the-search");
    assert_eq!((search.name.as_str(), search.kind), ("POST /api/v1/search", SpanKind::Server as i32));
    assert!(search.parent_span_id.is_empty() && search.events.is_empty() && search.links.is_empty());
    assert_ne!(hexadecimal(&search.trace_id), TRACE);
    assert_eq!(text(&search.attributes, "http.request.method"), "POST");
    assert_eq!(text(&search.attributes, "http.route"), "/api/v1/search");
    assert_eq!(number(&search.attributes, "http.response.status_code"), 200);
    let of_requests = BTreeSet::from(["http.request.method", "http.response.status_code", "http.route", "request.id"]);
    let stages = children(&spans, search);
    let names: Vec<&str> = stages.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["queue", "decode", "encode", "match", "cards"]);
    let mut former = search.start_time_unix_nano;
    for stage in stages {
        assert_eq!(stage.trace_id, search.trace_id);
        assert!(former <= stage.start_time_unix_nano && stage.start_time_unix_nano <= stage.end_time_unix_nano);
        former = stage.end_time_unix_nano;
    }
    assert!(former <= search.end_time_unix_nano);

    // A pattern in place of the product's id.
    let similar = of_request(&spans, "the-similar");
    assert_eq!(similar.name, "GET /api/v1/products/{id}/similar");
    let names: Vec<&str> = children(&spans, similar).iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["queue", "match", "cards"]);
    assert_eq!(number(&of_request(&spans, "the-unknown").attributes, "http.response.status_code"), 404);
    for span in &spans {
        let is_request = span.parent_span_id.is_empty();
        assert_eq!(keys(span), if is_request { of_requests.clone() } else { BTreeSet::new() }, "{span:?}");
        assert!(span.trace_state.is_empty(), "{span:?}");
    }

    let requests = collector.requests();
    let resource = requests[0].resource_spans[0].resource.clone().expect("a resource").attributes;
    assert_eq!(text(&resource, "service.name"), "shop-the-look");
    assert_eq!(text(&resource, "service.version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(text(&resource, "service.instance.id").len(), 32);
    let picture = picture();
    let never: [&[u8]; 7] = [
        b"127.0.0.1",
        VISITOR.as_bytes(),
        b"Atelier",
        b"shirts-a",
        b"at-the-lake",
        b"IHDR",
        &picture[picture.len() / 2..][..16],
    ];
    for body in collector.taken.lock().expect("no panic").iter() {
        for bytes in never {
            assert!(!body.windows(bytes.len()).any(|window| window == bytes), "{}", String::from_utf8_lossy(bytes));
        }
    }
}

#[test]
fn of_a_trusted_proxy_the_trace_goes_on_and_its_choice_counts() {
    let collector = Collector::start();
    let server = Traced::start(&["--otlp-endpoint", &collector.address, "--otlp-sample", "0", "--otlp-traceparent"]);
    server.search("x-request-id: alone\r\n");
    server.search(&format!("x-request-id: not-chosen\r\ntraceparent: 00-{TRACE}-{PARENT}-00\r\n"));
    server.search(&format!("x-request-id: chosen\r\ntraceparent: 00-{TRACE}-{PARENT}-01\r\ntracestate: who=anna\r\n"));
    server.stop();
    let spans = collector.spans();
    let chosen = of_request(&spans, "chosen");
    assert_eq!((hexadecimal(&chosen.trace_id), hexadecimal(&chosen.parent_span_id)), (TRACE.into(), PARENT.into()));
    assert!(chosen.trace_state.is_empty());
    assert_eq!((children(&spans, chosen).len(), spans.len()), (5, 6), "{spans:#?}");
}

#[test]
fn a_search_of_a_front_and_what_its_shards_do_for_it_are_one_trace_and_have_one_id() {
    let collector = Collector::start();
    let flags = |more: &[&str]| {
        let sent = ["--otlp-endpoint", &collector.address, "--shard-token", "a-token-of-the-shards"];
        Traced::start(&[&sent[..], more].concat())
    };
    let shards = ["1/2", "2/2"].map(|part| flags(&["--shard", part]));
    let addresses = shards.each_ref().map(|shard| shard.server.origin.as_str()).join(" ");
    let front = flags(&["--shards", &addresses]);
    front.search("x-request-id: the-search\r\n");
    // Of somebody without the token the trace does not go on.
    let head = format!("x-request-id: a-stranger\r\ntraceparent: 00-{TRACE}-{PARENT}-01\r\n");
    assert!(shards[0].ask("GET /shard/v1/about", &head, b"").starts_with("HTTP/1.1 401"));
    front.stop();
    let logs = shards.map(|shard| shard.stop().1);

    let spans = collector.spans();
    let is_of_search = |span: &&Span| {
        let mut ids = span.attributes.iter().filter(|attribute| attribute.key == "request.id");
        ids.next().is_some() && text(&span.attributes, "request.id") == "the-search"
    };
    let (of_front, of_shards): (Vec<&Span>, Vec<&Span>) =
        spans.iter().filter(is_of_search).partition(|span| span.parent_span_id.is_empty());
    assert_eq!((of_front.len(), of_shards.len()), (1, 2), "{spans:#?}");
    for span in of_shards {
        assert_eq!((&span.trace_id, &span.parent_span_id), (&of_front[0].trace_id, &of_front[0].span_id));
        assert_eq!((span.name.as_str(), span.kind), ("POST /shard/v1/search", SpanKind::Server as i32));
        let stages = children(&spans, span);
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["queue", "match"]);
        assert!(stages.iter().all(|stage| stage.trace_id == span.trace_id));
    }
    let stranger = of_request(&spans, "a-stranger");
    assert!(stranger.parent_span_id.is_empty() && hexadecimal(&stranger.trace_id) != TRACE, "{stranger:?}");
    for log in logs {
        let is_told = |line: &&String| line.contains("the-search") && line.contains("/shard/v1/search");
        assert_eq!(log.iter().filter(is_told).count(), 1, "{log:#?}");
    }
}

/// The median time of some searches, which all find the same, within about three seconds, so that several batches are sent.
fn searches(server: &Traced) -> (serde_json::Value, Duration) {
    const SEARCHES: usize = 12;

    let (found, _) = server.search("");
    let mut times: Vec<Duration> = (0..SEARCHES)
        .map(|_| {
            let (again, took) = server.search("");
            assert_eq!(again, found);
            std::thread::sleep(Duration::from_millis(250));
            took
        })
        .collect();
    times.sort_unstable();
    (found, times[SEARCHES / 2])
}

#[test]
fn a_collector_that_hangs_or_is_away_changes_no_answer_and_holds_up_nothing() {
    // Longer than any search here, shorter than anything waits for a collector.
    const NOISE: Duration = Duration::from_millis(500);

    let plain = Traced::start(&[]);
    let (expected, plain_time) = searches(&plain);
    plain.stop();

    // The system makes the connections, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let hanging = format!("http://{}", silent.local_addr().expect("an address"));
    let away = {
        let gone = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", gone.local_addr().expect("an address"))
    };
    for (address, is_refused) in [(hanging, false), (away, true)] {
        let start = Instant::now();
        let server = Traced::start(&["--otlp-endpoint", &address]);
        let (found, time) = searches(&server);
        assert_eq!(found, expected);
        assert!(time < plain_time * 2 + NOISE, "{time:?}, and {plain_time:?} without traces");
        let (stopping, log) = server.stop();
        // Two seconds for the last spans, and what a loaded machine adds.
        assert!(stopping < Duration::from_secs(10), "{stopping:?}");
        let told = log.iter().filter(|line| line.contains("did not take spans")).count();
        if is_refused {
            // Once, and once more for each further minute.
            let most = 1 + start.elapsed().as_secs() as usize / 60;
            assert!((1..=most).contains(&told), "{told}: {log:#?}");
            assert!(!log.iter().any(|line| line.contains("within 2 s")), "{log:#?}");
        } else {
            assert!(log.iter().any(|line| line.contains("did not take the last spans within 2 s")), "{log:#?}");
        }
    }
}

#[test]
fn what_cannot_be_a_collector_is_refused_before_anything_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    for (flags, expected) in [
        (
            &["--otlp-endpoint", "collector:4318"][..],
            "--otlp-endpoint: expected an address such as http://127.0.0.1:4318",
        ),
        (&["--otlp-endpoint", "http://me:geheim@a"], "expected an address without user, password, query and fragment"),
        (&["--otlp-endpoint", "http://a", "--otlp-sample", "2"], "expected a number from 0 to 1, such as 0.1"),
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
        let refused = program.current_dir(folder.path()).arg("serve").args(flags).output().expect("the program runs");
        let message = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(1) && message.contains(expected), "{message}");
        assert!(!message.contains("geheim"), "{message}");
    }
}
