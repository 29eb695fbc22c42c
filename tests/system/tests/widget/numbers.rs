//! A widget that sends only numbers, in a page of another origin.

use anyhow::Result;
use serde_json::json;
use stl_tests::{Browser, Recorded, Recorder, sent_numbers};

use crate::fixture::{WidgetFixture, confirm, event, ranks, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_widget_that_sends_numbers_shows_cards_and_no_picture_leaves_the_page() -> Result<()> {
    let fixture = WidgetFixture::new().await?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    fixture.open_page(&browser, "numbers.html").await?;
    let promise = within(&browser, "first", "return tree.querySelector('[part=start]').textContent").await?;
    assert!(promise.as_str().is_some_and(|words| words.contains("No picture leaves this device")), "{promise}");

    browser.run("document.getElementById('first').searchFrom(document.getElementById('look'))").await?;
    confirm(&browser, "first").await?;
    let results = event(&browser, "first", "stl-results").await?;
    let ranks = ranks(&results, &fixture.worn);
    println!("ranks of the worn products: {ranks:?}");
    assert!(ranks.iter().any(|rank| rank.is_some_and(|rank| rank <= 10)), "{ranks:?}");
    // The shop has decided: there is nothing to switch, and the caption is true for numbers.
    let shown = "const tree = document.getElementById('first').shadowRoot;
        const cards = tree.querySelectorAll('[data-testid=card]').length;
        if (!cards || tree.querySelector('[aria-busy=true]')) return null;
        return [tree.querySelector('[data-testid=send-numbers]'), cards >= 10,
            tree.querySelector('[data-testid=look]').textContent.includes('Only numbers of it are sent')]";
    assert_eq!(browser.wait_for(shown, "the cards").await?, json!([null, true, true]));

    // Similar products are asked for by the product's id.
    within(&browser, "first", "tree.querySelector('[data-testid=more-like-this]').click()").await?;
    let similar = "return window.shop.events.find(event => event.detail.similar_to)?.detail.similar_to ?? null";
    assert_eq!(browser.wait_for(similar, "similar products").await?, results["categories"][0]["cards"][0]["id"]);

    let requests = recorder.requests();
    for Recorded { uri, headers, body, .. } in &requests {
        anyhow::ensure!(image::guess_format(body).is_err(), "{uri} carries a picture");
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        anyhow::ensure!(!kind.starts_with("multipart/"), "{uri} carries a form");
    }
    let ours = requests.iter().filter(|request| request.uri.host() == Some("127.0.0.1"));
    let with_body: Vec<&Recorded> = ours.filter(|request| !request.body.is_empty()).collect();
    let [search] = with_body[..] else {
        anyhow::bail!("expected one search, got {:?}", with_body.iter().map(|it| &it.uri).collect::<Vec<_>>())
    };
    anyhow::ensure!(!sent_numbers(search)?.garments.is_empty(), "garments are seen");
    fixture.finish(browser).await
}
