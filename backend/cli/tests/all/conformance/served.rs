//! A server of each place. In: what was done to the catalogues. Out: nothing; both answer the same.

use std::time::{Duration, Instant};

use serde_json::Value;
use stl_types::Manifest;
use stl_types::wire::{NumbersSearch, Packed};

use super::place::Both;
use super::steps::Sees;
use crate::cluster::machines::{Machines, Server, get_version};

/// Servers follow within some seconds; machines with other work take longer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What is asked for, of each market.
const PATHS: [&str; 8] = [
    "/api/v1/facets",
    "/api/v1/products/shirts-a",
    "/api/v1/products/shirts-b",
    "/api/v1/products/sized",
    "/api/v1/products?id=shirts-b&id=nobody&id=skirts-a",
    "/api/v1/products/shirts-b/similar?limit=5",
    "/api/v1/products/skirts-a/similar?color=red&in_stock=true",
    "/api/v1/products/tops%2Fc%20%C3%BC/similar",
];

/// Pictures, which a server beside PostgreSQL fetches when they are asked for.
const PICTURES: [&str; 3] =
    ["/api/v1/images/shirts-b", "/api/v1/images/shirts-a/1", "/api/v1/images/shirts-a/1?width=240"];

/// One server of the folder, one beside PostgreSQL.
pub(super) struct Servers {
    servers: [Server; 2],
    numbers: String,
}

/// The status of an answer, its version, and its body without what is of one request.
type Answer = (u16, String, Value);

impl Servers {
    pub(super) fn start(machines: &Machines) -> Self {
        let of_folder = machines.program(&["serve", "--port", "0", "--catalogue", "folder"]);
        let of_cluster = machines.program(&["serve", "--port", "0", "--cache", "served"]);
        let mut number = 0;
        let servers = [of_folder, of_cluster].map(|mut command| {
            number += 1;
            Server::spawn(&mut command, machines.at(&format!("served-{number}.log")))
        });
        for server in &servers {
            server.wait_for("/readyz", |answer| answer.starts_with("ready"));
        }
        Self { servers, numbers: numbers() }
    }

    /// Waits until both have followed, and compares all that they answer.
    pub(super) fn compare(&self, does: &str, Sees { path, text, is_there }: &Sees, both: &Both<'_>) {
        let version = both.version().to_string();
        for server in &self.servers {
            let begin = Instant::now();
            loop {
                let answer = get_version(&format!("{}{path}", server.origin)).expect("an answer");
                let body = String::from_utf8_lossy(&answer.2);
                if answer.1 == version && body.contains(text) == *is_there {
                    break;
                }
                let expected = if *is_there { "with" } else { "without" };
                assert!(
                    begin.elapsed() < TIMEOUT,
                    "{does}: {path}: expected version {version} {expected} {text:?}, got version {:?}: {body}\n{}",
                    answer.1,
                    server.log()
                );
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        for market in both.markets() {
            for path in PATHS {
                self.same(does, &with_market(path, &market), get);
            }
            let search = with_market("/api/v1/search?limit=5", &market);
            let (status, _, found) = self.same(does, &search, |address| post(address, &self.numbers));
            assert_eq!(status, 200, "{does}: {found}");
            assert!(found["articles_scored"].as_u64().is_some_and(|count| count > 0), "{does}: {found}");
        }
        for path in PICTURES {
            let [a, b] = self.servers.each_ref().map(|server| server.get(path).expect("an answer"));
            assert!(a.0 == b.0 && (a.0 != 200 || a.1 == b.1), "{does}: {path}: {} and {}", a.0, b.0);
        }
    }

    /// What both answer. A rule, or the start of a version, may reach one a moment later.
    fn same(&self, does: &str, path: &str, ask: impl Fn(&str) -> Answer) -> Answer {
        let begin = Instant::now();
        loop {
            let [a, b] = self.servers.each_ref().map(|server| ask(&format!("{}{path}", server.origin)));
            if a == b {
                return a;
            }
            assert!(begin.elapsed() < TIMEOUT, "{does}: {path}:\n{a:?}\n{b:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn with_market(path: &str, market: &str) -> String {
    let and = if path.contains('?') { '&' } else { '?' };
    if market.is_empty() { path.to_owned() } else { format!("{path}{and}market={market}") }
}

fn get(address: &str) -> Answer {
    let (status, version, body) = get_version(address).expect("an answer");
    (status, version, of_any_request(&body))
}

fn post(address: &str, body: &str) -> Answer {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build();
    let sent = ureq::Agent::from(config).post(address).header("content-type", "application/json").send(body);
    let mut answer = sent.expect("an answer");
    let version = answer.headers().get("catalogue-version").and_then(|version| version.to_str().ok());
    let version = version.unwrap_or_default().to_owned();
    let body = answer.body_mut().read_to_vec().expect("a body");
    (answer.status().as_u16(), version, of_any_request(&body))
}

/// A body without times and the request's id.
pub(super) fn of_any_request(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let mut body: Value = serde_json::from_slice(body).unwrap_or_else(|_| panic!("expected JSON, got {text}"));
    for name in ["timing", "request_id"] {
        body.as_object_mut().map(|body| body.remove(name));
    }
    body
}

/// A search by numbers, which are those of nobody's cutout.
fn numbers() -> String {
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/manifest.toml");
    let manifest = Manifest::parse(&std::fs::read_to_string(manifest).expect("a manifest")).expect("networks");
    let whole: Vec<f32> = (0..8 * 128).map(|at: u16| f32::from(at * 37 % 256) / 64.0 - 2.0).collect();
    let network = manifest.fashion2shop.query.sha256.clone();
    let (whole, garments) = (Packed::of(&whole), Vec::new());
    serde_json::to_string(&NumbersSearch { network, width: 300, height: 400, whole, garments, article: None })
        .expect("JSON")
}
