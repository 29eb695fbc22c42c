//! The bytes of a first visit and of a search on a phone, as the browser receives them: budgets, a little above what was measured.
//!
//! The program of test builds is not optimised for size, so it has a budget of its own.

use anyhow::{Context as _, Result};
use serde_json::json;
use stl_tests::{Browser, Server};

/// The page's script and WebAssembly in a test build.
const PROGRAM_BYTES: u64 = 700_000;

/// All else of a first visit: document, styles, list of sample looks, facets; without the segmenter.
const FIRST_VISIT_BYTES: u64 = 18_000;

/// A search: the answer, and the pictures of the cards that are in sight or near. The photo is the visitor's own.
const SEARCH_BYTES: u64 = 190_000;

/// Names and bytes of what was received, the largest first; without the segmenter.
const RECEIVED: &str = "return performance.getEntriesByType('resource')
    .concat(performance.getEntriesByType('navigation'))
    .map(entry => [new URL(entry.name).pathname, entry.transferSize])
    .filter(([path]) => !path.startsWith('/segmenter/'))
    .sort((a, b) => b[1] - a[1])";

async fn received(browser: &Browser) -> Result<Vec<(String, u64)>> {
    serde_json::from_value(browser.run(RECEIVED).await?).context("names and bytes")
}

fn total<'a>(received: impl IntoIterator<Item = &'a (String, u64)>) -> u64 {
    received.into_iter().map(|(_, bytes)| bytes).sum()
}

/// Waits until nothing more comes.
async fn settle() {
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
}

/// A phone that has loaded the page.
async fn phone(server: &Server, pixel_ratio: u32) -> Result<Browser> {
    let browser = Browser::with_args(vec!["--window-size=390,844".to_owned()]).await?;
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": pixel_ratio, "mobile": true });
    browser.devtools("Emulation.setDeviceMetricsOverride", phone).await?;
    browser.open(&format!("{}/?sw=off", server.origin)).await?;
    browser.find("sample").await?;
    settle().await;
    Ok(browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_on_a_phone_stays_within_its_budget() -> Result<()> {
    let server = Server::start()?;
    for pixel_ratio in [2, 3] {
        let browser = phone(&server, pixel_ratio).await?;
        browser.run("performance.clearResourceTimings()").await?;
        browser.run("document.querySelector('[data-testid=sample]').click()").await?;
        browser.results().await?;
        settle().await;
        let mut search = received(&browser).await?;
        search.retain(|(path, _)| path.starts_with("/api/"));
        let (pictures, rest): (Vec<_>, Vec<_>) =
            search.iter().partition(|(path, _)| path.starts_with("/api/v1/images"));
        let (count, pictures, rest) = (pictures.len(), total(pictures), total(rest));
        println!("search at {pixel_ratio} pixels a point: {count} pictures {pictures} bytes, all else {rest} bytes");
        let used = "return [...document.querySelectorAll('.card img')].filter(picture => picture.complete && picture.currentSrc)
            .map(picture => picture.currentSrc.split('width=')[1] ?? 'whole')
            .reduce((counts, width) => ({...counts, [width]: (counts[width] ?? 0) + 1}), {})";
        println!("{}", browser.run(used).await?);
        assert!(count > 0 && pictures + rest <= SEARCH_BYTES, "a search has {pictures} + {rest} bytes: {search:?}");
        browser.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_visit_on_a_phone_stays_within_its_budgets() -> Result<()> {
    let server = Server::start()?;
    let browser = phone(&server, 3).await?;
    let visit = received(&browser).await?;
    let (program, rest): (Vec<_>, Vec<_>) =
        visit.iter().partition(|(path, _)| path.ends_with(".wasm") || path.ends_with(".js"));
    let (program, rest) = (total(program), total(rest));
    println!("first visit: program {program} bytes, all else {rest} bytes");
    assert!(program > 0 && program <= PROGRAM_BYTES, "the program has {program} bytes: {visit:?}");
    assert!(rest > 0 && rest <= FIRST_VISIT_BYTES, "a first visit has {rest} bytes beside the program: {visit:?}");
    assert!(
        !visit.iter().any(|(path, _)| path.starts_with("/samples/look-")),
        "whole looks come when chosen: {visit:?}"
    );

    // The sample looks are below the first screen: their small copies come when one scrolls to them.
    assert!(
        !visit.iter().any(|(path, _)| path.starts_with("/samples/small-")),
        "sample looks come when they are seen: {visit:?}"
    );
    browser.run("document.querySelector('[data-testid=sample]').scrollIntoView({block: 'center'})").await?;
    let shown = "const pictures = [...document.querySelectorAll('[data-testid=sample] img')];
        return pictures.every(picture => picture.complete && picture.naturalWidth) || null";
    browser.wait_for(shown, "the sample looks").await?;
    browser.close().await
}
