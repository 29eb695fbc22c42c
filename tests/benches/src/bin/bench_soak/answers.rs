//! Visitors whose answers are all compared with the first ones. In: a server. Out: counts, latencies, and what was wrong.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use stl_benches::search::{self, Body};

use crate::server::Server;
use crate::shop::Shop;

/// Visitors at a time: more than the server has workers, fewer than may wait.
const VISITORS: u64 = 16;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Of ten requests, what they are.
const MIX: [Request; 10] = [
    Request::Pictures,
    Request::Numbers,
    Request::Pictures,
    Request::Similar,
    Request::Pictures,
    Request::Image,
    Request::Numbers,
    Request::Pictures,
    Request::Product,
    Request::Pictures,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Request {
    /// A search by a cutout and its regions.
    Pictures,
    /// A search by numbers of the same cutout.
    Numbers,
    /// What is similar to a product.
    Similar,
    /// A product's picture.
    Image,
    /// A product.
    Product,
}

/// What an answer must be, whatever the prices are.
#[derive(Clone, Debug, PartialEq)]
enum Expected {
    /// The ids of all cards in their order.
    Ids(Vec<String>),
    /// The body.
    Bytes(Vec<u8>),
}

/// All visitors.
pub(crate) struct Visitors {
    origin: String,
    agent: ureq::Agent,
    shop: Arc<Shop>,
    product: String,
    pictures: Body,
    numbers: Body,
    expected: HashMap<Request, Expected>,
    /// Milliseconds of the answers since the last sample.
    latencies: Mutex<Vec<f64>>,
    answered: AtomicU64,
    refused: AtomicU64,
    /// Requests that were sent after the server had been told to end.
    after_the_end: AtomicU64,
    wrong: Mutex<Vec<String>>,
}

/// What came of a request.
enum Outcome {
    Answered,
    Refused,
    Wrong(String),
    /// No connection, or none that was answered.
    Unreachable(String),
}

impl Visitors {
    /// Asks for everything once: all later answers have to be the same.
    pub(crate) fn new(server: &Server, shop: Arc<Shop>) -> Result<Self> {
        let [cutout, regions] = search::segmented_look()?;
        let product = shop.ids().next().context("the feed has no product")?.to_owned();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            // A server that ends closes idle connections.
            .max_idle_connections(0)
            .build()
            .into();
        let mut visitors = Self {
            origin: format!("http://{}", server.address),
            agent,
            shop,
            product,
            pictures: search::form(&cutout, &regions),
            numbers: search::numbers(&cutout, &regions)?,
            expected: HashMap::new(),
            latencies: Mutex::default(),
            answered: AtomicU64::default(),
            refused: AtomicU64::default(),
            after_the_end: AtomicU64::default(),
            wrong: Mutex::default(),
        };
        for request in MIX {
            let (status, body) = visitors.send(request)?;
            ensure!(status == 200, "{request:?}: {status}");
            let expected = visitors
                .read(request, body, Instant::now())
                .map_err(|wrong| anyhow::anyhow!("{request:?}: {wrong}"))?;
            visitors.expected.insert(request, expected);
        }
        Ok(visitors)
    }

    /// The requests a second that are answered if each visitor asks as soon as there is an answer.
    pub(crate) fn best(&self, time: Duration) -> Result<f64> {
        let (begin, next) = (Instant::now(), AtomicU64::default());
        std::thread::scope(|scope| {
            for _ in 0..VISITORS / 2 {
                scope.spawn(|| {
                    while begin.elapsed() < time {
                        self.ask(next.fetch_add(1, Ordering::Relaxed), Instant::now(), false);
                    }
                });
            }
        });
        self.check()?;
        let answered = self.answered.swap(0, Ordering::Relaxed);
        self.latencies.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(answered as f64 / begin.elapsed().as_secs_f64())
    }

    /// Sends `rate` requests a second until `stop`. Those that all visitors are too busy for come late, and their time counts from when they
    /// were due.
    pub(crate) fn keep_coming(&self, rate: f64, stop: &AtomicBool) -> Result<()> {
        let (begin, next) = (Instant::now(), AtomicU64::default());
        std::thread::scope(|scope| {
            for _ in 0..VISITORS {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let due = begin + Duration::from_secs_f64(number as f64 / rate);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        self.ask(number, due, true);
                    }
                });
            }
        });
        Ok(())
    }

    fn ask(&self, number: u64, due: Instant, may_be_over: bool) {
        let request = MIX[(number % MIX.len() as u64) as usize];
        match self.outcome(request) {
            Outcome::Answered => {
                self.answered.fetch_add(1, Ordering::Relaxed);
                let latency = due.elapsed().as_secs_f64() * 1e3;
                self.latencies.lock().unwrap_or_else(PoisonError::into_inner).push(latency);
            }
            Outcome::Refused => _ = self.refused.fetch_add(1, Ordering::Relaxed),
            // A server that has ended refuses connections; one that has not must not.
            Outcome::Unreachable(_) if may_be_over && std::net::TcpStream::connect(&self.origin[7..]).is_err() => {
                self.after_the_end.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
            Outcome::Wrong(wrong) | Outcome::Unreachable(wrong) => {
                self.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{request:?}: {wrong}"));
            }
        }
    }

    fn outcome(&self, request: Request) -> Outcome {
        let asked = Instant::now();
        match self.send(request) {
            Ok((200, body)) => match self.read(request, body, asked) {
                Ok(answer) if Some(&answer) == self.expected.get(&request) => Outcome::Answered,
                Ok(answer) => Outcome::Wrong(format!("another answer: {answer:?}")),
                Err(wrong) => Outcome::Wrong(wrong),
            },
            Ok((503, _)) => Outcome::Refused,
            Ok((status, body)) => Outcome::Wrong(format!("{status} {}", String::from_utf8_lossy(&body))),
            Err(error) => Outcome::Unreachable(format!("{error:#}")),
        }
    }

    fn send(&self, request: Request) -> Result<(u16, Vec<u8>)> {
        let Self { origin, product, .. } = self;
        let get = |path: &str| self.agent.get(format!("{origin}{path}")).call();
        let post = |body: &Body| {
            let url = format!("{origin}/api/v1/search");
            self.agent.post(url).header("content-type", &body.content_type).send(&body.bytes)
        };
        let mut answer = match request {
            Request::Pictures => post(&self.pictures),
            Request::Numbers => post(&self.numbers),
            Request::Similar => get(&format!("/api/v1/products/{product}/similar")),
            Request::Image => get(&format!("/api/v1/images/{product}")),
            Request::Product => get(&format!("/api/v1/products/{product}")),
        }?;
        Ok((answer.status().as_u16(), answer.body_mut().read_to_vec()?))
    }

    /// An answer without its prices, which must be one price that the shop may have had when it was asked.
    fn read(&self, request: Request, body: Vec<u8>, asked: Instant) -> Result<Expected, String> {
        if request == Request::Image {
            return Ok(Expected::Bytes(body));
        }
        let answer: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        let (mut ids, mut prices) = (Vec::new(), Vec::new());
        collect(&answer, &mut ids, &mut prices);
        let possible = self.shop.prices(asked);
        match prices.first() {
            Some(first) if prices.iter().any(|price| price != first) => {
                Err(format!("prices of two versions: {prices:?}"))
            }
            Some(first) if !possible.contains(first) => Err(format!("a price of {first}, expected {possible:?}")),
            Some(_) => Ok(Expected::Ids(ids)),
            None => Err(format!("no product: {answer}")),
        }
    }

    /// The latencies since the last call, in order, and the answers so far.
    pub(crate) fn sample(&self) -> (Vec<f64>, u64) {
        let mut latencies = std::mem::take(&mut *self.latencies.lock().unwrap_or_else(PoisonError::into_inner));
        latencies.sort_by(f64::total_cmp);
        (latencies, self.answered.load(Ordering::Relaxed))
    }

    /// All counts, in a sentence.
    pub(crate) fn told(&self) -> String {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        format!(
            "{} answers, all as expected; {} refused (503); {} came after the server's end.",
            count(&self.answered),
            count(&self.refused),
            count(&self.after_the_end)
        )
    }

    /// Fails if an answer was wrong.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(wrong.is_empty(), "{} wrong answers, the first: {}", wrong.len(), wrong[0]);
        Ok(())
    }
}

/// The ids of all products in an answer, and their prices in minor units.
fn collect(answer: &Value, ids: &mut Vec<String>, prices: &mut Vec<u64>) {
    match answer {
        Value::Object(fields) => {
            if let (Some(id), Some(price)) = (fields.get("id").and_then(Value::as_str), fields.get("price")) {
                ids.push(id.to_owned());
                prices.extend(price["amount_minor"].as_u64());
            } else {
                fields.values().for_each(|field| collect(field, ids, prices));
            }
        }
        Value::Array(all) => all.iter().for_each(|one| collect(one, ids, prices)),
        _ => {}
    }
}
