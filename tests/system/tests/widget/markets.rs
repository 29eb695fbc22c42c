//! The attribute `market`: the elements show what the market sells, at its prices.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, WornShop, picture_of, samples};

use crate::fixture::{WidgetFixture, confirm, event, within};

/// The ids and currencies of all cards of an answer.
fn cards(results: &Value) -> Vec<(String, String)> {
    let rows = results["categories"].as_array().into_iter().flatten();
    let card = |card: &Value| Some((card["id"].as_str()?.to_owned(), card["price"]["currency"].as_str()?.to_owned()));
    rows.flat_map(|row| row["cards"].as_array().into_iter().flatten()).filter_map(card).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_attribute_market_decides_what_is_shown_and_at_which_price() -> Result<()> {
    let shop = WornShop::import()?;
    let swiss = shop.import_market("ch", "CHF", 3)?;
    let fixture = WidgetFixture::with_catalogue(&shop.catalogue()).await?;
    let browser = Browser::start(None).await?;
    let product = swiss.first().context("a product")?;
    fixture.open_page(&browser, &format!("similar.html?{product}")).await?;
    let everywhere = cards(&event(&browser, "first", "stl-results").await?);
    assert!(everywhere.len() == 5 && everywhere.iter().all(|(_, currency)| currency == "EUR"), "{everywhere:?}");
    let again = "window.shop.events.length = 0;";
    within(&browser, "first", &format!("{again} widget.setAttribute('market', 'ch')")).await?;
    let there = cards(&event(&browser, "first", "stl-results").await?);
    assert!((1..5).contains(&there.len()), "{there:?}");
    assert!(there.iter().all(|(id, currency)| currency == "CHF" && swiss.contains(id)), "{there:?}");
    let shown =
        "return [...tree.querySelectorAll('[part=card-price]')].every(price => price.textContent.includes('CHF'))";
    assert_eq!(within(&browser, "first", shown).await?, true);
    // A market that is not there, and a product that it does not sell.
    within(&browser, "first", &format!("{again} widget.market = 'fr'")).await?;
    let gone = "return window.shop.events.find(event => event.name === 'stl-error')?.detail ?? null";
    let error = browser.wait_for(gone, "an error").await?;
    assert_eq!(error["code"], "gone");
    assert!(error["message"].as_str().is_some_and(|message| message.ends_with(" in fr.")), "{error}");

    // The search.
    fixture.open_page(&browser, "inline.html").await?;
    let look = picture_of(samples()?.first().context("a sample look")?)?;
    let search = format!("widget.market = 'ch'; widget.search(new Blob([new Uint8Array({look:?})]))");
    within(&browser, "first", &search).await?;
    confirm(&browser, "first").await?;
    let found = cards(&event(&browser, "first", "stl-results").await?);
    assert!(
        !found.is_empty() && found.iter().all(|(id, currency)| currency == "CHF" && swiss.contains(id)),
        "{found:?}"
    );
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_the_market_of_its_address_and_keeps_it() -> Result<()> {
    let shop = WornShop::import()?;
    let swiss = shop.import_market("ch", "CHF", 3)?;
    let fixture = WidgetFixture::with_catalogue(&shop.catalogue()).await?;
    let (browser, origin) = (Browser::start(None).await?, &fixture.server.origin);
    browser.open(&format!("{origin}/products/{}?market=ch", swiss[0])).await?;
    browser.results().await?;
    let prices = "const prices = [...document.querySelectorAll('.card__price')].map(price => price.innerText);
        return prices.length ? prices : null";
    let shown: Vec<String> = serde_json::from_value(browser.wait_for(prices, "prices").await?)?;
    assert!(shown.len() < 6 && shown.iter().all(|price| price.contains("CHF")), "{shown:?}");
    // Another product's view is an address of the same market.
    browser.run("document.querySelector('[data-testid=more-like-this]').click()").await?;
    let moved = "const { pathname, search } = location; return pathname.startsWith('/products/') ? search : null";
    assert_eq!(browser.wait_for(moved, "an address").await?, json!("?market=ch"));
    // Its head, which search engines read, is of the market too.
    let (status, html) = fixture.server.get(&format!("/products/{}?market=ch", swiss[0]))?;
    let html = String::from_utf8(html)?;
    assert!(status == 200 && html.contains("content=\"CHF\"") && html.contains("?market=ch\">"), "{html:.900}");
    browser.close().await
}
