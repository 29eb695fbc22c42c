//! A search is answered from one version of the catalogue, which all shards have.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use serde_json::Value;
use stl_server::follow::follow;
use stl_server::http::app::app;
use stl_server::matching::Part;
use stl_server::shards::WhenMissing;

use super::{Shop, cutout, write_catalogue};
use crate::requests::post;

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
        let begin = std::time::Instant::now();
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
