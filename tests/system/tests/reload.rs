//! Results survive a reload, a link to a product and the back button, and nothing is sent for that.

use anyhow::Result;
use serde_json::Value;
use stl_tests::{Browser, Recorder, Server};

/// The shown rows' product ids, once no search is running; waits for at least one card.
const SHOWN: &str = "if (document.querySelector('[data-testid=progress], [aria-busy=true]')) return null;
    const cards = [...document.querySelectorAll('[data-testid=card]')].map(card => card.dataset.productId);
    return cards.length ? cards : null";

const REVIEW: &str =
    "return document.querySelector('[data-testid=send]') && !document.querySelector('[data-testid=card]') || null";

async fn shown(browser: &Browser) -> Result<Value> {
    browser.wait_for(SHOWN, "results").await
}

/// Whether a look is kept on the device.
const IS_KEPT: &str =
    "caches.open('shop-the-look.looks').then(cache => cache.keys()).then(keys => { window.kept = keys.length; });
    return window.kept || null";

/// Requests to the server that have a body.
fn bodies(recorder: &Recorder) -> usize {
    let requests = recorder.requests();
    requests.iter().filter(|request| request.uri.host() == Some("127.0.0.1") && !request.body.is_empty()).count()
}

/// Reloads the page and waits until it has started.
async fn reload(browser: &Browser) -> Result<()> {
    browser.run("window.isOld = true; location.reload()").await?;
    browser
        .wait_for("return !window.isOld && document.querySelector('#main') ? true : null", "the page again")
        .await
        .map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_there_again_after_a_reload_and_nothing_is_sent() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    browser.search_sample(&server.origin).await?;
    let found = shown(&browser).await?;
    assert_eq!(browser.run("return location.search").await?, "", "the address does not name the look");
    browser.wait_for(IS_KEPT, "that the look is kept").await?;
    let before = bodies(&recorder);

    reload(&browser).await?;
    assert_eq!(shown(&browser).await?, found, "after a reload");
    browser.picture("cutout").await?;

    // A product and its similar ones, reloaded, and back.
    browser.run("document.querySelector('[data-testid=more-like-this]').click()").await?;
    browser.find("product").await?;
    let similar = shown(&browser).await?;
    assert_ne!(similar, found);
    reload(&browser).await?;
    browser.find("product-picture").await?;
    assert_eq!(shown(&browser).await?, similar, "a reloaded product");
    browser.find("back-to-results").await?.click().await?;
    browser.find("receipt").await?;
    assert_eq!(shown(&browser).await?, found, "back from a reloaded product");
    assert_eq!(bodies(&recorder), before, "nothing was sent again");

    // In a tab without the answer the visitor is asked.
    browser.run("sessionStorage.clear()").await?;
    reload(&browser).await?;
    browser.wait_for(REVIEW, "the review").await?;
    assert_eq!(bodies(&recorder), before, "nothing is sent unasked");
    browser.find("send").await?.click().await?;
    assert_eq!(shown(&browser).await?, found);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_back_button_leads_from_results_to_the_review_and_forward_to_the_results() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    browser.search_sample(&server.origin).await?;
    let found = shown(&browser).await?;
    browser.wait_for(IS_KEPT, "that the look is kept").await?;
    let before = bodies(&recorder);
    browser.run("history.back()").await?;
    browser.wait_for(REVIEW, "the review").await?;
    browser.run("history.forward()").await?;
    assert_eq!(shown(&browser).await?, found);
    assert_eq!(bodies(&recorder), before, "nothing was sent");

    // Forgotten looks leave nothing behind.
    browser.run("document.querySelector('header button').click()").await?;
    browser.find("history-clear").await?.click().await?;
    let left = "return Object.keys(sessionStorage).concat(location.search ? [location.search] : [])";
    assert_eq!(browser.run(left).await?, serde_json::json!([]));
    browser.close().await
}
