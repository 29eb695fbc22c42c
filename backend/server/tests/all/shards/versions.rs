//! A search is answered from one version of the catalogue, which all shards have.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use jiff::Timestamp;
use serde_json::Value;
use stl_server::catalogue::edit::update;
use stl_server::catalogue::feed::{Change, SaleChange};
use stl_server::follow::{follow, take_up};
use stl_server::http::app::app;
use stl_server::http::shard::{MOST_VERSIONS, ShardState};
use stl_server::http::state::AppState;
use stl_server::matching::Part;
use stl_server::pipeline::look::Subject;
use stl_server::pipeline::search::{Query, SearchEngine, SearchParams, Upload};
use stl_server::shards::message::ABOUT;
use stl_server::shards::{Shard, WhenMissing};
use stl_types::Price;

use super::{Shop, cutout, listening, readiness, ready, write_catalogue};
use crate::requests::post;
use crate::support::ON_PROCESSOR;

/// Status, version and rows of a search.
async fn searched(server: &Router) -> (StatusCode, String, Value) {
    let answer = post(server.clone(), "/api/v1/search?limit=20&market=de", "image/png", cutout()).await;
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    (answer.status, answer.header("catalogue-version").to_owned(), body["categories"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_front_takes_the_version_that_all_shards_have() {
    let shop = Shop::new();
    let (states, addresses) = shop.shards(2).await;
    let shards = Arc::new(shop.asking(&addresses, WhenMissing::Answer));
    let state = shop.front_state(&addresses, WhenMissing::Answer);
    let front = app(&shop.config(), state.clone());
    let first = searched(&front).await;
    assert_eq!((first.0, first.1.as_str()), (StatusCode::OK, "1"));

    write_catalogue(&shop.catalogue(), &shop.models, 2);
    let second = searched(&shop.alone()).await;
    assert_ne!(second.2, first.2);
    let load = |part: Part| shop.shard(part);
    let parts: Vec<Part> = Part::all(2).collect();
    // One shard is ahead: it has the version before as well.
    states[0].add(load(parts[0]));
    let next = shop.front_engine(&shards);
    let version = next.version_of_shards().expect("a front").1.clone();
    assert!(!shards.have(&version).await);
    assert_eq!(searched(&front).await, first);
    states[1].add(load(parts[1]));
    assert!(shards.have(&version).await);
    // The front is behind by two versions of the shards, and has the later one in hand.
    write_catalogue(&shop.catalogue(), &shop.models, 3);
    states[0].add(load(parts[0]));
    let (status, _, _) = searched(&front).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "the first shard has no version 1 any more");
    state.set_next(next);
    assert_eq!(searched(&front).await, second, "the answer is of the later version, and says so");
    state.serve_next();
    assert_eq!(searched(&front).await, second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_part_that_is_back_with_another_version_is_not_missing() {
    let shop = Shop::new();
    let (_states, mut addresses) = shop.shards(2).await;
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    addresses[1] = format!("http://{port}");
    let front = shop.front(&addresses);
    assert_eq!(searched(&front).await.0, StatusCode::OK);
    assert!(readiness(&front).await.1.contains("no server of part 2/2 answers"));

    write_catalogue(&shop.catalogue(), &shop.models, 2);
    let part: Part = "2/2".parse().expect("a part");
    let state = shop.shard_state(part);
    state.add(shop.shard(part));
    let listener = tokio::net::TcpListener::bind(port).await.expect("the same port");
    let app_of_shard = state.app(&shop.config());
    tokio::spawn(async move { axum::serve(listener, app_of_shard).await });
    assert_eq!(searched(&front).await.0, StatusCode::SERVICE_UNAVAILABLE, "the part has not version 1");
    assert_eq!(readiness(&front).await.1, "ready\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_front_that_starts_is_ready_when_its_shards_have_its_version() {
    let shop = Shop::new();
    let parts: Vec<Part> = Part::all(2).collect();
    let states: Vec<ShardState> = parts.iter().map(|part| shop.shard_state(*part)).collect();
    let mut addresses = Vec::new();
    for state in &states {
        addresses.push(listening(state.clone().app(&shop.config())).await);
    }
    states[0].add(shop.shard(parts[0]));
    let state = AppState::new(&shop.config()).expect("threads");
    let front = app(&shop.config(), state.clone());
    let engine = shop.front_engine(&Arc::new(shop.asking(&addresses, WhenMissing::Answer)));
    take_up(&state, engine).await;
    let (status, text) = readiness(&front).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("Version 1 waits for part 2/2: try again in a few seconds."), "{text}");
    let refused = post(front.clone(), "/api/v1/search", "image/png", cutout()).await;
    assert_eq!(refused.problem(), (503, "not-ready".to_owned()));
    assert_eq!(refused.header("retry-after"), "2");

    // It follows its folder meanwhile: the second shard has never had the version that it began with.
    write_catalogue(&shop.catalogue(), &shop.models, 2);
    states[0].add(shop.shard(parts[0]));
    states[1].add(shop.shard(parts[1]));
    let following = tokio::spawn(follow(state.clone(), shop.config(), Arc::new(shop.models.clone())));
    ready(&front, "ready\n").await;
    assert_eq!(searched(&front).await, searched(&shop.alone()).await);
    following.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_version_that_waits_for_a_shard_is_told_and_the_shard_is_asked_at_leisure() {
    let shop = Shop::new();
    let parts: Vec<Part> = Part::all(2).collect();
    let states: Vec<ShardState> = parts.iter().map(|part| shop.shard_state(*part)).collect();
    let mut addresses = Vec::new();
    let asked = Arc::new(AtomicUsize::new(0));
    for (state, part) in states.iter().zip(&parts) {
        state.add(shop.shard(*part));
        let asked = Arc::clone(&asked);
        let count = move |request: Request, next: Next| {
            asked.fetch_add(usize::from(request.uri().path() == ABOUT), Ordering::Relaxed);
            next.run(request)
        };
        addresses.push(listening(state.clone().app(&shop.config()).layer(from_fn(count))).await);
    }
    let state = shop.front_state(&addresses, WhenMissing::Answer);
    let front = app(&shop.config(), state.clone());
    write_catalogue(&shop.catalogue(), &shop.models, 2);
    states[0].add(shop.shard(parts[0]));
    let following = tokio::spawn(follow(state.clone(), shop.config(), Arc::new(shop.models.clone())));
    ready(&front, "ready: version 1 is served on: version 2 waits for part 2/2\n").await;
    let (status, version, _) = searched(&front).await;
    assert_eq!((status, version.as_str()), (StatusCode::OK, "1"));
    // Late after five seconds: then each shard is asked every two.
    tokio::time::sleep(Duration::from_secs(7)).await;
    let before = asked.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let count = asked.load(Ordering::Relaxed) - before;
    assert!((1..=8).contains(&count), "asked {count} times in 4 s");
    states[1].add(shop.shard(parts[1]));
    ready(&front, "ready\n").await;
    assert_eq!(searched(&front).await.1, "2");
    following.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn versions_change_under_searches_and_each_answer_is_of_one() {
    let shop = Arc::new(Shop::new());
    let (states, addresses) = shop.shards(2).await;
    let state = shop.front_state(&addresses, WhenMissing::Answer);
    let front = app(&shop.config(), state.clone());
    let following = tokio::spawn(follow(state.clone(), shop.config(), Arc::new(shop.models.clone())));
    let done = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..3)
        .map(|_| {
            let (front, done) = (front.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    seen.push(searched(&front).await);
                }
                seen
            })
        })
        .collect();
    let mut expected = std::collections::BTreeMap::from([("1".to_owned(), searched(&shop.alone()).await.2)]);
    for version in 2..5 {
        let writing = Arc::clone(&shop);
        let loaded = tokio::task::spawn_blocking(move || {
            write_catalogue(&writing.catalogue(), &writing.models, version);
            Part::all(2).map(|part| writing.shard(part)).collect::<Vec<_>>()
        });
        // One shard after the other, with a pause in which they differ.
        for (state, shard) in states.iter().zip(loaded.await.expect("loaded")) {
            state.add(shard);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        let (_, name, rows) = searched(&shop.alone()).await;
        expected.insert(name, rows);
        let begin = Instant::now();
        while searched(&front).await.1 != version.to_string() {
            assert!(begin.elapsed() < Duration::from_secs(20), "version {version} is served");
        }
    }
    done.store(true, Ordering::Relaxed);
    following.abort();
    let mut count = 0;
    for client in clients {
        for (status, version, rows) in client.await.expect("no panic") {
            assert_eq!(status, StatusCode::OK);
            assert_eq!(Some(&rows), expected.get(&version), "version {version}");
            count += 1;
        }
    }
    assert!(count > 20, "{count} searches");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_version_that_no_shard_has_any_more_is_asked_for_a_second_and_holds_no_thread() {
    let shop = Shop::new();
    let (states, addresses) = shop.shards(2).await;
    let front = shop.front(&addresses);
    assert_eq!(searched(&front).await.0, StatusCode::OK);
    // A shard keeps two versions.
    for version in 2..4 {
        write_catalogue(&shop.catalogue(), &shop.models, version);
        for (state, part) in states.iter().zip(Part::all(2)) {
            state.add(shop.shard(part));
        }
    }
    let begin = Instant::now();
    // More than the front has threads.
    let all = futures_util::future::join_all((0..6).map(|_| searched(&front))).await;
    let took = begin.elapsed();
    assert!(all.iter().all(|(status, ..)| *status == StatusCode::SERVICE_UNAVAILABLE), "{all:?}");
    assert!((Duration::from_secs(1)..Duration::from_secs(10)).contains(&took), "{took:?}");
}

/// A file that counts how often it is read.
struct Counted<'a>(Vec<u8>, &'a AtomicUsize);

impl AsRef<[u8]> for Counted<'_> {
    fn as_ref(&self) -> &[u8] {
        self.1.fetch_add(1, Ordering::Relaxed);
        &self.0
    }
}

#[test]
fn a_search_that_is_answered_again_is_decoded_and_encoded_once() {
    let shop = Shop::new();
    let load = || SearchEngine::load(&shop.models, &shop.catalogue(), ON_PROCESSOR).expect("a catalogue");
    let former = load();
    write_catalogue(&shop.catalogue(), &shop.models, 2);
    let later = load();
    let (params, subject) = (SearchParams::plain(Vec::new(), 20), Subject::Person);
    let reads = AtomicUsize::new(0);
    let query = Query::new(Upload { cutout: Counted(cutout(), &reads), regions: None, subject });
    let first = former.search_query(&query, &params).expect("found");
    let again = later.search_query(&query, &params).expect("found");
    assert_eq!(reads.load(Ordering::Relaxed), 1, "decoded once");
    assert!(again.timing.encode_ms < first.timing.encode_ms / 2.0, "{:?} {:?}", first.timing, again.timing);
    // Each is the answer of its own version.
    let alone = Upload { cutout: cutout(), regions: None, subject };
    for (engine, answer) in [(&former, first), (&later, again)] {
        assert_eq!(engine.search(&alone, &params).expect("found").categories, answer.categories);
    }
}

/// Publishes other prices of some articles of a market.
fn change(shop: &Shop, market: &str, ids: &[&str], amount_minor: u64) {
    let currency = if market == "ch" { "CHF" } else { "EUR" }.to_owned();
    let price = Price { amount_minor, currency };
    let change = |id: &&str| Change {
        id: (*id).to_owned(),
        price: Some(price.clone()),
        sale: SaleChange::Keep,
        availability: None,
    };
    let changes: Vec<Change> = ids.iter().map(change).collect();
    assert_eq!(update(&shop.catalogue(), market, &changes).expect("changed").edited, ids.len());
}

/// The part of a shard in the version that the folder has now.
fn later(shop: &Shop, shard: &Shard) -> Shard {
    shard.reloaded(&shop.models, &shop.catalogue(), ON_PROCESSOR).expect("a part")
}

/// The version that the folder has now, of a front.
fn latest_of_front(shop: &Shop, state: &AppState) -> SearchEngine {
    let former = state.next().unwrap_or_else(|| state.engine().expect("a version"));
    former.with_catalogue_of(&shop.models, &shop.catalogue(), ON_PROCESSOR).expect("a catalogue")
}

#[test]
fn a_shard_that_takes_offers_up_is_the_one_that_is_read_as_a_whole() {
    let shop = Shop::new();
    let mut shards: Vec<Shard> = Part::all(3).map(|part| shop.shard(part)).collect();
    // "00003" is also the group of "00093", "00006" that of "00096"; "00009" to "00014" are of all parts.
    let steps: [(&str, &[&str], usize); 5] = [
        ("de", &["00003"], 1),
        ("ch", &["00006", "00096", "00738"], 3),
        ("de", &["00003", "00009", "00010", "00011", "00012", "00013", "00014"], 7),
        ("de", &["00007-S"], 8),
        ("ch", &["00003"], 4),
    ];
    let mut replaced = [0, 0];
    for (step, (market, ids, expected)) in steps.into_iter().enumerate() {
        change(&shop, market, ids, 30_000 + step as u64);
        shards = shards.iter().map(|shard| later(&shop, shard)).collect();
        replaced[usize::from(market == "ch")] = expected;
        let mut found = [0, 0];
        for (shard, part) in shards.iter().zip(Part::all(3)) {
            let (taken, whole) = (&shard.catalogue, shop.shard(part).catalogue);
            assert_eq!((taken.publication(), taken.len()), (whole.publication(), whole.len()));
            for (at, (of_taken, of_whole)) in taken.markets().iter().zip(whole.markets()).enumerate() {
                assert!(of_taken.articles().iter().eq(of_whole.articles().iter()), "{part} after step {step}");
                let now = Timestamp::now();
                assert_eq!(of_taken.facets.counts(now), of_whole.facets.counts(now));
                assert_eq!((of_taken.name(), of_taken.categories()), (of_whole.name(), of_whole.categories()));
                found[at] += of_taken.articles().replaced();
            }
            for id in ["00003", "00093", "00006", "00007-S", "00010", "00738", "nobody"] {
                assert_eq!(taken.find(id), whole.find(id), "{id} in {part}");
                assert_eq!(taken.feature(id), whole.feature(id), "{id} in {part}");
            }
        }
        assert_eq!(found, replaced, "each is taken up by the part that has it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_version_that_a_front_serves_stays_while_shards_take_offers_up() {
    let shop = Shop::new();
    let (states, addresses) = shop.shards(2).await;
    let state = shop.front_state(&addresses, WhenMissing::Answer);
    let front = app(&shop.config(), state.clone());
    let first = searched(&front).await;
    assert_eq!((first.0, first.1.as_str()), (StatusCode::OK, "1"));
    let changes = MOST_VERSIONS as u64 + 3;
    for number in 0..changes {
        change(&shop, "de", &["00010"], 30_000 + number);
        for state in &states {
            state.add(later(&shop, &state.latest().expect("a version")));
        }
        assert_eq!(searched(&front).await, first);
    }
    take_up(&state, latest_of_front(&shop, &state)).await;
    let (status, version, rows) = searched(&front).await;
    assert_eq!((status, version), (StatusCode::OK, (1 + changes).to_string()));
    assert_eq!(rows, searched(&shop.alone()).await.2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_earlier_version_that_all_shards_have_is_served_while_a_later_one_waits() {
    let shop = Shop::new();
    let (states, addresses) = shop.shards(2).await;
    let state = shop.front_state(&addresses, WhenMissing::Answer);
    let front = app(&shop.config(), state.clone());
    let mut slow = Vec::new();
    for version in 2..5 {
        change(&shop, "de", &["00010"], 30_000 + version);
        if version == 2 {
            slow = states.iter().map(|state| later(&shop, &state.latest().expect("a version"))).collect();
        }
        take_up(&state, latest_of_front(&shop, &state)).await;
        assert_eq!(searched(&front).await.1, "1");
    }
    let waiting = || state.all_next().iter().map(|engine| engine.catalogue.version()).collect::<Vec<_>>();
    assert_eq!(waiting(), [4, 3, 2]);
    for (state, shard) in states.iter().zip(slow) {
        state.add(shard);
    }
    change(&shop, "de", &["00010"], 30_005);
    take_up(&state, latest_of_front(&shop, &state)).await;
    let (status, version, _) = searched(&front).await;
    assert_eq!((status, version.as_str(), waiting()), (StatusCode::OK, "2", vec![5, 4, 3]));
    // An import takes the place of all that wait.
    write_catalogue(&shop.catalogue(), &shop.models, 6);
    take_up(&state, latest_of_front(&shop, &state)).await;
    assert_eq!(waiting(), [6]);
}
