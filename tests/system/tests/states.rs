//! States that a visitor meets seldom, at a phone's and a wide screen's size: a weak row, what is seen and not searched, saved products,
//! sample looks without a connection; and focus rings, which nothing cuts off.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, Server, encoded, product};

const SIZES: [&str; 2] = ["390,844", "1440,900"];

async fn browser_of(size: &str) -> Result<Browser> {
    Browser::with_args(vec![format!("--window-size={size}")]).await
}

/// Saves a screenshot to look at, if `SCREENSHOTS` names a folder.
async fn record(browser: &Browser, name: &str) -> Result<()> {
    if let Some(folder) = std::env::var_os("SCREENSHOTS") {
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), browser.screenshot().await?)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weak_row_says_so_above_its_cards() -> Result<()> {
    let server = Server::start()?;
    for size in SIZES {
        let browser = browser_of(size).await?;
        browser.open(&server.origin).await?;
        browser.find("sample").await?;
        let weak = "const ask = window.fetch;
            window.fetch = async (url, options) => {
                const response = await ask(url, options);
                if (!String(url).includes('/api/v1/search')) return response;
                const answer = await response.json();
                answer.categories.forEach((row, at) => { row.weak = at === 0; });
                return new Response(JSON.stringify(answer), {status: response.status});
            };
            document.querySelector('[data-testid=sample]').click()";
        browser.run(weak).await?;
        browser.results().await?;
        let notes = "return [...document.querySelectorAll('[data-testid=category]')]
            .map(row => row.querySelector('[data-testid=weak]')?.textContent ?? null).filter((note, at) => note || !at)";
        assert_eq!(browser.run(notes).await?, json!(["Nothing very close. The nearest:"]), "{size}");
        let places = "const top = name => document.querySelector(name).getBoundingClientRect().top;
            return [top('[data-testid=category] h3'), top('[data-testid=weak]'), top('[data-testid=card]'), innerHeight]";
        let [heading, note, card, height]: [f64; 4] = serde_json::from_value(browser.run(places).await?)?;
        assert!(heading < note && note < card && card < 0.8 * height, "{size}: {heading} {note} {card} of {height}");
        record(&browser, &format!("weak row {size}")).await?;
        browser.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_a_part_of_the_shop_says_so_above_its_rows() -> Result<()> {
    let server = Server::start()?;
    for size in SIZES {
        let browser = browser_of(size).await?;
        browser.open(&server.origin).await?;
        browser.find("sample").await?;
        let part = "const ask = window.fetch;
            window.fetch = async (url, options) => {
                const response = await ask(url, options);
                if (!String(url).includes('/api/v1/search')) return response;
                const answer = await response.json();
                answer.missing_shards = ['2/4'];
                return new Response(JSON.stringify(answer), {status: response.status});
            };
            document.querySelector('[data-testid=sample]').click()";
        browser.run(part).await?;
        browser.results().await?;
        let note = "const note = document.querySelector('[data-testid=part]');
            const top = element => element.getBoundingClientRect().top;
            return [note.textContent, top(note) < top(document.querySelector('[data-testid=category]')), \
                note.getBoundingClientRect().right <= innerWidth]";
        let words = "Part of the shop cannot be searched at the moment, so some products are missing here.";
        assert_eq!(browser.run(note).await?, json!([words, true, true]), "{size}");
        let said = browser.run("return document.querySelector('[data-testid=status]').textContent").await?;
        let is_said = said.as_str().is_some_and(|said| said.contains("found. ") && said.ends_with(words));
        assert!(is_said, "{size}: screen readers hear {said}");
        record(&browser, &format!("part missing {size}")).await?;
        browser.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shoes_and_bags_are_said_to_be_seen_and_not_searched() -> Result<()> {
    let server = Server::start()?;
    let thing = tempfile::Builder::new().suffix(".png").tempfile()?;
    std::fs::write(thing.path(), encoded(product().0, image::ImageFormat::Png)?)?;
    for size in SIZES {
        let browser = browser_of(size).await?;
        browser.search_sample(&server.origin).await?;
        let note = "const note = document.querySelector('[data-testid=unsearched]');
            const rows = [...document.querySelectorAll('.results > [data-testid=category]')];
            const place = element => element.getBoundingClientRect();
            return note && [note.textContent, place(rows.at(-1)).bottom <= place(note).top, place(note).right <= innerWidth]";
        let words = "Shoes, bags and accessories are seen in your photo, but not searched here.";
        assert_eq!(browser.run(note).await?, json!([words, true, true]), "{size}: below the rows of garments");
        // Similar products are not of the photo, and a garment alone wears nothing.
        browser.run("document.querySelector('[data-testid=more-like-this]').click()").await?;
        browser.find("product").await?;
        browser.results().await?;
        assert_eq!(browser.run(note).await?, Value::Null, "{size}: of a product");
        browser.open(&server.origin).await?;
        browser.choose(thing.path()).await?;
        browser.find("take-thing").await?;
        browser.run("document.querySelector('[data-testid=take-thing]').click()").await?;
        browser.results().await?;
        assert_eq!(browser.run(note).await?, Value::Null, "{size}: of a garment");
        browser.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saved_products_fit_the_screen_and_the_keyboard_goes_on_when_one_is_removed() -> Result<()> {
    let server = Server::start()?;
    for size in SIZES {
        let browser = browser_of(size).await?;
        browser.search_sample(&server.origin).await?;
        let save = "const buttons = [...document.querySelectorAll('[data-testid=save]')].slice(0, 3);
            buttons.forEach(button => button.click());
            return buttons.map(button => button.closest('[data-testid=card]').dataset.productId).reverse()";
        let newest_first = browser.run(save).await?;
        browser.open(&server.origin).await?;
        browser.find("saved-product").await?;
        let shown =
            "return [...document.querySelectorAll('[data-testid=saved-product]')].map(item => item.dataset.productId)";
        assert_eq!(browser.run(shown).await?, newest_first, "{size}");
        browser.run("document.querySelector('[data-testid=saved]').scrollIntoView()").await?;
        record(&browser, &format!("saved {size}")).await?;
        let over = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.run(over).await?, 0, "{size}: nothing is wider than the screen");
        let targets = "return Math.min(...[...document.querySelectorAll('[data-testid=saved] :is(a, button)')]
            .map(target => target.getBoundingClientRect()).flatMap(({width, height}) => [width, height]))";
        let smallest = browser.run(targets).await?.as_f64().context("a size")?;
        assert!(smallest >= 24.0, "{size}: a target has {smallest} points");

        let focused = "const {tagName, id} = document.activeElement; return id || tagName";
        for expected in ["H2", "H2", "main"] {
            browser.run("const remove = document.querySelector('[data-testid=saved-remove]'); remove.focus(); remove.click()").await?;
            assert_eq!(browser.run(focused).await?, expected, "{size}");
        }
        assert_eq!(browser.run(shown).await?, json!([]));
        browser.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_first_search_every_sample_look_can_be_chosen_without_a_connection() -> Result<()> {
    let mut server = Server::start()?;
    let browser = browser_of(SIZES[0]).await?;
    browser.open(&server.origin).await?;
    let controlled = "return navigator.serviceWorker.controller?.state === 'activated' || null";
    browser.wait_for(controlled, "a service worker").await?;
    browser.run("document.querySelector('[data-testid=sample]').click()").await?;
    browser.results().await?;
    // Some seconds after the search, all whole pictures are kept.
    let kept = "return (async () => {
        const looks = await (await fetch('/samples/samples.json')).json();
        const kept = await Promise.all(looks.map(look => caches.match(look.image, {ignoreSearch: true, ignoreVary: true})));
        return kept.every(Boolean) ? looks.length : null;
    })()";
    let count = browser.wait_for(kept, "the whole pictures").await?.as_u64().context("looks")?;
    assert!(count > 1, "{count}");

    server.kill()?;
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    browser.run("[...document.querySelectorAll('[data-testid=sample]')].at(-1).click()").await?;
    browser.find("send").await?;
    let kept = browser.picture("cutout").await?.pixels().filter(|pixel| pixel.0 != [255; 3]).count();
    assert!(kept > 5_000, "a person was cut out: {kept} pixels");
    browser.close().await
}

/// Gives the focus to each element of a kind that is in sight or can be scrolled to, and returns those whose ring is cut off: by a
/// scrolling or clipping box around it, or by the window's side.
const CUT_OFF: &str = "const cut = [];
    let seen = 0;
    for (const element of document.querySelectorAll(SELECTOR)) {
        if (!element.checkVisibility()) continue;
        element.focus();
        if (document.activeElement !== element) continue;
        seen += 1;
        element.scrollIntoView({block: 'center', inline: 'nearest'});
        const style = getComputedStyle(element);
        const ring = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth);
        if (style.outlineStyle === 'none') { cut.push([element.className, 'no ring']); continue; }
        const box = element.getBoundingClientRect();
        const outer = [box.left - ring, box.top - ring, box.right + ring, box.bottom + ring];
        if (outer[0] < 0 || outer[2] > innerWidth) cut.push([element.className, 'window', outer]);
        for (let around = element.parentElement; around && around !== document.documentElement; around = around.parentElement) {
            const {overflowX, overflowY, position} = getComputedStyle(around);
            if (overflowX === 'visible' && overflowY === 'visible') continue;
            const limit = around.getBoundingClientRect();
            const bottom = limit.top + around.clientTop + around.clientHeight;
            const right = limit.left + around.clientLeft + around.clientWidth;
            if (outer[0] < limit.left - 0.5 || outer[1] < limit.top - 0.5 || outer[2] > right + 0.5 || outer[3] > bottom + 0.5)
                cut.push([element.className, around.className, outer.map(Math.round), [limit.left, limit.top, right, bottom].map(Math.round)]);
        }
    }
    return [seen, cut]";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn focus_rings_are_not_cut_off() -> Result<()> {
    let server = Server::start()?;
    for size in SIZES {
        let browser = browser_of(size).await?;
        browser.search_sample(&server.origin).await?;
        for (name, selector) in [
            ("cards", "[data-testid=card] a"),
            ("buttons of cards", "[data-testid=card] button"),
            ("chips", ".chip"),
            ("filters", ".filters__row :is(summary, button, input)"),
            ("shortcuts and ways", ".shortcuts a, .category__ways button"),
            ("the look", "[data-testid=look] :is(button, summary, a)"),
        ] {
            // After a key, what gets the focus shows its ring.
            browser.press("\u{e004}").await?;
            let script = CUT_OFF.replace("SELECTOR", &format!("{selector:?}"));
            let (seen, cut): (usize, Vec<Value>) = serde_json::from_value(browser.run(&script).await?)?;
            println!("{size}, {name}: {seen} have the focus");
            assert!(cut.is_empty(), "{size}, {name}: {cut:?}");
        }
        browser.run("document.querySelector('[data-testid=card] a').focus()").await?;
        record(&browser, &format!("a focused card {size}")).await?;
        browser.close().await?;
    }
    Ok(())
}
