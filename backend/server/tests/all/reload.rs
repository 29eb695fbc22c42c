//! A running server takes up a new catalogue between two requests, never within one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::http::StatusCode;
use stl_server::catalogue::Store;
use stl_server::catalogue::import::import;
use stl_server::catalogue::store::Published;
use stl_server::config::Config;
use stl_server::follow::follow;
use stl_server::http::app::app;
use stl_server::http::state::AppState;
use stl_server::pipeline::search::SearchEngine;
use stl_types::wire::SearchResponse;
use tokio::task::JoinHandle;

use crate::requests::{get, post};
use crate::support::{ON_PROCESSOR, RED, models, options, png, rectangle, write_feed};

/// Imports the feed with a mark in every title.
fn import_marked(root: &Path, mark: &str) {
    let feed = root.join("feed");
    write_feed(&feed);
    let list = feed.join("products.jsonl");
    let marked = fs::read_to_string(&list).expect("a feed").replace("\"Article ", &format!("\"{mark} "));
    fs::write(list, marked).expect("written");
    import(&feed, &root.join("catalogue"), &models(), &options(), |_, _| {}).expect("imported");
}

/// A server of a catalogue, and the task that follows its changes.
fn following(catalogue: &Path) -> (Router, JoinHandle<()>) {
    let config = Config::for_testing(catalogue, Path::new("no-page"));
    let state = AppState::new(&config).expect("threads");
    state.set_engine(SearchEngine::load(&models(), catalogue, ON_PROCESSOR).expect("a catalogue"));
    let following = tokio::spawn(follow(state.clone(), config.clone(), Arc::new(models())));
    (app(&config, state), following)
}

/// The first words of all titles of an answer.
fn marks(answer: &SearchResponse) -> BTreeSet<String> {
    let cards = answer.categories.iter().flat_map(|found| &found.cards);
    cards.map(|card| card.product.title.split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_is_of_one_version_while_versions_change() {
    let root = tempfile::tempdir().expect("a folder");
    import_marked(root.path(), "first");
    let catalogue = root.path().join("catalogue");
    let (server, following) = following(&catalogue);
    assert_eq!(searched_mark(&server).await, "first");

    // Four clients search without a pause until all have seen the new version.
    let importing = tokio::task::spawn_blocking({
        let root = root.path().to_owned();
        move || import_marked(&root, "second")
    });
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let server = server.clone();
            tokio::spawn(async move { search_until(&server, "second").await })
        })
        .collect();
    importing.await.expect("imported");
    for client in clients {
        client.await.expect("every answer was one version's");
    }

    // A version that is damaged is not served; the next good one is.
    let mut store = Store::open(&catalogue).expect("a database");
    let (_, products) = store.read().expect("products");
    fs::write(catalogue.join("features-3.bin"), b"half").expect("written");
    let damaged = Published { version: 3, features_file: "features-3.bin".to_owned(), adaptation: None };
    store.publish(&damaged, &products).expect("published");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(searched_mark(&server).await, "second");
    let path = root.path().to_owned();
    tokio::task::spawn_blocking(move || import_marked(&path, "third")).await.expect("imported");
    search_until(&server, "third").await;
    following.abort();
}

/// Searches; the mark that all titles of the answer have.
async fn searched_mark(server: &Router) -> String {
    let answer = post(server.clone(), "/api/v1/search", "image/png", png(&rectangle(90, 120, RED))).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    let marks = marks(&answer.json());
    assert_eq!(marks.len(), 1, "one version: {marks:?}");
    marks.into_iter().next().unwrap_or_default()
}

/// Searches without a pause until the answer has a mark.
async fn search_until(server: &Router, mark: &str) {
    for _ in 0..3000 {
        if searched_mark(server).await == mark {
            return;
        }
    }
    panic!("{mark} was never served");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_folder_that_is_replaced_by_another_catalogue_of_the_same_version_is_noticed() {
    let root = tempfile::tempdir().expect("a folder");
    for mark in ["one", "two"] {
        let folder = root.path().join(mark);
        fs::create_dir(&folder).expect("a folder");
        import_marked(&folder, mark);
    }
    let served = root.path().join("served");
    fs::rename(root.path().join("one/catalogue"), &served).expect("renamed");
    let (server, following) = following(&served);
    assert_eq!(searched_mark(&server).await, "one");
    fs::rename(&served, root.path().join("former")).expect("renamed");
    fs::rename(root.path().join("two/catalogue"), &served).expect("renamed");
    search_until(&server, "two").await;
    following.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rules_that_could_not_be_used_once_are_followed_when_they_can_be() {
    let root = tempfile::tempdir().expect("a folder");
    import_marked(root.path(), "first");
    let catalogue = root.path().join("catalogue");
    let (server, following) = following(&catalogue);
    let finds = async || {
        let answer = get(server.clone(), "/api/v1/products/skirts-a/similar").await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        String::from_utf8_lossy(&answer.body).contains("\"skirts-b\"")
    };
    assert!(finds().await);
    // As without the right to read them: later they can be used, and neither their time nor their size has changed.
    let rules = "[[rule]]\nname = \"not this\"\naction = \"exclude\"\nid = [\"skirts-b\"]\n";
    let write = |text: &str| {
        let path = catalogue.join("rules.toml");
        fs::write(&path, text).expect("written");
        let file = fs::File::options().write(true).open(path).expect("there");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000)).expect("set");
    };
    write(&"-".repeat(rules.len()));
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(finds().await);
    write(rules);
    let begin = Instant::now();
    while finds().await {
        assert!(begin.elapsed() < Duration::from_secs(20), "the rules are followed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    following.abort();
}
