//! What a search shows first, on a phone and on a wide screen: cards, focus, what stays in sight, and how cards align.

use anyhow::Result;
use serde_json::{Value, json};
use stl_tests::{Browser, Recorder, Server, encoded, look};
use stl_types::wire::paths;

/// Opens the page at a size and searches with a drawn look, as a visitor does: file, review, press.
async fn searched(server: &Server, size: &str) -> Result<Browser> {
    let browser = Browser::with_args(vec![format!("--window-size={size}")]).await?;
    let file = tempfile::Builder::new().suffix(".jpg").tempfile()?;
    std::fs::write(file.path(), encoded(look(), image::ImageFormat::Jpeg)?)?;
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    browser.choose(file.path()).await?;
    browser.find("send").await?.click().await?;
    browser.results().await?;
    Ok(browser)
}

async fn top(browser: &Browser, selector: &str) -> Result<f64> {
    let top = browser.run(&format!("return document.querySelector({selector:?}).getBoundingClientRect().top")).await?;
    Ok(top.as_f64().unwrap_or(f64::NAN))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_phone_the_cards_are_on_the_first_screen_and_the_look_stays_above_them() -> Result<()> {
    let server = Server::start()?;
    let browser = searched(&server, "390,844").await?;
    let window: (f64, f64) = serde_json::from_value(browser.run("return [innerWidth, innerHeight]").await?)?;
    assert!(window.0 < 600.0, "the window is a phone's: {window:?}");
    let focused = "return document.activeElement?.id === 'results-heading' || null";
    browser.wait_for(focused, "the focus on the results' heading").await?;
    let card = top(&browser, "[data-testid=card]").await?;
    println!("the first card is {card} px below the top of {window:?}");
    assert!(card > 0.0 && card < window.1 * 0.7, "much of the first card is on the first screen: {card}");
    let status = browser.run("return document.querySelector('[data-testid=status]').textContent").await?;
    let (count, words) = status.as_str().unwrap_or_default().split_once(' ').unwrap_or_default();
    let open = "return [...document.querySelectorAll('[data-testid=category]')].filter(row => !row.closest('details'))
        .reduce((all, row) => all + Number(row.dataset.count), 0)";
    assert_eq!(Value::from(count.parse::<u64>()?), browser.run(open).await?, "screen readers get the number: {status}");
    assert!(words.contains("found"), "{status}");

    // The strip with the look stays at the top while the cards scroll below it.
    browser.run("window.scrollTo(0, 500)").await?;
    browser.wait_for("return window.scrollY > 400 || null", "that it scrolls").await?;
    let strip = top(&browser, "[data-testid=look]").await?;
    assert!((0.0..2.0).contains(&strip), "the look is at the top: {strip}");
    let sees = "const {top, height} = document.querySelector('[data-testid=cutout]').getBoundingClientRect();
        return top >= 0 && height > 30 && document.elementFromPoint(innerWidth - 40, top + height / 2)
            ?.closest('[data-testid=look]') != null";
    assert_eq!(browser.run(sees).await?, true, "with its picture and garments");
    browser.run("window.scrollTo(0, 0)").await?;

    // What was sent is one press away.
    let receipt = "return document.querySelector('[data-testid=receipt]').checkVisibility()";
    assert_eq!(browser.run(receipt).await?, false);
    browser.run("document.querySelector('[data-testid=sent] summary').click()").await?;
    assert_eq!(browser.run(receipt).await?, true);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garments_come_first_and_what_was_not_seen_is_folded() -> Result<()> {
    let server = Server::start()?;
    let browser = searched(&server, "1440,900").await?;
    let rows = "return [...document.querySelectorAll('[data-testid=category]')]
        .map(row => [row.querySelector('[data-testid=seen]') !== null, row.closest('[data-testid=rest]') !== null])";
    let rows: Vec<(bool, bool)> = serde_json::from_value(browser.run(rows).await?)?;
    assert!(rows[0].0 && rows.iter().any(|(seen, _)| !seen), "{rows:?}");
    assert!(rows.iter().all(|(seen, folded)| seen != folded), "exactly what was not seen is folded: {rows:?}");
    assert!(rows.is_sorted_by_key(|(seen, _)| !seen), "{rows:?}");
    let rest = "const rest = document.querySelector('[data-testid=rest]');
        return [rest.open, rest.querySelector('summary').textContent.trim(),
            rest.querySelector('[data-testid=card]').checkVisibility()]";
    assert_eq!(browser.run(rest).await?, json!([false, "More from this shop", false]));
    browser.run("document.querySelector('[data-testid=rest] summary').click()").await?;
    assert_eq!(browser.run(rest).await?, json!([true, "More from this shop", true]));
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_wide_screen_whole_cards_fill_the_row_and_prices_and_buttons_align() -> Result<()> {
    let server = Server::start()?;
    let browser = searched(&server, "1440,900").await?;
    // Long and short texts side by side.
    let long = "const cards = document.querySelectorAll('[data-testid=card]');
        cards[0].querySelector('.card__title').textContent = 'A title that is so long that it needs two lines in any card';
        cards[1].querySelector('.card__title').textContent = 'Short';
        cards[1].querySelector('.card__brand')?.remove();";
    browser.run(long).await?;
    let measured = "const row = document.querySelector('.cards');
        const cards = [...row.querySelectorAll('[data-testid=card]')].slice(0, 4);
        const of = selector => cards.map(card => card.querySelector(selector).getBoundingClientRect().top);
        const right = cards[3].getBoundingClientRect().right;
        const main = document.querySelector('main');
        const edge = main.getBoundingClientRect().right - parseFloat(getComputedStyle(main).paddingRight);
        return {prices: of('.card__price'), buttons: of('.card__more'), over: right - edge}";
    let measured = browser.run(measured).await?;
    let tops: Vec<Vec<f64>> = serde_json::from_value(json!([measured["prices"], measured["buttons"]]))?;
    for tops in tops {
        assert!(tops.iter().all(|top| (top - tops[0]).abs() < 1.0), "{measured}");
    }
    assert!(measured["over"].as_f64().is_some_and(|over| over < 1.0), "the fourth card ends at the margin: {measured}");

    // The arrows lead to the cards beyond; nothing in the look's panel scrolls.
    let first = "return document.querySelector('.cards').scrollLeft";
    assert_eq!(browser.run(first).await?, 0);
    browser.find("row-on").await?.click().await?;
    browser.wait_for("return document.querySelector('.cards').scrollLeft > 300 || null", "further cards").await?;
    let scrollers = "return [...document.querySelectorAll('.comparison, .comparison *')]
        .filter(element => /auto|scroll/.test(getComputedStyle(element).overflowY)).map(element => element.className)";
    assert_eq!(browser.run(scrollers).await?, json!([]));
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_choice_of_women_and_men_is_remembered_on_the_device() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    browser.search_sample(&server.origin).await?;
    let searches = || -> Vec<Option<String>> {
        let requests = recorder.requests();
        let searches = requests.iter().filter(|request| request.uri.path() == paths::SEARCH);
        searches.map(|request| request.uri.query().map(str::to_owned)).collect()
    };
    let plain = Some("limit=10&further=40".to_owned());
    let for_women = Some("limit=10&further=40&gender=female".to_owned());
    assert_eq!(searches(), std::slice::from_ref(&plain));
    browser.find("gender").await?;
    browser.run("document.querySelector('[data-gender=female]').click()").await?;
    let pressed = "if (document.querySelector('[data-testid=progress], [aria-busy=true]')) return null;
        return document.querySelector('[data-testid=gender][aria-pressed=true]')?.dataset.gender ?? null";
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert_eq!(browser.wait_for(pressed, "the choice").await?, "female");
    browser.find("card").await?;
    assert_eq!(searches(), [plain.clone(), for_women.clone()]);

    // The next visit begins with it, and with no other filter.
    browser.open("about:blank").await?;
    browser.search_sample(&server.origin).await?;
    assert_eq!(searches().last(), Some(&for_women));
    browser.find("gender").await?;
    browser.run("document.querySelector('[data-gender=all]').click()").await?;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert_eq!(browser.wait_for(pressed, "the choice").await?, "all");
    assert_eq!(searches().last(), Some(&plain));
    assert_eq!(browser.run("return localStorage.getItem('shop-the-look.gender')").await?, Value::Null);
    browser.close().await
}
