//! `POST /api/v1/events` and `GET /api/v1/admin/events`.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use stl_server::config::Config;
use stl_server::http::admin::Admin;
use stl_server::http::app::app;
use stl_server::http::events::Events;
use stl_server::http::state::AppState;
use stl_server::pipeline::search::SearchEngine;
use stl_types::wire::{EventCounts, EventStats, ProductLooks, SearchResponse, paths};
use tempfile::TempDir;

use crate::requests::{Answer, call, get, post, ready_app};
use crate::support::{ON_PROCESSOR, SHOP, models};

const TOKEN: &str = "a-token-for-tests-only";

/// A server that counts, with a copy of the catalogue, whose database it changes.
fn counting() -> (TempDir, Router) {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(SHOP.catalogue()).expect("a catalogue").flatten() {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("copied");
        }
    }
    let config = Config { events: true, ..Config::for_testing(folder.path(), Path::new("no-page")) };
    let token = stl_server::config::AdminToken::checked(TOKEN).expect("long enough").expect("not empty");
    let state = AppState::new(&config).expect("threads");
    let state = state.with_events(Events::start(folder.path()).expect("a thread"));
    let state = state.with_admin(Admin::new(token, folder.path(), models(), false));
    state.set_engine(SearchEngine::load(&models(), folder.path(), ON_PROCESSOR).expect("a catalogue"));
    (folder, app(&config, state))
}

async fn send(app: &Router, body: impl Into<Body>) -> Answer {
    post(app.clone(), paths::EVENTS, "application/json", body).await
}

async fn stats(app: &Router, query: &str) -> Answer {
    let request =
        Request::get(format!("{}/events{query}", paths::ADMIN)).header("authorization", format!("Bearer {TOKEN}"));
    call(app.clone(), request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn events_of_known_products_are_counted_by_hour_position_rule_variant_and_product() {
    let (_folder, app) = counting();
    let events = json!({ "events": [
        { "kind": "shown", "product": "tops-a", "position": 1, "variant": "red" },
        { "kind": "shown", "product": "tops-b", "position": 2, "variant": "red" },
        { "kind": "opened", "product": "tops-b", "position": 2, "rule": "new first", "variant": "red" },
        { "kind": "basket", "product": "tops-b" },
        { "kind": "basket", "product": "unknown" },
    ]});
    for _ in 0..2 {
        let answer = send(&app, events.to_string()).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::NO_CONTENT, 0), "{:?}", answer.body);
    }
    let stats: EventStats = stats(&app, "").await.json();
    let total = EventCounts { shown: 4, opened: 2, basket: 2 };
    assert_eq!((stats.counting, stats.total), (true, total));
    // A test may run over the end of an hour.
    assert_eq!(stats.hours.iter().map(|hour| hour.counts.sum()).sum::<u64>(), 8);
    let named = |list: &[stl_types::wire::NamedCounts], name: &str| {
        list.iter().find(|named| named.name == name).map(|named| named.counts)
    };
    assert_eq!(named(&stats.positions, "2"), Some(EventCounts { shown: 2, opened: 2, basket: 0 }));
    assert_eq!(named(&stats.positions, ""), Some(EventCounts { shown: 0, opened: 0, basket: 2 }));
    assert_eq!(named(&stats.rules, "new first"), Some(EventCounts { shown: 0, opened: 2, basket: 0 }));
    assert_eq!(named(&stats.variants, "red"), Some(EventCounts { shown: 4, opened: 2, basket: 0 }));
    assert_eq!(named(&stats.products, "tops-b"), Some(EventCounts { shown: 2, opened: 2, basket: 2 }));
    assert_eq!((stats.products.len(), named(&stats.products, "unknown")), (2, None));
}

#[tokio::test]
async fn what_is_no_event_is_refused_as_a_whole() {
    let (_folder, app) = counting();
    let long = "x".repeat(65);
    for (events, reason) in [
        (json!([]), "1 to 100 events, got 0"),
        (json!(vec![json!({ "kind": "shown", "product": "tops-a" }); 101]), "1 to 100 events, got 101"),
        (json!([{ "kind": "bought", "product": "tops-a" }]), "unknown variant `bought`"),
        (json!([{ "kind": "shown", "product": "tops-a", "user": "7" }]), "unknown field `user`"),
        (
            json!([{ "kind": "shown", "product": "tops-a", "position": 0 }]),
            "event 1: expected a position from 1 to 50, got 0",
        ),
        (
            json!([{ "kind": "shown", "product": "tops-a" }, { "kind": "shown", "product": "tops-a", "rule": long }]),
            "event 2: expected a rule of at most 64 characters, got 65",
        ),
        (
            json!([{ "kind": "shown", "product": "tops-a", "variant": "a\nb" }]),
            "expected a variant without control characters",
        ),
    ] {
        let answer = send(&app, json!({ "events": events }).to_string()).await;
        assert_eq!(answer.problem(), (400, "bad-events".to_owned()), "{reason}");
        assert!(String::from_utf8_lossy(&answer.body).contains(reason), "{reason}: {:?}", answer.body);
    }
    let large = format!("{{\"events\":[{}]}}", " ".repeat(70_000));
    assert_eq!(send(&app, large).await.problem(), (400, "bad-events".to_owned()));
    // A page of another origin can send these types without being asked first.
    let event = json!({ "events": [{ "kind": "basket", "product": "tops-a" }] }).to_string();
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        let answer = post(app.clone(), paths::EVENTS, media_type, event.clone()).await;
        assert_eq!(answer.problem(), (415, "unsupported-media-type".to_owned()), "{media_type}");
    }
    let stats: EventStats = stats(&app, "?hours=2").await.json();
    assert_eq!(stats.total, EventCounts::default());
}

#[tokio::test]
async fn events_come_as_often_as_the_limit_allows_and_then_later() {
    let (_folder, app) = counting();
    let event = json!({ "events": [{ "kind": "shown", "product": "tops-a" }] }).to_string();
    let mut counted = 0;
    let refused = loop {
        let answer = send(&app, event.clone()).await;
        if answer.status != StatusCode::NO_CONTENT {
            break answer;
        }
        counted += 1;
        assert!(counted < 5000, "there is no limit");
    };
    assert!(counted >= 200, "{counted} at once");
    assert_eq!((refused.problem(), refused.header("retry-after")), ((429, "too-many-events".to_owned()), "1"));
    let stats: EventStats = stats(&app, "?hours=2").await.json();
    assert_eq!(stats.total.shown, counted);
}

#[tokio::test]
async fn without_the_switch_nothing_is_counted_and_no_answer_asks_for_events() {
    let event = json!({ "events": [{ "kind": "shown", "product": "tops-a" }] }).to_string();
    assert_eq!(send(&ready_app(), event).await.problem(), (404, "not-found".to_owned()));
    let (_folder, counting) = counting();
    for (app, counts) in [(ready_app(), false), (counting, true)] {
        let similar = get(app.clone(), "/api/v1/products/tops-a/similar").await;
        // Found before, and answered without the queue.
        let again = get(app.clone(), "/api/v1/products/tops-a/similar").await;
        for answer in [similar, again] {
            assert_eq!(answer.json::<SearchResponse>().events, counts);
            assert_eq!(String::from_utf8_lossy(&answer.body).contains("\"events\""), counts);
        }
        let looks: ProductLooks = get(app, "/api/v1/products/tops-a/looks").await.json();
        assert_eq!(looks.events, counts);
    }
}

#[tokio::test]
async fn counts_are_for_the_administration_and_of_at_most_ninety_days() {
    let (_folder, app) = counting();
    let answer = get(app.clone(), &format!("{}/events", paths::ADMIN)).await;
    assert_eq!(answer.problem(), (401, "unauthorised".to_owned()));
    for query in ["?hours=0", "?hours=2161", "?hours=x", "?days=1"] {
        assert_eq!(stats(&app, query).await.problem(), (400, "bad-parameter".to_owned()), "{query}");
    }
}
