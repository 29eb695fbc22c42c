//! Events for the shop's counts: sent only if the server counts them, with nothing of the visitor, and counted by hour.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, Recorder, Server, WornShop, binaries};
use stl_types::wire::paths;

/// The events that were sent so far.
fn sent(recorder: &Recorder) -> Result<Vec<Value>> {
    let mut events = Vec::new();
    for request in recorder.requests().iter().filter(|request| request.uri.path() == paths::EVENTS) {
        if request.method != "POST" {
            continue;
        }
        for name in ["cookie", "authorization", "referer"] {
            assert!(!request.headers.contains_key(name), "{name} is sent");
        }
        let body: Value = serde_json::from_slice(&request.body)?;
        assert_eq!(body.as_object().map(|body| body.len()), Some(1), "{body}");
        events.extend(body["events"].as_array().context("events")?.clone());
    }
    Ok(events)
}

/// Waits until enough events of a kind were sent, and returns these.
async fn wait_for(recorder: &Recorder, kind: &str, count: usize) -> Result<Vec<Value>> {
    let begin = Instant::now();
    loop {
        let found: Vec<Value> = sent(recorder)?.into_iter().filter(|event| event["kind"] == kind).collect();
        if found.len() >= count {
            return Ok(found);
        }
        anyhow::ensure!(begin.elapsed() < Duration::from_secs(15), "expected {count} of {kind}, got {found:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Links lead nowhere in these tests.
const STAY: &str = "addEventListener('click', event => event.preventDefault())";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_reports_cards_in_sight_and_links_that_are_opened_and_the_server_counts_them() -> Result<()> {
    let shop = WornShop::import()?;
    let server = Server::start_with(&["--catalogue", &shop.catalogue(), "--events"])?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    browser.open(&format!("{}/products/{}", server.origin, shop.alone.id)).await?;
    browser.wait_for("return document.querySelector('[data-testid=card]') ? true : null", "cards").await?;
    let first = browser.run("return document.querySelector('[data-testid=card]').dataset.productId").await?;
    let shown = wait_for(&recorder, "shown", 1).await?;
    assert_eq!(shown[0], json!({ "kind": "shown", "product": first, "position": 1 }));
    browser.run(STAY).await?;
    browser.run("document.querySelector('[data-testid=card] a').click()").await?;
    let opened = wait_for(&recorder, "opened", 1).await?;
    assert_eq!(opened, [json!({ "kind": "opened", "product": first, "position": 1 })]);
    // All in sight, each once; scrolling there and back changes nothing.
    let show = |card: usize| {
        format!(
            "document.querySelectorAll('[data-testid=card]')[{card}].scrollIntoView({{block: 'center', inline: 'center'}})"
        )
    };
    browser.run(&show(4)).await?;
    let shown = wait_for(&recorder, "shown", 5).await?;
    browser.run(&show(0)).await?;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut positions: Vec<u64> = sent(&recorder)?
        .iter()
        .filter(|event| event["kind"] == "shown")
        .filter_map(|event| event["position"].as_u64())
        .collect();
    positions.sort_unstable();
    assert_eq!(positions, [1, 2, 3, 4, 5], "{shown:?}");

    // The server writes every few seconds; the command reads what is written.
    let begin = Instant::now();
    loop {
        let stats = Command::new(binaries().join("shop-the-look"))
            .args(["catalogue", "stats", "--events", "--json", "--catalogue", &shop.catalogue()])
            .output()?;
        let stats: Value = serde_json::from_slice(&stats.stdout)?;
        if stats["total"] == json!({ "shown": 5, "opened": 1, "basket": 0 }) {
            assert_eq!(stats["positions"][0], json!({ "name": "1", "shown": 1, "opened": 1, "basket": 0 }));
            assert_eq!(stats["products"][0]["name"], first);
            break;
        }
        anyhow::ensure!(begin.elapsed() < Duration::from_secs(15), "{stats}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_is_sent_to_a_server_that_does_not_count() -> Result<()> {
    let shop = WornShop::import()?;
    let server = Server::start_with(&["--catalogue", &shop.catalogue()])?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    browser.open(&format!("{}/products/{}", server.origin, shop.alone.id)).await?;
    browser.wait_for("return document.querySelector('[data-testid=card]') ? true : null", "cards").await?;
    browser.run(STAY).await?;
    browser.run("document.querySelector('[data-testid=card] a').click()").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(sent(&recorder)?, Vec::<Value>::new());
    browser.close().await
}
