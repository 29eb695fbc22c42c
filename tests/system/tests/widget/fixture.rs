//! A server, a shop's page with the widget, and how tests operate them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, Recorder, Server, Shop, picture_of, samples};

/// A server and a shop whose origin it allows, each on its own port.
pub(crate) struct WidgetFixture {
    pub(crate) server: Server,
    pub(crate) shop: Shop,
    /// Products that the person in the shop's picture wears, category → id.
    pub(crate) worn: BTreeMap<String, String>,
}

impl WidgetFixture {
    pub(crate) async fn new() -> Result<Self> {
        Self::with_origins(|shop| vec![shop.to_owned()]).await
    }

    /// `allowed` maps the shop's origin to the origins that the server allows.
    pub(crate) async fn with_origins(allowed: impl Fn(&str) -> Vec<String>) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let server = Server::start_for(&allowed(&format!("http://{}", listener.local_addr()?)))?;
        Self::of(listener, server).await
    }

    /// A server with a catalogue of its own.
    pub(crate) async fn with_catalogue(catalogue: &str) -> Result<Self> {
        Self::with_catalogue_and(catalogue, &[]).await
    }

    /// The same with further flags of `serve`.
    pub(crate) async fn with_catalogue_and(catalogue: &str, flags: &[&str]) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let server = Server::start_with(&[&["--catalogue", catalogue, "--allow-origin", &origin], flags].concat())?;
        Self::of(listener, server).await
    }

    async fn of(listener: tokio::net::TcpListener, server: Server) -> Result<Self> {
        let sample = samples()?.into_iter().next().context("a sample look")?;
        let look = picture_of(&sample)?;
        Ok(Self { shop: Shop::start(listener, &server.origin, look).await?, server, worn: sample.products })
    }

    /// Fails if the server was asked for anything but the loader, pictures, and paths that end with `answer`: an element of a product's page
    /// needs no program.
    pub(crate) fn needs_only(&self, recorder: &Recorder, answer: &str) {
        let requests = recorder.requests();
        let paths = requests.iter().filter(|request| request.uri.to_string().starts_with(&self.server.origin));
        let others: Vec<&str> = paths
            .map(|request| request.uri.path())
            .filter(|path| *path != "/widget.js" && !path.ends_with(answer) && !path.starts_with("/api/v1/images/"))
            .collect();
        assert_eq!(others, Vec::<&str>::new());
    }

    /// Opens one of the shop's pages and waits for its widgets.
    pub(crate) async fn open_page(&self, browser: &Browser, page: &str) -> Result<()> {
        browser.open(&format!("{}/{page}", self.shop.origin)).await?;
        browser.wait_for("return customElements.get('shop-the-look-outfit') ? true : null", "the elements").await?;
        browser
            .wait_for(
                "const look = document.querySelector('#look'); return look.complete || null",
                "the shop's picture",
            )
            .await?;
        Ok(())
    }

    /// Ends a test. Asserts that the page's policy blocked nothing and that the widget left nothing behind.
    pub(crate) async fn finish(self, browser: Browser) -> Result<()> {
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
        assert_eq!(page, clean, "what the widget left in the page");
        browser.close().await
    }
}

/// Waits for an event of the widget `id` and returns its detail.
pub(crate) async fn event(browser: &Browser, id: &str, name: &str) -> Result<Value> {
    let script = format!(
        "const found = window.shop.events.filter(event => event.id === '{id}');
        return found.find(event => event.name === '{name}') ?? found.find(event => event.name === 'stl-error') ?? null"
    );
    let event = browser.wait_for(&script, name).await?;
    anyhow::ensure!(event["name"] == name, "expected {name}, got {event}");
    anyhow::ensure!(event["composed"] == true, "{name} leaves the shadow tree");
    Ok(event["detail"].clone())
}

/// Waits until the widget `id` shows what it will send, and confirms.
pub(crate) async fn confirm(browser: &Browser, id: &str) -> Result<Value> {
    let segmented = event(browser, id, "stl-segmented").await?;
    let script = format!(
        "const send = document.getElementById('{id}').shadowRoot.querySelector('[data-testid=send]');
        if (!send || send.disabled) return null;
        send.click();
        return true"
    );
    browser.wait_for(&script, "the review").await?;
    Ok(segmented)
}

/// Runs a script in which `widget` is the element and `tree` its shadow root.
pub(crate) async fn within(browser: &Browser, id: &str, script: &str) -> Result<Value> {
    let with = format!("const widget = document.getElementById('{id}'); const tree = widget.shadowRoot; {script}");
    browser.run(&with).await
}

/// Presses and releases a key in the focused element.
pub(crate) async fn press(browser: &Browser, key: &str, code: u32, text: &str) -> Result<()> {
    for kind in ["keyDown", "keyUp"] {
        let mut event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
        if kind == "keyDown" && !text.is_empty() {
            event["text"] = text.into();
        }
        browser.devtools("Input.dispatchKeyEvent", event).await?;
    }
    Ok(())
}

/// The rank, from 1, of each worn product in the first row that has it. A row may be of several categories.
pub(crate) fn ranks(results: &Value, worn: &BTreeMap<String, String>) -> Vec<Option<usize>> {
    let rank = |id: &str| {
        let in_row = |row: &Value| Some(row["cards"].as_array()?.iter().position(|card| card["id"] == id)? + 1);
        results["categories"].as_array()?.iter().find_map(in_row)
    };
    worn.values().map(|id| rank(id)).collect()
}

/// The categories of all rows, in the order of their names.
pub(crate) fn searched(results: &Value) -> Vec<String> {
    let rows = || results["categories"].as_array().into_iter().flatten();
    let likely = rows().flat_map(|row| row["likely"].as_array().into_iter().flatten());
    let names = rows().chain(likely).filter_map(|of| of["category"].as_str()).map(str::to_owned);
    names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// Asserts that axe-core finds nothing wrong with the widget `id`. AXE names its file.
pub(crate) async fn axe_finds_nothing(browser: &Browser, id: &str, size: &str) -> Result<()> {
    let axe = std::fs::read_to_string(std::env::var("AXE").context("AXE names no axe.min.js")?)?;
    browser.run(&format!("{axe}; return null")).await?;
    let check = format!(
        "window.axeResult = null;
        axe.run(document.getElementById('{id}'), {{runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']}}).then(result =>
            window.axeResult = result.violations.map(violation => violation.id + ': ' + violation.nodes[0].failureSummary));
        return null"
    );
    browser.run(&check).await?;
    assert_eq!(browser.wait_for("return window.axeResult", "axe-core").await?, json!([]), "{size}");
    // The test's own names, which are none of the widget's.
    browser.run("for (const name of ['axe', 'axeResult']) delete window[name]").await?;
    Ok(())
}
