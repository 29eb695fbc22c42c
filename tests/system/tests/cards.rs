//! Cards after the first ones, saved products, words that refine, and "not this".

use anyhow::{Context as _, Result};
use axum::http::Method;
use serde_json::{Value, json};
use stl_tests::{Browser, Recorder, Server};
use stl_types::wire::paths;

/// Ids of the first row's cards.
const FIRST_ROW: &str = "[...document.querySelector('[data-testid=category]').querySelectorAll('[data-testid=card]')]
    .map(card => card.dataset.productId)";

/// A script that returns a value once no search runs and nothing is loaded.
fn settled(script: &str) -> String {
    format!("if (document.querySelector('[data-testid=progress], [aria-busy=true]')) return null; {script}")
}

async fn ids(browser: &Browser) -> Result<Vec<String>> {
    Ok(serde_json::from_value(browser.run(&format!("return {FIRST_ROW}")).await?)?)
}

/// The number of searches, and the queries of requests for lists of products.
fn asked(recorder: &Recorder) -> (usize, Vec<String>) {
    let requests = recorder.requests();
    let lists = requests.iter().filter(|request| request.uri.path() == paths::PRODUCTS);
    let searches = requests.iter().filter(|request| request.uri.path() == paths::SEARCH).count();
    (searches, lists.filter_map(|request| request.uri.query().map(str::to_owned)).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_has_ten_cards_and_more_when_it_is_scrolled_and_nothing_is_sent_again() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    browser.search_sample(&server.origin).await?;
    let first = ids(&browser).await?;
    assert_eq!(first.len(), 10);
    let count = "return document.querySelector('[data-testid=category]').dataset.count";
    assert_eq!(browser.run(count).await?, "50", "screen readers and headings count all");
    assert_eq!(asked(&recorder), (1, Vec::new()));

    // A card with the focus keeps it.
    browser.run("document.querySelector('[data-testid=card] a').focus()").await?;
    browser.run("document.querySelector('.cards').scrollLeft = 1e6").await?;
    let more = settled(&format!("const ids = {FIRST_ROW}; return ids.length > 10 ? ids : null"));
    let more: Vec<String> = serde_json::from_value(browser.wait_for(&more, "further cards").await?)?;
    assert_eq!((more.len(), &more[..10]), (20, &first[..]));
    let focused = "return document.activeElement.closest('[data-testid=card]')?.dataset.productId";
    assert_eq!(browser.run(focused).await?, json!(first[0]));

    browser.run("document.querySelector('[data-testid=show-all]').click()").await?;
    let all = settled(&format!("const ids = {FIRST_ROW}; return ids.length >= 50 ? ids : null"));
    let all: Vec<String> = serde_json::from_value(browser.wait_for(&all, "all cards").await?)?;
    assert_eq!((all.len(), &all[..20]), (50, &more[..]));
    let unique: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!(unique.len(), 50);
    let (searches, lists) = asked(&recorder);
    assert_eq!((searches, lists.len()), (1, 2), "{lists:?}");
    assert_eq!(lists.iter().map(|query| query.matches("id=").count()).sum::<usize>(), 40);

    // Sorted by price they are all of the row's.
    browser.run("document.querySelector('[data-testid=cheapest]').click()").await?;
    let mut sorted = ids(&browser).await?;
    sorted.sort();
    let mut expected = all;
    expected.sort();
    assert_eq!(sorted, expected);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn further_cards_that_do_not_come_can_be_asked_for_again() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    browser.search_sample(&server.origin).await?;
    let break_it = "window.ask = window.fetch;
        window.fetch = (url, options) =>
            String(url).includes('/products?') ? Promise.reject(new TypeError('down')) : window.ask(url, options);
        document.querySelector('[data-testid=show-all]').click()";
    browser.run(break_it).await?;
    browser.find("further-failed").await?;
    browser.run("window.fetch = window.ask; document.querySelector('[data-testid=further-again]').click()").await?;
    let all = settled(&format!("return {FIRST_ROW}.length === 50 || null"));
    browser.wait_for(&all, "all cards").await?;
    assert_eq!(browser.run("return document.querySelector('[data-testid=further-failed]')").await?, Value::Null);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saved_products_stay_on_the_device_until_they_are_removed() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    browser.search_sample(&server.origin).await?;
    let saved = ids(&browser).await?.into_iter().next().context("a card")?;
    // The browser itself posts to its maker.
    let to_shop = || {
        let requests = recorder.requests();
        requests
            .iter()
            .filter(|request| request.method == Method::POST && request.uri.path().starts_with("/api"))
            .count()
    };
    let before = to_shop();
    browser.run("document.querySelector('[data-testid=save]').click()").await?;
    let pressed = "return document.querySelector('[data-testid=save]').ariaPressed";
    assert_eq!(browser.run(pressed).await?, "true");
    assert_eq!(to_shop(), before, "nothing is sent");

    browser.open("about:blank").await?;
    browser.open(&server.origin).await?;
    browser.find("saved-product").await?;
    let shown =
        "return [...document.querySelectorAll('[data-testid=saved-product]')].map(item => item.dataset.productId)";
    assert_eq!(browser.run(shown).await?, json!([saved]));
    browser.run("document.querySelector('[data-testid=saved-more]').click()").await?;
    let product = settled("return document.querySelector('[data-testid=product]')?.dataset.productId ?? null");
    assert_eq!(browser.wait_for(&product, "similar products").await?, json!(saved));
    browser.run("history.back()").await?;
    browser.find("saved-remove").await?;
    browser.run("document.querySelector('[data-testid=saved-remove]').click()").await?;
    assert_eq!(browser.run(shown).await?, json!([]));
    assert_eq!(browser.run("return localStorage.getItem('shop-the-look.saved-products')").await?, Value::Null);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_refine_a_row_and_not_this_moves_away_from_a_product() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    browser.search_sample(&server.origin).await?;
    let last_search = || {
        let requests = recorder.requests();
        let search = requests.iter().rev().find(|request| request.uri.path() == paths::SEARCH);
        search.and_then(|request| request.uri.query().map(str::to_owned)).unwrap_or_default()
    };
    let words = "return [...document.querySelector('[data-testid=category]').querySelectorAll('[data-testid=refine]')]
        .map(word => word.textContent.trim())";
    let words: Vec<String> = serde_json::from_value(browser.run(words).await?)?;
    assert!((1..=6).contains(&words.len()), "{words:?}");
    let up_to = "const word = [...document.querySelectorAll('[data-testid=refine]')]
            .find(word => word.textContent.includes('up to'));
        word.click();
        return document.activeElement.id";
    assert_eq!(browser.run(up_to).await?, "results-heading", "the focus is not lost with the row");
    browser.find("filter-chip").await?;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    browser.wait_for(&settled("return true"), "the cards").await?;
    assert!(last_search().contains("price_max="), "{}", last_search());
    browser.run("document.querySelector('[data-testid=filters-clear]').click()").await?;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    browser.wait_for(&settled("return true"), "the cards").await?;

    let before = ids(&browser).await?;
    browser.run("document.querySelector('[data-testid=less-like-this]').click()").await?;
    let gone = format!("return {FIRST_ROW}[0] !== {} || null", json!(before[0]));
    browser.wait_for(&settled(&gone), "another first card").await?;
    assert!(last_search().contains(&format!("less_like={}", before[0])), "{}", last_search());
    assert!(!ids(&browser).await?.contains(&before[0]));
    let chip = "return document.querySelector('[data-testid=filter-chip]').textContent";
    assert!(browser.run(chip).await?.as_str().is_some_and(|words| words.contains("less like")));
    browser.run("document.querySelector('[data-testid=filter-chip]').click()").await?;
    let again = format!("return {FIRST_ROW}[0] === {} || null", json!(before[0]));
    browser.wait_for(&settled(&again), "the first card again").await?;
    assert_eq!(ids(&browser).await?, before);
    browser.close().await
}
