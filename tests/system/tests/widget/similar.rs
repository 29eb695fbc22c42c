//! What is similar to a product, in a shop's page: a row that buttons, keys and swiping move.

use anyhow::{Context as _, Result};
use serde_json::json;
use stl_tests::{Browser, Recorder, WornShop};

use crate::fixture::{WidgetFixture, axe_finds_nothing, event, press, within};

/// The focused card's place in the row, from 0.
const FOCUSED: &str =
    "const cards = [...tree.querySelectorAll('[part=card] a')]; return cards.indexOf(tree.activeElement)";

/// How far the row is scrolled.
const SCROLLED: &str = "return tree.querySelector('[part=cards]').scrollLeft";

/// Whether each of the two buttons says that it does nothing.
const ENDS: &str = "return [...tree.querySelectorAll('[part=arrow]')].map(arrow => arrow.ariaDisabled)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn similar_products_are_a_row_that_buttons_and_keys_move_in_a_page_with_a_strict_policy() -> Result<()> {
    let shop = WornShop::import()?;
    let id = &shop.alone.id;
    let fixture = WidgetFixture::with_catalogue(&shop.catalogue()).await?;
    let recorder = Recorder::start().await?;
    for (size, dark) in [("390,844", 0), ("1440,900", 1)] {
        let args = [format!("--window-size={size}"), format!("--blink-settings=preferredColorScheme={dark}")];
        let browser = Browser::with_args(args.into_iter().chain(recorder.browser_args()).collect()).await?;
        fixture.open_page(&browser, &format!("similar.html?{id}")).await?;
        // Narrow enough that the five others of its category do not fit.
        browser.run("document.getElementById('first').style.width = '300px'").await?;
        let results = event(&browser, "first", "stl-results").await?;
        assert_eq!(results["similar_to"], **id);
        let [row] = &results["categories"].as_array().context("rows")?[..] else { panic!("one row, got {results}") };
        let cards = row["cards"].as_array().context("cards")?;
        assert_eq!(row["category"], shop.alone.category.as_str());
        assert!(cards.len() == 5 && cards.iter().all(|card| card["id"] != **id), "{} cards", cards.len());
        let shown = "return [tree.querySelector('h2').textContent, tree.querySelector('.root').lang,
            tree.querySelectorAll('[part=card]').length]";
        assert_eq!(within(&browser, "first", shown).await?, json!(["Ähnliche Teile", "de", 5]), "{size}");
        let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.run(wide).await?, 0, "{size}");

        // Buttons.
        let at_start =
            format!("const tree = document.getElementById('first').shadowRoot; {ENDS}.join() === 'true,false' || null");
        let at_end = at_start.replace("'true,false'", "'false,true'");
        browser.wait_for(&at_start, "the row's start").await?;
        let on = "tree.querySelectorAll('[part=arrow]')[1].click()";
        for _ in 0..5 {
            within(&browser, "first", on).await?;
        }
        browser.wait_for(&at_end, "the row's end").await?;
        assert!(within(&browser, "first", SCROLLED).await?.as_f64().is_some_and(|scrolled| scrolled > 100.0));

        // Keys: the focus goes from card to card, and the row follows it.
        within(&browser, "first", "tree.querySelector('[part=card] a').focus()").await?;
        browser.wait_for(&at_start, "the row's start").await?;
        for (key, code, expected) in [
            ("ArrowRight", 39, 1),
            ("ArrowRight", 39, 2),
            ("ArrowLeft", 37, 1),
            ("End", 35, 4),
            ("ArrowRight", 39, 4),
            ("Home", 36, 0),
            ("ArrowLeft", 37, 0),
        ] {
            press(&browser, key, code, "").await?;
            assert_eq!(within(&browser, "first", FOCUSED).await?, expected, "{key}");
            let end = if expected == 4 { &at_end } else { &at_start };
            if matches!(key, "End" | "Home") {
                browser.wait_for(end, key).await?;
            }
        }
        press(&browser, "Enter", 13, "\r").await?;
        let click = event(&browser, "first", "stl-product-click").await?;
        assert_eq!((&click["product"]["id"], &click["position"]), (&cards[0]["id"], &json!(1)));

        // Some have a line on their availability below the price, and some a title of one line.
        let tops = "return [...new Set([...tree.querySelectorAll('[part=card-price]')].map(price =>
            Math.round(price.getBoundingClientRect().top)))].length";
        assert_eq!(within(&browser, "first", tops).await?, 1, "prices stand side by side");
        within(&browser, "first", "widget.style.width = ''").await?;
        if let Some(folder) = std::env::var_os("SCREENSHOTS") {
            let file = std::path::Path::new(&folder).join(format!("similar products in a shop, {size}.png"));
            std::fs::write(file, browser.screenshot().await?)?;
        }
        axe_finds_nothing(&browser, "first", size).await?;

        fixture.needs_only(&recorder, "/similar");
        browser.close().await?;
    }

    let browser = Browser::start(None).await?;
    fixture.open_page(&browser, &format!("similar.html?{id}")).await?;
    event(&browser, "first", "stl-results").await?;
    // If all cards fit, there is nothing to move.
    within(&browser, "first", "window.shop.events.length = 0; widget.limit = 2").await?;
    assert_eq!(
        event(&browser, "first", "stl-results").await?["categories"][0]["cards"].as_array().map(Vec::len),
        Some(2)
    );
    let hidden = "const tree = document.getElementById('first').shadowRoot;
        return [...tree.querySelectorAll('[part=arrow]')].every(arrow => arrow.hidden) || null";
    browser.wait_for(hidden, "no buttons").await?;
    // A product that the shop does not have is told to the page, not to visitors.
    within(&browser, "first", "window.shop.events.length = 0; widget.product = 'nothing'").await?;
    let failed = "return window.shop.events.find(event => event.name === 'stl-error')?.detail ?? null";
    assert_eq!(browser.wait_for(failed, "stl-error").await?["code"], "gone");
    assert_eq!(within(&browser, "first", "return widget.getBoundingClientRect().height").await?, 0);
    fixture.finish(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finger_swipes_the_row_and_its_buttons_are_not_there() -> Result<()> {
    let shop = WornShop::import()?;
    let fixture = WidgetFixture::with_catalogue(&shop.catalogue()).await?;
    let browser = Browser::with_args(vec!["--window-size=390,844".to_owned()]).await?;
    browser.become_phone().await?;
    browser.prefer_touch().await?;
    fixture.open_page(&browser, &format!("similar.html?{}", shop.alone.id)).await?;
    event(&browser, "first", "stl-results").await?;
    browser.swipe_left("#first", 180).await?;
    let moved = "const {scrollLeft} = document.getElementById('first').shadowRoot.querySelector('[part=cards]');
        return scrollLeft > 100 || null";
    browser.wait_for(moved, "the swiped row").await?;
    let clicks = "return window.shop.events.filter(event => event.name === 'stl-product-click').length";
    assert_eq!(browser.run(clicks).await?, 0, "a swipe is no press");
    let height = "return tree.querySelector('[part=arrow]').getBoundingClientRect().height";
    assert_eq!(within(&browser, "first", height).await?, 0);
    fixture.finish(browser).await
}
