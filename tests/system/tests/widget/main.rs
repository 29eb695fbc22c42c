//! The widget in a shop's page of another origin, under the policy that `docs/widget.md` asks for.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, Recorder, Server, Shop, root};
use stl_types::wire::SampleLook;

/// The loader's most bytes as they travel.
const MOST_LOADER_BYTES: u64 = 10 * 1024;

/// Rounds of putting a widget in and taking it out.
const ROUNDS: usize = 50;

/// Rounds with a whole search in each.
const SEARCHING_ROUNDS: usize = 5;

/// A server and a shop that it knows, each on a port of its own.
struct Street {
    server: Server,
    shop: Shop,
    /// Products worn in the shop's picture, category → id.
    worn: BTreeMap<String, String>,
}

impl Street {
    async fn new() -> Result<Self> {
        Self::with(|shop| vec![shop.to_owned()]).await
    }

    /// With the origins that the server allows, given the shop's.
    async fn with(allowed: impl Fn(&str) -> Vec<String>) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let server = Server::start_for(&allowed(&format!("http://{}", listener.local_addr()?)))?;
        let dist = root().join("dist");
        let samples: Vec<SampleLook> = serde_json::from_slice(&std::fs::read(dist.join("samples/samples.json"))?)?;
        let sample = samples.into_iter().next().context("a sample look")?;
        let look = std::fs::read(dist.join(sample.image.trim_start_matches('/')))?;
        Ok(Self { shop: Shop::start(listener, &server.origin, look).await?, server, worn: sample.products })
    }

    /// Opens one of the shop's pages, and waits for its widgets.
    async fn enter(&self, browser: &Browser, page: &str) -> Result<()> {
        browser.open(&format!("{}/{page}", self.shop.origin)).await?;
        browser.wait_for("return customElements.get('shop-the-look') ? true : null", "the element").await?;
        browser
            .wait_for(
                "const look = document.querySelector('#look'); return look.complete || null",
                "the shop's picture",
            )
            .await?;
        Ok(())
    }

    /// Ends a test: whatever happened in the page, its policy was never in the way, and nothing was left behind.
    async fn leave(self, browser: Browser) -> Result<()> {
        let script = "return (async () => {
            const left = Object.getOwnPropertyNames(window)
                .filter(name => !window.shop.globals.includes(name) && !/cdc_|^ret_nodes$/.test(name));
            return {violations: window.shop.violations, left, cookie: document.cookie,
                stored: localStorage.length + sessionStorage.length + (await caches.keys()).length
                    + (await indexedDB.databases()).length
                    + (await navigator.serviceWorker.getRegistrations()).length,
                styles: document.styleSheets.length + document.adoptedStyleSheets.length};
            })()";
        let page = browser.run(script).await?;
        let clean = json!({ "violations": [], "left": [], "cookie": "", "stored": 0, "styles": 1 });
        assert_eq!(page, clean, "what the widget did to the page");
        browser.close().await
    }
}

/// Waits for an event of the widget `id`, and returns its detail.
async fn event(browser: &Browser, id: &str, name: &str) -> Result<Value> {
    let script = format!(
        "const found = window.shop.events.filter(event => event.id === '{id}');
        return found.find(event => event.name === '{name}') ?? found.find(event => event.name === 'stl-error') ?? null"
    );
    let event = browser.wait_for(&script, name).await?;
    anyhow::ensure!(event["name"] == name, "expected {name}, got {event}");
    anyhow::ensure!(event["composed"] == true, "{name} crosses shadow trees");
    Ok(event["detail"].clone())
}

/// Waits until the widget `id` shows what would be sent, and agrees.
async fn agree(browser: &Browser, id: &str) -> Result<Value> {
    let segmented = event(browser, id, "stl-segmented").await?;
    let script = format!(
        "const send = document.getElementById('{id}').shadowRoot.querySelector('[data-testid=send]');
        if (!send || send.disabled) return null;
        send.click();
        return true"
    );
    browser.wait_for(&script, "what would be sent").await?;
    Ok(segmented)
}

/// Runs a script with `widget` and its shadow `tree`.
async fn within(browser: &Browser, id: &str, script: &str) -> Result<Value> {
    let with = format!("const widget = document.getElementById('{id}'); const tree = widget.shadowRoot; {script}");
    browser.run(&with).await
}

/// Presses and releases a key, wherever the focus is.
async fn press(browser: &Browser, key: &str, code: u32, text: &str) -> Result<()> {
    for kind in ["keyDown", "keyUp"] {
        let mut event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
        if kind == "keyDown" && !text.is_empty() {
            event["text"] = text.into();
        }
        browser.devtools("Input.dispatchKeyEvent", event).await?;
    }
    Ok(())
}

/// Where, in the answer, each worn product stands in its category, from 1.
fn ranks(results: &Value, worn: &BTreeMap<String, String>) -> Vec<Option<usize>> {
    let rank = |category: &str, id: &str| {
        let categories = results["categories"].as_array()?;
        let found = categories.iter().find(|found| found["category"] == category)?;
        Some(found["cards"].as_array()?.iter().position(|card| card["id"] == id)? + 1)
    };
    worn.iter().map(|(category, id)| rank(category, id)).collect()
}

#[test]
fn the_loader_is_small() -> Result<()> {
    let bytes = std::fs::metadata(root().join("dist/widget.js.br"))?.len();
    println!("the loader travels in {bytes} bytes");
    assert!(bytes <= MOST_LOADER_BYTES, "{bytes} bytes");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_but_the_loader_comes_before_the_first_use_and_then_the_worn_products() -> Result<()> {
    let street = Street::new().await?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    street.enter(&browser, "inline.html").await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let asked = |prefix: &str| -> Vec<String> {
        let requests = recorder.requests();
        let of_server = requests.iter().map(|request| request.uri.to_string());
        of_server.filter_map(|uri| Some(uri.strip_prefix(prefix)?.to_owned())).collect()
    };
    assert_eq!(asked(&street.server.origin), ["/widget.js"], "before the first use");

    let look = std::fs::read(root().join("dist").join(sample_path()?))?;
    browser.run(&format!("document.getElementById('first').search(new Blob([new Uint8Array({look:?})]))")).await?;
    event(&browser, "first", "stl-ready").await?;
    event(&browser, "first", "stl-segmented").await?;
    assert!(
        !asked(&street.server.origin).iter().any(|path| path.starts_with("/api/")),
        "nothing is sent before it is seen"
    );
    let segmented = agree(&browser, "first").await?;
    let results = event(&browser, "first", "stl-results").await?;
    let ranks = ranks(&results, &street.worn);
    println!("worn products stand at {ranks:?} of their categories; {segmented}");
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
    assert!(shown.as_u64().is_some_and(|cards| cards >= 40), "{shown} cards");

    let requests = recorder.requests();
    let mut files: Vec<String> = asked(&street.server.origin);
    files.retain(|path| !path.starts_with("/api/v1/images/"));
    println!("asked of the server: {files:#?}");
    for request in requests.iter().filter(|request| request.uri.host() == Some("127.0.0.1")) {
        let uri = request.uri.to_string();
        assert!(uri.starts_with(&street.server.origin) || uri.starts_with(&street.shop.origin), "{uri}");
        assert!(!request.headers.contains_key("cookie"), "{uri}");
        let search = uri.starts_with(&format!("{}/api/v1/search", street.server.origin));
        assert!(search || request.body.is_empty(), "{uri} carries {} bytes", request.body.len());
    }
    street.leave(browser).await
}

fn sample_path() -> Result<String> {
    let list = std::fs::read(root().join("dist/samples/samples.json"))?;
    let samples: Vec<SampleLook> = serde_json::from_slice(&list)?;
    Ok(samples.first().context("a sample look")?.image.trim_start_matches('/').to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_of_the_page_is_searched_and_its_products_can_be_followed_or_kept() -> Result<()> {
    let street = Street::new().await?;
    let browser = Browser::start(None).await?;
    street.enter(&browser, "inline.html").await?;
    browser
        .run(
            "document.getElementById('first').searchFrom(document.getElementById('look'))
                .then(results => window.shop.answer = results.articles_scored);",
        )
        .await?;
    agree(&browser, "first").await?;
    let results = event(&browser, "first", "stl-results").await?;
    assert!(ranks(&results, &street.worn).iter().any(Option::is_some), "a worn product was found");
    assert_eq!(
        browser.run("return window.shop.answer").await?,
        results["articles_scored"],
        "the promise brings them, too"
    );
    browser.run("delete window.shop.answer").await?;

    // The page cancels the event (tests/src/shop.rs), so that the browser does not follow the link.
    let click =
        "window.addEventListener('click', event => window.shop.prevented = event.defaultPrevented, {once: true});
        tree.querySelectorAll('[data-testid=category]')[0].querySelectorAll('[data-testid=card] a')[1].click();
        return window.shop.prevented";
    assert_eq!(within(&browser, "first", click).await?, true);
    let clicked = event(&browser, "first", "stl-product-click").await?;
    let first = &results["categories"][0];
    assert_eq!((&clicked["position"], &clicked["category"]), (&json!(2), &first["category"]));
    assert_eq!(clicked["product"]["id"], first["cards"][1]["id"]);
    assert!(clicked["product"]["image_url"].as_str().is_some_and(|url| url.starts_with(&street.server.origin)));

    // More like one of the cards, then that article itself.
    let more = "tree.querySelectorAll('[data-testid=more-like-this]')[1].click(); return location.href";
    let address = within(&browser, "first", more).await?;
    let similar = "return window.shop.events.find(event => event.detail.similar_to)?.detail.similar_to ?? null";
    assert_eq!(browser.wait_for(similar, "similar articles").await?, first["cards"][1]["id"]);
    assert_eq!(browser.run("return location.href").await?, address, "the page's address is the shop's");
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
    // Whichever of the two comes first, both say the same.
    let message = match refused {
        Ok(refused) => refused.to_string(),
        Err(error) => error.to_string(),
    };
    println!("{message}");
    for word in ["picture-not-readable", "Access-Control-Allow-Origin", "crossorigin", picture] {
        assert!(message.contains(word), "{message}");
    }
    street.leave(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_several_searches_at_once_gets_its_own_answer_or_is_told_that_it_was_replaced() -> Result<()> {
    let street = Street::new().await?;
    let browser = Browser::start(None).await?;
    street.enter(&browser, "inline.html").await?;
    let samples: Vec<SampleLook> = serde_json::from_slice(&std::fs::read(root().join("dist/samples/samples.json"))?)?;
    let other = samples.get(1).context("another sample look")?;
    let photo = std::fs::read(root().join("dist").join(other.image.trim_start_matches('/')))?;
    // `slow` is read within a second and a half, and `torn` fails as late; the page's own picture is read at once.
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

    // The first one's results come while the next one's picture is still being read.
    within(&browser, "first", "window.shop.note('slow', widget.searchFrom(window.shop.late(() => {})));").await?;
    within(&browser, "first", "tree.querySelector('[data-testid=send]').click()").await?;
    let first = event(&browser, "first", "stl-results").await?;
    assert!(ranks(&first, &street.worn).iter().any(Option::is_some), "the first look's pieces");
    let settled = "return Object.fromEntries(Object.entries(window.shop.settled)
        .map(([name, {results, ...error}]) => [name, results ? 'results' : error]))";
    let replaced = json!({ "name": "AbortError", "code": "replaced" });
    assert_eq!(browser.run(settled).await?, json!({ "first": replaced }), "another's results are not `slow`'s");

    // Then three at once, the last of which is the quickest.
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
    agree(&browser, "first").await?;
    let last = browser.wait_for("return window.shop.settled.last?.results ?? null", "the last one's answer").await?;
    let last = ranks(&last, &other.products);
    println!("the last look's pieces stand at {last:?} of their categories");
    assert!(last.iter().any(|rank| rank.is_some_and(|rank| rank <= 10)), "{last:?}");
    let failed = "return window.shop.events.filter(event => event.name === 'stl-error')";
    assert_eq!(browser.run(failed).await?, json!([]), "no search failed");

    // Taken out, a search is given up, too.
    let out = "window.shop.note('removed', widget.searchFrom(document.getElementById('look')));
        widget.remove();
        return new Promise(done => setTimeout(done, 100))";
    within(&browser, "first", out).await?;
    let removed = browser.run("return window.shop.settled.removed").await?;
    assert_eq!(removed, json!({ "name": "AbortError", "code": "removed" }));
    street.leave(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shop_themes_the_widget_and_its_style_sheet_does_nothing_else() -> Result<()> {
    let street = Street::new().await?;
    let browser = Browser::start(None).await?;
    street.enter(&browser, "inline.html").await?;
    let style = |selector: &str, properties: &[&str]| {
        format!(
            "const style = getComputedStyle(tree.querySelector('{selector}'));
            return {properties:?}.map(property => style[property])"
        )
    };
    let accent = "rgb(0, 128, 106)";
    let start =
        within(&browser, "first", &style(".stl-button", &["backgroundColor", "borderRadius", "fontSize"])).await?;
    assert_eq!(start, json!([accent, "999px", "16px"]));
    browser.run("document.getElementById('first').searchFrom(document.getElementById('look'))").await?;
    agree(&browser, "first").await?;
    event(&browser, "first", "stl-results").await?;
    let inherited = ["color", "letterSpacing", "textTransform", "textAlign", "fontSize"];
    let root = within(&browser, "first", &style(".root", &inherited)).await?;
    assert_eq!(root, json!(["rgb(23, 24, 27)", "normal", "none", "start", "16px"]));
    let button = within(&browser, "first", &style("[data-testid=try-another]", &["color", "borderRadius"])).await?;
    assert_eq!(button, json!([accent, "999px"]));
    let title = within(&browser, "first", &style(".card__title", &["textDecorationLine", "fontSize"])).await?;
    assert_eq!(title, json!(["underline", "15px"]), "::part reaches it");
    let height = within(&browser, "first", "return tree.querySelector('.root').getBoundingClientRect().width").await?;
    assert!(height.as_f64().is_some_and(|width| width > 600.0), "{height}");
    let heading = browser.run("return getComputedStyle(document.querySelector('h1')).fontSize").await?;
    assert_eq!(heading, "40px", "the shop's own heading stays the shop's");

    // Where little motion is preferred, every change takes a frame.
    for (change, paper) in [
        ("widget.theme = 'dark'", json!(["rgb(18, 19, 22)", "dark"])),
        ("widget.setAttribute('theme', 'light')", json!(["rgb(246, 246, 244)", "light"])),
    ] {
        within(&browser, "first", change).await?;
        let shown = format!(
            "const style = getComputedStyle(document.getElementById('first').shadowRoot.querySelector('.root'));
            return JSON.stringify([style.backgroundColor, style.colorScheme]) === '{paper}' || null"
        );
        browser.wait_for(&shown, &format!("{paper} after {change}")).await?;
    }
    street.leave(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_widgets_share_one_program_and_each_has_its_own_wishes() -> Result<()> {
    let street = Street::new().await?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    street.enter(&browser, "two.html").await?;
    browser
        .run("for (const id of ['first', 'second']) document.getElementById(id).searchFrom(document.getElementById('look'))")
        .await?;
    agree(&browser, "first").await?;
    agree(&browser, "second").await?;
    let first = event(&browser, "first", "stl-results").await?;
    let second = event(&browser, "second", "stl-results").await?;
    assert_eq!(first["categories"].as_array().map(Vec::len), Some(8));
    let mut found = Vec::new();
    for category in second["categories"].as_array().context("categories")? {
        let cards = category["cards"].as_array().context("cards")?;
        assert!(cards.len() <= 3, "{} cards", cards.len());
        found.push(category["category"].as_str().context("a name")?.to_owned());
    }
    found.sort();
    assert_eq!(found, ["skirts", "trousers"]);
    let scored = |results: &Value| results["articles_scored"].as_u64().context("articles");
    assert!(scored(&second)? * 2 < scored(&first)?, "only these categories are searched");
    let asked = |query: &str| recorder.requests().iter().any(|request| request.uri.query() == Some(query));
    assert!(asked("category=skirts&category=trousers&limit=3"), "the server is asked for just these");
    let count = |end: &str| recorder.requests().iter().filter(|request| request.uri.path().ends_with(end)).count();
    assert_eq!((count("widget.json"), count("_bg.wasm")), (1, 1));
    let words =
        "return [tree.querySelector('.root').lang, tree.querySelector('[data-testid=try-another]').textContent]";
    assert_eq!(within(&browser, "first", words).await?[0], "en");
    let [first, second] = [within(&browser, "first", words).await?, within(&browser, "second", words).await?];
    assert_eq!(second[0], "fr");
    assert_ne!(first[1], second[1], "each speaks its own language");
    assert_eq!(browser.run("return document.documentElement.lang").await?, "en", "the shop's page keeps its own");
    street.leave(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialog_opens_by_its_button_closes_by_escape_and_gives_the_focus_back() -> Result<()> {
    let street = Street::new().await?;
    let browser = Browser::start(None).await?;
    street.enter(&browser, "dialog.html").await?;
    let label = "return tree.querySelector('slot').assignedNodes()[0].textContent";
    assert_eq!(within(&browser, "first", label).await?, "Find it in a photo");
    within(&browser, "first", "tree.querySelector('[part=trigger]').focus()").await?;
    press(&browser, "Enter", 13, "\r").await?;
    event(&browser, "first", "stl-ready").await?;
    let inside = "const dialog = tree.querySelector('dialog');
        return [dialog.open, dialog.contains(tree.activeElement), !!tree.querySelector('[data-testid=drop-zone]')]";
    assert_eq!(within(&browser, "first", inside).await?, json!([true, true, true]));
    press(&browser, "Escape", 27, "").await?;
    let outside = "return [tree.querySelector('dialog').open, tree.activeElement.part.value]";
    assert_eq!(within(&browser, "first", outside).await?, json!([false, "trigger"]));
    // Once more by program; what was loaded is still there.
    within(&browser, "first", "widget.open()").await?;
    assert_eq!(within(&browser, "first", inside).await?, json!([true, true, true]));
    within(&browser, "first", "widget.close()").await?;
    assert_eq!(within(&browser, "first", outside).await?, json!([false, "trigger"]));
    street.leave(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_consent_nothing_is_loaded_and_a_search_waits_for_it() -> Result<()> {
    let street = Street::new().await?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    street.enter(&browser, "asking.html").await?;
    browser.run("document.getElementById('first').searchFrom(document.getElementById('look'))").await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let files = || -> Vec<String> {
        let requests = recorder.requests();
        let of_server = requests.iter().filter(|request| request.uri.to_string().starts_with(&street.server.origin));
        of_server.map(|request| request.uri.path().to_owned()).collect()
    };
    assert_eq!(files(), ["/widget.js"]);
    let text = within(&browser, "first", "return tree.querySelector('[part=start]').textContent").await?;
    assert!(text.as_str().is_some_and(|text| text.contains("127.0.0.1")), "{text} names the server");
    within(&browser, "first", "tree.querySelector('[part=start-button]').click()").await?;
    agree(&browser, "first").await?;
    let results = event(&browser, "first", "stl-results").await?;
    assert!(ranks(&results, &street.worn).iter().any(Option::is_some));
    let names = browser.run("return window.shop.events.map(event => event.name)").await?;
    assert_eq!(names, json!(["stl-consent", "stl-ready", "stl-segmented", "stl-results"]));
    street.leave(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_not_allowed_is_told_so() -> Result<()> {
    let street = Street::with(|_| vec!["https://another.example".to_owned()]).await?;
    let browser = Browser::start(None).await?;
    street.enter(&browser, "inline.html").await?;
    browser
        .run("document.getElementById('first').open().catch(error => window.shop.events.push({name: 'rejected', code: error.code}))")
        .await?;
    let failed = browser
        .wait_for("return window.shop.events.find(event => event.name === 'stl-error')?.detail ?? null", "stl-error")
        .await?;
    println!("{failed}");
    assert_eq!(failed["code"], "origin-not-allowed");
    assert!(
        failed["next"].as_str().is_some_and(|next| next.contains(&format!("--allow-origin {}", street.shop.origin)))
    );
    let shown = within(&browser, "first", "return tree.querySelector('[role=status]').textContent").await?;
    assert!(shown.as_str().is_some_and(|shown| shown.contains("not set up for this page")), "{shown}");
    let rejected = browser.run("return window.shop.events.find(event => event.name === 'rejected').code").await?;
    assert_eq!(rejected, "origin-not-allowed");
    street.leave(browser).await
}

/// What the page holds after a collection of garbage.
#[derive(Debug)]
struct Held {
    nodes: i64,
    listeners: i64,
    heap_kb: i64,
    wasm_kb: i64,
}

impl Held {
    async fn now(browser: &Browser, module: &str) -> Result<Self> {
        for _ in 0..3 {
            browser.devtools("HeapProfiler.collectGarbage", json!({})).await?;
        }
        let counters = browser.devtools("Memory.getDOMCounters", json!({})).await?;
        browser
            .run(&format!(
                "import('{module}').then(async program => window.shop.memory = (await program.default()).memory.buffer.byteLength)"
            ))
            .await?;
        let memory = browser
            .wait_for(
                "return window.shop.memory ? [window.shop.memory, performance.memory.usedJSHeapSize] : null",
                "memory",
            )
            .await?;
        let number = |value: &Value| value.as_i64().context("a number");
        Ok(Self {
            nodes: number(&counters["nodes"])?,
            listeners: number(&counters["jsEventListeners"])?,
            heap_kb: number(&memory[1])? / 1024,
            wasm_kb: number(&memory[0])? / 1024,
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_widget_that_is_put_in_and_taken_out_leaves_nothing_behind() -> Result<()> {
    let street = Street::new().await?;
    let browser = Browser::with_args(vec!["--enable-precise-memory-info".to_owned()]).await?;
    street.enter(&browser, "empty.html").await?;
    let files: Value = serde_json::from_slice(&std::fs::read(root().join("dist/widget.json"))?)?;
    let module = format!("{}{}", street.server.origin, files["module"].as_str().context("a module")?);
    // Workers are no garbage that is collected: each has to be ended.
    browser
        .run(
            "window.shop.workers = 0;
            window.Worker = class extends Worker {
                constructor(...all) { super(...all); window.shop.workers += 1; }
                terminate() { super.terminate(); window.shop.workers -= 1; }
            };",
        )
        .await?;
    let rounds = |rounds: usize, searches: bool| {
        let browser = &browser;
        async move {
            let script = format!(
                "window.shop.done = null;
                (async () => {{
                    for (let round = 0; round < {rounds}; round += 1) {{
                        const widget = document.createElement('shop-the-look');
                        widget.consent = 'given';
                        document.querySelector('main').append(widget);
                        if ({searches}) {{
                            const found = widget.searchFrom(document.getElementById('look'));
                            const send = () => widget.shadowRoot.querySelector('[data-testid=send]')?.click();
                            const sending = setInterval(send, 50);
                            await found.finally(() => clearInterval(sending));
                            const isComing = () => widget.shadowRoot.querySelector('[aria-busy=true]');
                            do await new Promise(resolve => setTimeout(resolve, 20)); while (isComing());
                        }} else await widget.open();
                        await new Promise(resolve => setTimeout(resolve, 20));
                        widget.remove();
                        window.shop.events.length = 0;
                        await new Promise(resolve => setTimeout(resolve, 20));
                    }}
                    window.shop.done = true;
                }})().catch(error => window.shop.done = String(error));"
            );
            browser.run(&script).await?;
            let done = browser.wait_for("return window.shop.done", "the rounds' end").await?;
            anyhow::ensure!(done == true, "{done}");
            Ok(())
        }
    };
    // The first ones load the program, and fill the caches that it keeps.
    rounds(10, false).await?;
    rounds(2, true).await?;
    let before = Held::now(&browser, &module).await?;
    rounds(ROUNDS, false).await?;
    let after = Held::now(&browser, &module).await?;
    println!("before {before:?}, after {ROUNDS} rounds {after:?}");
    rounds(SEARCHING_ROUNDS, true).await?;
    let searched = Held::now(&browser, &module).await?;
    println!("after {SEARCHING_ROUNDS} more with a search each {searched:?}");
    assert_eq!(browser.run("return window.shop.workers").await?, 0, "workers");
    // A widget has more than a hundred nodes and twenty listeners.
    for after in [after, searched] {
        assert!(after.nodes - before.nodes < 50, "DOM nodes");
        assert!(after.listeners - before.listeners < 20, "listeners");
        assert!(after.wasm_kb - before.wasm_kb <= 256, "the program's memory");
        assert!(after.heap_kb - before.heap_kb < 1024, "the page's memory");
    }
    street.leave(browser).await
}
