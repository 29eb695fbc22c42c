//! Searches by the widget's methods and events.

use anyhow::{Context as _, Result};
use serde_json::json;
use stl_tests::{Browser, Recorder, picture_of, samples};

use crate::fixture::{WidgetFixture, confirm, event, ranks, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_but_the_loader_comes_before_the_first_use_and_then_the_worn_products() -> Result<()> {
    let fixture = WidgetFixture::new().await?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    fixture.open_page(&browser, "inline.html").await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let requested = |prefix: &str| -> Vec<String> {
        let requests = recorder.requests();
        let of_server = requests.iter().map(|request| request.uri.to_string());
        of_server.filter_map(|uri| Some(uri.strip_prefix(prefix)?.to_owned())).collect()
    };
    assert_eq!(requested(&fixture.server.origin), ["/widget.js"], "before the first use");

    let look = picture_of(samples()?.first().context("a sample look")?)?;
    browser.run(&format!("document.getElementById('first').search(new Blob([new Uint8Array({look:?})]))")).await?;
    event(&browser, "first", "stl-ready").await?;
    event(&browser, "first", "stl-segmented").await?;
    assert!(
        !requested(&fixture.server.origin).iter().any(|path| path.starts_with("/api/")),
        "nothing is sent before the visitor has seen it"
    );
    let segmented = confirm(&browser, "first").await?;
    let results = event(&browser, "first", "stl-results").await?;
    let ranks = ranks(&results, &fixture.worn);
    println!("ranks of the worn products: {ranks:?}; {segmented}");
    assert!(!ranks.is_empty() && ranks.iter().all(|rank| rank.is_some_and(|rank| rank <= 10)), "{ranks:?}");
    assert!(segmented["coverage"].as_f64().is_some_and(|coverage| coverage > 0.02), "{segmented}");
    let names: Vec<String> =
        serde_json::from_value(browser.run("return window.shop.events.map(event => event.name)").await?)?;
    assert_eq!(names, ["stl-ready", "stl-segmented", "stl-results"]);

    let shown = "const cards = tree.querySelectorAll('[data-testid=card]');
        const picture = cards[0]?.querySelector('img');
        const isDone = picture?.complete && picture.naturalWidth && !tree.querySelector('[aria-busy=true]');
        return isDone ? cards.length : null";
    let shown = browser
        .wait_for(&format!("const tree = document.getElementById('first').shadowRoot; {shown}"), "cards with pictures")
        .await?;
    // Ten of each row; everything for the upper body is one row.
    assert!(shown.as_u64().is_some_and(|cards| cards >= 30), "{shown} cards");

    let requests = recorder.requests();
    let mut files: Vec<String> = requested(&fixture.server.origin);
    files.retain(|path| !path.starts_with("/api/v1/images/"));
    println!("requested from the server: {files:#?}");
    for request in requests.iter().filter(|request| request.uri.host() == Some("127.0.0.1")) {
        let uri = request.uri.to_string();
        assert!(uri.starts_with(&fixture.server.origin) || uri.starts_with(&fixture.shop.origin), "{uri}");
        assert!(!request.headers.contains_key("cookie"), "{uri}");
        let search = uri.starts_with(&format!("{}/api/v1/search", fixture.server.origin));
        assert!(search || request.body.is_empty(), "{uri} has a body of {} bytes", request.body.len());
    }
    fixture.finish(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_of_the_page_is_searched_and_its_products_can_be_followed_or_kept() -> Result<()> {
    let fixture = WidgetFixture::new().await?;
    let browser = Browser::start(None).await?;
    fixture.open_page(&browser, "inline.html").await?;
    browser
        .run(
            "document.getElementById('first').searchFrom(document.getElementById('look'))
                .then(results => window.shop.answer = results.articles_scored);",
        )
        .await?;
    confirm(&browser, "first").await?;
    let results = event(&browser, "first", "stl-results").await?;
    assert!(ranks(&results, &fixture.worn).iter().any(Option::is_some), "a worn product was found");
    assert_eq!(
        browser.run("return window.shop.answer").await?,
        results["articles_scored"],
        "the promise has the same results"
    );
    browser.run("delete window.shop.answer").await?;

    // The shop's page cancels the event, so that the browser does not follow the link.
    let click =
        "window.addEventListener('click', event => window.shop.prevented = event.defaultPrevented, {once: true});
        tree.querySelectorAll('[data-testid=category]')[0].querySelectorAll('[data-testid=card] a')[1].click();
        return window.shop.prevented";
    assert_eq!(within(&browser, "first", click).await?, true);
    let clicked = event(&browser, "first", "stl-product-click").await?;
    let first = &results["categories"][0];
    assert_eq!((&clicked["position"], &clicked["category"]), (&json!(2), &first["category"]));
    assert_eq!(clicked["product"]["id"], first["cards"][1]["id"]);
    assert!(clicked["product"]["image_url"].as_str().is_some_and(|url| url.starts_with(&fixture.server.origin)));

    // "More like this" of one card, then that product itself.
    let more = "tree.querySelectorAll('[data-testid=more-like-this]')[1].click(); return location.href";
    let address = within(&browser, "first", more).await?;
    let similar = "return window.shop.events.find(event => event.detail.similar_to)?.detail.similar_to ?? null";
    assert_eq!(browser.wait_for(similar, "similar products").await?, first["cards"][1]["id"]);
    assert_eq!(browser.run("return location.href").await?, address, "the address of the page did not change");
    within(&browser, "first", "tree.querySelector('[data-testid=product-link]').click()").await?;
    let alone = "return window.shop.events.findLast(event => event.name === 'stl-product-click').detail";
    let alone = browser.run(alone).await?;
    assert_eq!((&alone["product"]["id"], alone.get("position")), (&first["cards"][1]["id"], None));
    within(&browser, "first", "tree.querySelector('[data-testid=back-to-results]').click()").await?;
    let back =
        "return document.getElementById('first').shadowRoot.querySelector('a[href=\"#trousers\"]') ? true : null";
    browser.wait_for(back, "the look's results").await?;

    let shortcut = "tree.querySelector('a[href=\"#trousers\"]').click(); return location.hash";
    assert_eq!(
        within(&browser, "first", shortcut).await?,
        "",
        "links within the widget leave the page's address alone"
    );

    // Another origin's picture, shown without CORS, cannot be read.
    let picture = first["cards"][0]["image_url"].as_str().context("a picture")?;
    let foreign = format!(
        "const image = new Image();
        image.src = '{picture}';
        document.getElementById('first').searchFrom(image).catch(error => window.shop.events.push(
            {{name: 'refused', id: 'first', composed: true, detail: {{code: error.code, message: error.message}}}}));"
    );
    browser.run(&foreign).await?;
    let refused = event(&browser, "first", "refused").await;
    // The event and the rejected promise have the same message; either may come first.
    let message = match refused {
        Ok(refused) => refused.to_string(),
        Err(error) => error.to_string(),
    };
    println!("{message}");
    for word in ["picture-not-readable", "Access-Control-Allow-Origin", "crossorigin", picture] {
        assert!(message.contains(word), "{message}");
    }
    fixture.finish(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_several_searches_at_once_gets_its_own_answer_or_is_told_that_it_was_replaced() -> Result<()> {
    let fixture = WidgetFixture::new().await?;
    let browser = Browser::start(None).await?;
    fixture.open_page(&browser, "inline.html").await?;
    let samples = samples()?;
    let other = samples.get(1).context("another sample look")?;
    let photo = picture_of(other)?;
    // Reading `slow` takes 1.5 seconds, and `torn` fails after 1.5 seconds. The page's own picture is read at once.
    let begin = "window.shop.settled = {};
        window.shop.note = (name, promise) => promise.then(
            results => { window.shop.settled[name] = {results}; },
            error => { window.shop.settled[name] = {name: error.name, code: error.code}; });
        window.shop.late = then => {
            const image = new Image();
            image.src = document.getElementById('look').src;
            image.decode = () => new Promise(done => setTimeout(done, 1500)).then(then);
            return image;
        };
        const widget = document.getElementById('first');
        window.shop.note('first', widget.searchFrom(document.getElementById('look')));";
    browser.run(begin).await?;
    event(&browser, "first", "stl-segmented").await?;

    // The results of the first search arrive while the picture of the next one is still being read.
    within(&browser, "first", "window.shop.note('slow', widget.searchFrom(window.shop.late(() => {})));").await?;
    within(&browser, "first", "tree.querySelector('[data-testid=send]').click()").await?;
    let first = event(&browser, "first", "stl-results").await?;
    assert!(ranks(&first, &fixture.worn).iter().any(Option::is_some), "products of the first look");
    let settled = "return Object.fromEntries(Object.entries(window.shop.settled)
        .map(([name, {results, ...error}]) => [name, results ? 'results' : error]))";
    let replaced = json!({ "name": "AbortError", "code": "replaced" });
    assert_eq!(
        browser.run(settled).await?,
        json!({ "first": replaced }),
        "`slow` does not get the results of another search"
    );

    // Then three at once; the last one is the fastest.
    browser.run("window.shop.events.length = 0").await?;
    let three = format!(
        "window.shop.note('torn', widget.searchFrom(window.shop.late(() => {{ throw new Error('torn') }})));
        window.shop.note('late', widget.searchFrom(window.shop.late(() => {{}})));
        window.shop.note('last', widget.search(new Blob([new Uint8Array({photo:?})])));
        return new Promise(done => setTimeout(done, 2500))"
    );
    within(&browser, "first", &three).await?;
    event(&browser, "first", "stl-segmented").await?;
    let expected = json!({ "first": replaced, "slow": replaced, "torn": replaced, "late": replaced });
    assert_eq!(browser.run(settled).await?, expected);
    confirm(&browser, "first").await?;
    let last =
        browser.wait_for("return window.shop.settled.last?.results ?? null", "the results of the last search").await?;
    let last = ranks(&last, &other.products);
    println!("ranks of the last look's products: {last:?}");
    assert!(last.iter().any(|rank| rank.is_some_and(|rank| rank <= 10)), "{last:?}");
    let failed = "return window.shop.events.filter(event => event.name === 'stl-error')";
    assert_eq!(browser.run(failed).await?, json!([]), "no search failed");

    // Removing the widget cancels its search.
    let out = "window.shop.note('removed', widget.searchFrom(document.getElementById('look')));
        widget.remove();
        return new Promise(done => setTimeout(done, 100))";
    within(&browser, "first", out).await?;
    let removed = browser.run("return window.shop.settled.removed").await?;
    assert_eq!(removed, json!({ "name": "AbortError", "code": "removed" }));
    fixture.finish(browser).await
}
