//! Results: filter them, find similar products and return, share a view, search again with a saved look.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use axum::http::Method;
use serde_json::Value;
use stl_tests::{Browser, Recorder, Server, ShownCategory};
use stl_types::wire::{paths, product_of_page};

/// Opens the page and searches with its first sample look.
async fn searched(browser: &Browser, server: &Server) -> Result<Vec<ShownCategory>> {
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    browser.run("document.querySelector('[data-testid=sample]').click()").await?;
    browser.results().await
}

/// Waits until a script returns a value and no search is running.
async fn settled(browser: &Browser, script: &str, what: &str) -> Result<Value> {
    let settled =
        format!("if (document.querySelector('[data-testid=progress], [aria-busy=true]')) return null; {script}");
    browser.wait_for(&settled, what).await
}

/// Requests to the server that have a body.
fn bodies(recorder: &Recorder) -> usize {
    let requests = recorder.requests();
    requests.iter().filter(|request| request.uri.host() == Some("127.0.0.1") && !request.body.is_empty()).count()
}

/// Responses of `/api/v1/products/{id}` for the first cards of all categories.
async fn products(browser: &Browser) -> Result<Vec<Value>> {
    let script = "const cards = [...document.querySelectorAll('[data-testid=card]')];
        const answers = cards.map(card => {
            const request = new XMLHttpRequest();
            request.open('GET', '/api/v1/products/' + encodeURIComponent(card.dataset.productId), false);
            request.send();
            return JSON.parse(request.responseText);
        });
        return answers;";
    Ok(serde_json::from_value(browser.run(script).await?)?)
}

fn ids(shown: &[ShownCategory]) -> Vec<&[String]> {
    shown.iter().map(|shown| &shown.products[..]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_narrow_the_cards_and_are_taken_back() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    let all = searched(&browser, &server).await?;
    let before = products(&browser).await?;
    assert!(
        before.iter().any(|product| product["availability"] != "in_stock"),
        "the demo has articles that are sold out"
    );

    // In stock: after the new search, other products are gone.
    browser.find("filter-in-stock").await?;
    browser.run("document.querySelector('[data-testid=filter-in-stock]').click()").await?;
    browser.find("filter-chip").await?;
    let in_stock = "const labels = [...document.querySelectorAll('[data-testid=card] .card__availability')];
        return labels.length && labels.every(label => label.matches('.card__availability--in-stock')) ? true : null";
    settled(&browser, in_stock, "only what is in stock").await?;
    assert!(products(&browser).await?.iter().all(|product| product["availability"] == "in_stock"));

    // Then also one brand.
    browser.find("filter-brand").await?;
    let choose = "const brand = document.querySelector('[data-testid=filter-brand]');
        brand.open = true;
        const box = brand.querySelector('[data-testid=filter-value]');
        box.click();
        return box.dataset.value";
    let brand = browser.run(choose).await?;
    let only = format!(
        "const brands = [...document.querySelectorAll('[data-testid=card] .card__brand')];
        return brands.length && brands.every(brand => brand.textContent === {brand}) ? true : null"
    );
    settled(&browser, &only, "only one brand").await?;
    let stays_open = "return document.querySelector('[data-testid=filter-brand]').open";
    assert_eq!(browser.run(stays_open).await?, true, "the open filter stays open");
    browser.run("document.querySelector('[data-testid=filter-brand]').open = false").await?;

    // A price below all others: no results, and a button to reset the filters.
    let type_price = "const field = document.querySelector('[data-testid=filter-price-max]');
        field.value = '0.01';
        field.dispatchEvent(new Event('input', {bubbles: true}));";
    browser.run(type_price).await?;
    let words = settled(
        &browser,
        "return document.querySelector('[data-testid=nothing]')?.textContent ?? null",
        "that nothing passes",
    )
    .await?;
    assert!(words.as_str().is_some_and(|words| words.contains("filters")), "{words}");
    let chips = browser.run("return document.querySelectorAll('[data-testid=filter-chip]').length").await?;
    assert_eq!(chips, 3);
    browser.run("document.querySelector('[data-testid=nothing] [data-testid=filters-clear]').click()").await?;
    settled(&browser, "return document.querySelector('[data-testid=card]') ? true : null", "the cards again").await?;
    assert_eq!(ids(&browser.results().await?), ids(&all), "without filters everything is as before");
    let field = browser.run("return document.querySelector('[data-testid=filter-price-max]').value").await?;
    assert_eq!(field, "", "the field is empty too");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_like_one_stays_in_its_category_and_the_way_back_sends_nothing() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    let all = searched(&browser, &server).await?;
    let chosen = all.first().and_then(|row| row.products.first()).context("a card")?.clone();
    // A row may be of several categories.
    let category = products(&browser).await?[0]["category"].clone();
    browser.run("document.querySelector('[data-testid=more-like-this]').click()").await?;
    let shown = settled(
        &browser,
        "return document.querySelector('[data-testid=category]')
            && document.querySelector('[data-testid=product]')?.dataset.productId || null",
        "the article and its similar ones",
    )
    .await?;
    assert_eq!(shown, Value::from(chosen.as_str()));
    let similar = browser.results().await?;
    assert_eq!(similar.len(), 1, "one category");
    assert_eq!(similar[0].category, category);
    assert!(!similar[0].products.is_empty() && !similar[0].products.contains(&chosen), "without the product itself");
    let described = "return [...document.querySelectorAll('script[type=\"application/ld+json\"]')]
        .map(script => JSON.parse(script.textContent)['@type']).sort()";
    assert_eq!(browser.run(described).await?, serde_json::json!(["ItemList", "Product"]));
    let address = browser.run("return location.pathname").await?;
    let (id, named) = (address.as_str().and_then(product_of_page), "return document.title");
    assert_eq!(id.as_ref(), Some(&chosen), "{address}");
    let title = browser.run("return document.querySelector('#product-heading').textContent").await?;
    assert_eq!(browser.run(named).await?, format!("{} – Shop the look", title.as_str().context("a title")?));

    let before = bodies(&recorder);
    browser.find("back-to-results").await?.click().await?;
    browser.find("receipt").await?;
    assert_eq!(ids(&browser.results().await?), ids(&all), "the former results");
    assert_eq!(browser.run("return location.pathname + location.search").await?, "/");
    assert_eq!(browser.run(named).await?, "Shop the look");

    // The browser's back and forward buttons do the same.
    browser.run("history.back()").await?;
    settled(&browser, "return document.querySelector('[data-testid=product]') ? true : null", "the article again")
        .await?;
    assert_eq!(ids(&browser.results().await?), ids(&similar));
    browser.run("history.forward()").await?;
    browser.find("receipt").await?;
    assert_eq!(ids(&browser.results().await?), ids(&all));
    assert_eq!(bodies(&recorder), before, "going back sends no picture");
    let similar_searches = recorder.requests().into_iter().filter(|request| {
        request.uri.path().ends_with(paths::SIMILAR) && request.method == Method::GET && request.body.is_empty()
    });
    assert_eq!(similar_searches.count(), 2, "the server has the product's picture: only its id is sent");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_to_an_article_shows_it_and_its_similar_ones() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    let all = searched(&browser, &server).await?;
    let category = products(&browser).await?[0]["category"].clone();
    let id = all[0].products[0].clone();
    let link = format!("return '{}/?product=' + encodeURIComponent({})", server.origin, Value::from(id.as_str()));
    let link = browser.run(&link).await?;
    browser.open(link.as_str().context("a link")?).await?;
    let similar = browser.results().await?;
    assert_eq!(similar.len(), 1);
    assert_eq!(similar[0].category, category);
    let shown = browser.run("return document.querySelector('[data-testid=product]').dataset.productId").await?;
    assert_eq!(shown, Value::from(id.as_str()));
    browser.picture("product-picture").await?;
    let back = "return document.querySelector('[data-testid=back-to-results]')";
    assert!(browser.run(back).await?.is_null(), "there is no search to go back to");

    // If the device cannot share, the link is copied to the clipboard.
    let copies = "window.copied = [];
        Object.defineProperty(navigator, 'share', {value: undefined, configurable: true});
        Object.defineProperty(navigator, 'clipboard',
            {value: {writeText: async text => { window.copied.push(text); }}, configurable: true});";
    browser.run(copies).await?;
    browser.find("share-product").await?.click().await?;
    let copied = browser.wait_for("return window.copied[0] ?? null", "a copied link").await?;
    let copied = copied.as_str().context("a link")?;
    let path = copied.strip_prefix(&server.origin).context("a link to this server")?;
    assert_eq!(product_of_page(path).as_ref(), Some(&id), "{copied}");
    browser.open(copied).await?;
    assert_eq!(ids(&browser.results().await?), ids(&similar), "the copied link shows the same");

    browser.open(&format!("{}/?product=there-is-no-such-article", server.origin)).await?;
    let (code, words) = browser.error().await?;
    assert_eq!(code, "gone", "{words}");
    browser.find("sample").await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_category_that_the_picture_told_is_called_so() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    // All of the demo's products have a category in their feed. So the test changes the response.
    let mark = "const ask = window.fetch;
        window.fetch = async (url, options) => {
            const response = await ask(url, options);
            if (!String(url).includes('/api/v1/search')) return response;
            const answer = await response.json();
            answer.categories[0].cards[0].category_predicted = true;
            return new Response(JSON.stringify(answer), {status: response.status, headers: response.headers});
        };";
    browser.run(mark).await?;
    browser.run("document.querySelector('[data-testid=sample]').click()").await?;
    browser.results().await?;
    let category = products(&browser).await?[0]["category"].as_str().context("a category")?.to_owned();
    browser.run("document.querySelectorAll('[data-testid=more-like-this]')[0].click()").await?;
    let note = browser.find("category-predicted").await?.text().await?;
    assert!(note.to_lowercase().contains(&category), "{note:?} names {category}");
    browser.find("back-to-results").await?.click().await?;
    browser.find("receipt").await?;
    browser.run("document.querySelectorAll('[data-testid=more-like-this]')[1].click()").await?;
    browser.find("product-picture").await?;
    let none = browser.run("return document.querySelector('[data-testid=category-predicted]')").await?;
    assert!(none.is_null(), "a category from the feed is not marked");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looks_are_kept_on_the_device_until_they_are_cleared() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    let all = searched(&browser, &server).await?;
    let sent = browser.picture("cutout").await?;
    browser.wait_for(&kept(1), "that one look is kept").await?;

    // After a reload the look is still saved. It is shown before it is sent again.
    let before = bodies(&recorder);
    browser.open(&server.origin).await?;
    browser.find("history-look").await?.click().await?;
    browser.find("send").await?;
    assert_eq!(bodies(&recorder), before, "nothing is sent before the visitor has seen it");
    assert!(browser.picture("cutout").await? == sent, "the bytes that were sent");
    let gone = "return document.querySelector('[data-testid=photo], [data-testid=hide-person], [data-testid=mend], [data-garment=part]')";
    assert!(browser.run(gone).await?.is_null(), "actions that need the photo are not offered");
    assert_eq!(ids(&browser.results().await?), ids(&all), "the same cutout finds the same products");
    browser.wait_for(&kept(1), "still one look").await?;

    // Save a second look, then delete one, then all.
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    browser.run("document.querySelectorAll('[data-testid=sample]')[1].click()").await?;
    browser.results().await?;
    browser.wait_for(&kept(2), "that two looks are kept").await?;
    browser.open(&server.origin).await?;
    browser.find("history-remove").await?.click().await?;
    browser.wait_for(&kept(1), "that one was forgotten").await?;
    browser.find("history-clear").await?.click().await?;
    browser.wait_for(&kept(0), "that all were forgotten").await?;
    assert!(browser.run("return document.querySelector('[data-testid=history-look]')").await?.is_null());

    // If saving is off, nothing is stored.
    browser.find("history-keep").await?;
    browser.run("document.querySelector('[data-testid=history-keep]').click()").await?;
    searched(&browser, &server).await?;
    browser.open(&server.origin).await?;
    browser.find("history").await?;
    browser.wait_for(&kept(0), "that nothing is kept").await?;
    let is_on = browser.run("return document.querySelector('[data-testid=history-keep]').checked").await?;
    assert_eq!(is_on, false, "the setting is stored");
    let addresses: BTreeSet<String> = recorder.requests().iter().map(|request| request.uri.path().to_owned()).collect();
    assert!(!addresses.iter().any(|path| path.contains("kept-looks")), "no request mentions saved looks");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_is_being_written_when_keeping_is_switched_off_is_not_kept() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    // The test decides when the page's storage opens.
    let hold = "window.open = new Promise(release => { window.release = release; });
        window.waiting = 0;
        const open = CacheStorage.prototype.open;
        CacheStorage.prototype.open = async function (name) {
            window.waiting += 1;
            await window.open;
            return open.call(this, name);
        };";
    browser.run(hold).await?;
    browser.run("document.querySelector('[data-testid=sample]').click()").await?;
    browser.results().await?;
    browser.wait_for("return window.waiting || null", "that the look is being written").await?;
    browser.run("document.querySelector('header button').click()").await?;
    browser.find("history-keep").await?;
    browser.run("document.querySelector('[data-testid=history-keep]').click()").await?;
    let forgotten = "return caches.delete('shop-the-look.looks').then(() => true)";
    browser.run(forgotten).await?;
    browser.run("window.release()").await?;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    browser.open(&server.origin).await?;
    browser.find("history").await?;
    browser.wait_for(&kept(0), "that nothing is kept").await?;
    browser.close().await
}

/// Waits for a number of entries in the browser's storage. Each call starts a count and reads the result of the previous one.
fn kept(count: usize) -> String {
    format!(
        "caches.open('shop-the-look.looks').then(cache => cache.keys()).then(keys => {{ window.kept = keys.length; }});
        return window.kept === {count} ? true : null"
    )
}
