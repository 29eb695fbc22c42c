//! Searches by numbers: no picture leaves the browser, and the cards are those of a search with the cutout.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use image::codecs::jpeg::JpegEncoder;
use serde_json::Value;
use stl_tests::{Browser, Recorded, Recorder, Server, ShownCategory, encoded, look, product};
use stl_types::wire::{NumbersSearch, paths};

/// Share of the articles that both ways have in common, of all rows' first fifty.
const LEAST_SHARED: f64 = 0.98;

/// The client in which tract runs the networks.
const BY_TRACT: &str = "target/client-tract";

/// Asks for numbers before the look is sent.
const SEND_NUMBERS: &str = "const chosen = document.querySelector('[data-testid=send-numbers]');
    if (!chosen || !document.querySelector('[data-testid=send]')) return null;
    if (!chosen.checked) { chosen.click(); return null; }
    return document.querySelector('[data-testid=receipt]').dataset.bytes ?? null";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_numbers_leave_and_the_cards_are_those_of_the_cut_out() -> Result<()> {
    let recorder = Recorder::start().await?;
    let (server, browser) = (Server::start()?, Browser::start(Some(&recorder)).await?);
    let folder = tempfile::tempdir()?;
    let file = photo(folder.path())?;

    browser.open(&server.origin).await?;
    browser.choose(&file).await?;
    let by_cutout = browser.results().await?;
    let before = recorder.requests().len();
    let fetched = |requests: &[Recorded]| requests.iter().any(|request| request.uri.path().contains("encoder"));
    anyhow::ensure!(!fetched(&recorder.requests()), "without the choice nothing of the encoder is loaded");

    browser.open(&server.origin).await?;
    browser.choose(&file).await?;
    let announced = browser.wait_for(SEND_NUMBERS, "the numbers on the receipt").await?;
    let says_so = browser.run("return document.body.innerText.includes('Only numbers of it are sent')").await?;
    assert_eq!(says_so, Value::Bool(true), "what is said beside the cut-out is true for numbers");
    let by_numbers = browser.results().await?;
    let sent: Vec<Recorded> = recorder.requests().split_off(before);
    let body = only_search(&sent, &server.origin)?;
    assert_eq!(announced.as_str(), Some(&*body.len().to_string()), "the receipt names the bytes that are sent");
    let numbers: NumbersSearch = serde_json::from_slice(body)?;
    anyhow::ensure!(!numbers.garments.is_empty() && body.len() < 16_000, "{} bytes", body.len());
    for request in &sent {
        anyhow::ensure!(image::guess_format(&request.body).is_err(), "{} carries a picture", request.uri);
    }
    anyhow::ensure!(fetched(&sent), "the encoder is loaded now");
    let shared = shared(&by_cutout, &by_numbers);
    println!("{} bytes, {} numbers; {shared:.3} of the cards are the same", body.len(), numbers.count());
    anyhow::ensure!(shared >= LEAST_SHARED, "{shared:.3} of the cards are the same");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_that_takes_only_numbers_gets_only_numbers_and_refuses_pictures() -> Result<()> {
    let server = Server::start_with(&["--accept", "numbers"])?;
    let png = encoded(look(), image::ImageFormat::Png)?;
    let refused = server.post(paths::SEARCH, "image/png", &png).expect_err("a picture");
    anyhow::ensure!(refused.to_string().contains("403"), "{refused}");

    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    let folder = tempfile::tempdir()?;
    browser.open(&server.origin).await?;
    browser.choose(&photo(folder.path())?).await?;
    let shown = browser.results().await?;
    anyhow::ensure!(shown.iter().any(|row| !row.products.is_empty()), "cards: {shown:?}");
    let has_choice = browser.run("return document.querySelector('[data-testid=send-numbers]') !== null").await?;
    assert_eq!(has_choice, Value::Bool(false), "there is nothing to choose");
    only_search(&recorder.requests(), &server.origin)?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoder_that_tract_runs_finds_the_same() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = photo(folder.path())?;
    let mut found = Vec::new();
    for client in ["dist", BY_TRACT] {
        let server = Server::start_with(&["--accept", "numbers", "--client", client])?;
        let browser = Browser::start(None).await?;
        browser.open(&format!("{}/?sw=off", server.origin)).await?;
        browser.choose(&file).await?;
        found.push(browser.results().await?);
        let files = browser.run("return fetch('/segmenter/segmenter.json').then(answer => answer.json())").await?;
        let engine = if client == BY_TRACT { "tract" } else { "separable" };
        assert_eq!(files["encoder"]["engine"], engine, "{client}");
        browser.close().await?;
    }
    anyhow::ensure!(found[0].iter().all(|row| !row.products.is_empty()) && !found[0].is_empty(), "rows of cards");
    let shared = shared(&found[0], &found[1]);
    anyhow::ensure!(shared >= LEAST_SHARED, "{shared:.3} of the cards are the same");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_garment_alone_is_found_by_numbers() -> Result<()> {
    let recorder = Recorder::start().await?;
    let (server, browser) = (Server::start_with(&["--accept", "numbers"])?, Browser::start(Some(&recorder)).await?);
    let folder = tempfile::tempdir()?;
    let (picture, category) = product();
    let file = folder.path().join("product.png");
    std::fs::write(&file, encoded(picture, image::ImageFormat::Png)?)?;
    browser.open(&server.origin).await?;
    browser.choose(&file).await?;
    browser
        .wait_for(
            "document.querySelector('[data-testid=take-thing]')?.click();
        return document.querySelector('[data-testid=send]') ? true : null",
            "the garment's cut-out",
        )
        .await?;
    let shown = browser.results().await?;
    only_search(&recorder.requests(), &server.origin)?;
    let first = shown.first().context("a row")?;
    assert_eq!(first.category, category.to_string(), "the garment's row comes first");
    browser.close().await
}

/// A drawn look as a JPEG.
fn photo(folder: &Path) -> Result<std::path::PathBuf> {
    let file = folder.join("look.jpg");
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 92).encode_image(&look())?;
    std::fs::write(&file, jpeg)?;
    Ok(file)
}

/// The body of the only request with one: a search by numbers.
fn only_search<'a>(sent: &'a [Recorded], origin: &str) -> Result<&'a [u8]> {
    let of_page = sent.iter().filter(|request| request.uri.to_string().starts_with(origin));
    let with_body: Vec<&Recorded> = of_page.filter(|request| !request.body.is_empty()).collect();
    let [search] = with_body[..] else {
        anyhow::bail!(
            "expected one request with a body, got {:?}",
            with_body.iter().map(|it| &it.uri).collect::<Vec<_>>()
        )
    };
    assert_eq!(search.uri.path(), paths::SEARCH);
    assert_eq!(search.headers.get("content-type").and_then(|kind| kind.to_str().ok()), Some("application/json"));
    Ok(&search.body)
}

/// Share of the cards that two answers have in common.
fn shared(a: &[ShownCategory], b: &[ShownCategory]) -> f64 {
    let cards = |rows: &[ShownCategory]| -> BTreeSet<(String, String)> {
        let of_row = |row: &ShownCategory| {
            let category = row.category.clone();
            row.products.iter().map(move |id| (category.clone(), id.clone())).collect::<Vec<_>>()
        };
        rows.iter().flat_map(of_row).collect()
    };
    let (a, b) = (cards(a), cards(b));
    a.intersection(&b).count() as f64 / a.len().max(b.len()).max(1) as f64
}
