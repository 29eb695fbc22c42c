//! Accessibility: axe-core finds no violation on any screen, and the whole journey works by keyboard.

use anyhow::{Context as _, Result};
use serde_json::Value;
use stl_tests::{Browser, NetworkSpeed, Server, encoded, look, pair, product};

/// The rules of WCAG 2.2 up to level AA, and axe-core's own best practices.
const RULES: &str = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";

const SIZES: [&str; 2] = ["390,844", "1440,900"];

/// Chromium's emulated camera, allowed without a prompt.
const FAKE_CAMERA: [&str; 2] = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/// Blink's numbers for the preferred colour scheme: dark, light.
const SCHEMES: [u32; 2] = [0, 1];

fn axe() -> Result<String> {
    let path = std::env::var("AXE").context("AXE names no axe.min.js: `cargo xtask test` sets it")?;
    std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))
}

/// Waits until transitions have ended, then runs axe-core on the page.
async fn expect_no_violations(browser: &Browser, axe: &str, state: &str) -> Result<()> {
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    browser.run(&format!("{axe}; return null")).await?;
    browser
        .run(&format!(
            "window.axeResult = null;
            axe.run(document, {{runOnly: {RULES}}}).then(result => window.axeResult = result.violations.map(violation =>
                violation.id + ': ' + violation.nodes.map(node => node.target + ' ' + node.failureSummary).join(' | ')));
            return null"
        ))
        .await?;
    let violations = browser.wait_for("return window.axeResult", "axe-core's result").await?;
    anyhow::ensure!(violations == Value::Array(Vec::new()), "{state}: {violations:#}");
    Ok(())
}

/// A server, a browser of one size and colour scheme on its page, and axe-core.
struct Screen<'a> {
    browser: Browser,
    axe: &'a str,
    name: String,
}

impl Screen<'_> {
    async fn check(&self, state: &str) -> Result<()> {
        // To look at them.
        if let Some(folder) = std::env::var_os("SCREENSHOTS") {
            let file = std::path::Path::new(&folder).join(format!("{state}, {}.png", self.name));
            std::fs::write(file, self.browser.screenshot().await?)?;
        }
        expect_no_violations(&self.browser, self.axe, &format!("{state} at {}", self.name)).await
    }

    async fn click(&self, selector: &str) -> Result<()> {
        let click = format!(
            "const found = document.querySelector({selector:?});
            if (!found) return null;
            found.click();
            return true"
        );
        self.browser.wait_for(&click, selector).await.map(drop)
    }

    async fn until(&self, condition: &str) -> Result<()> {
        self.browser.wait_for(&format!("return ({condition}) || null"), condition).await.map(drop)
    }
}

/// Opens the page in each size and colour scheme, and visits its screens.
async fn at_all_sizes(server: &Server, walk: impl AsyncFn(&Screen<'_>) -> Result<()>) -> Result<()> {
    let axe = axe()?;
    for size in SIZES {
        for scheme in SCHEMES {
            let own = [format!("--window-size={size}"), format!("--blink-settings=preferredColorScheme={scheme}")];
            let browser = Browser::with_args(own.into_iter().chain(FAKE_CAMERA.map(str::to_owned)).collect()).await?;
            browser.open(&server.origin).await?;
            browser.find("sample").await?;
            let screen = Screen { browser, axe: &axe, name: format!("{size}, scheme {scheme}") };
            walk(&screen).await?;
            screen.browser.close().await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_core_finds_nothing_on_the_way_from_photo_to_results() -> Result<()> {
    let server = Server::start()?;
    let folder = tempfile::tempdir()?;
    let (photo, text) = (folder.path().join("look.jpg"), folder.path().join("notes.txt"));
    std::fs::write(&photo, encoded(look(), image::ImageFormat::Jpeg)?)?;
    std::fs::write(&text, "no picture")?;
    at_all_sizes(&server, async |screen: &Screen<'_>| {
        let browser = &screen.browser;
        screen.check("the start").await?;
        browser.choose(&text).await?;
        browser.error().await?;
        screen.check("a failure").await?;
        browser.choose(&photo).await?;
        browser.find("send").await?;
        screen.check("the review").await?;
        screen.click("[data-garment=part]").await?;
        browser.find("part").await?;
        screen.check("a marked part").await?;
        screen.click("[data-garment=all]").await?;
        browser.results().await?;
        screen.check("the results").await?;
        screen.click("[data-testid=sent] summary").await?;
        screen.click("[data-testid=rest] summary").await?;
        screen.check("the results with what was sent and the rest of the shop").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_core_finds_nothing_on_the_choices_before_a_search() -> Result<()> {
    let server = Server::start()?;
    let folder = tempfile::tempdir()?;
    let (people, thing) = (folder.path().join("pair.jpg"), folder.path().join("product.png"));
    std::fs::write(&people, encoded(pair(), image::ImageFormat::Jpeg)?)?;
    std::fs::write(&thing, encoded(product().0, image::ImageFormat::Png)?)?;
    at_all_sizes(&server, async |screen: &Screen<'_>| {
        let browser = &screen.browser;
        browser.choose(&people).await?;
        browser.find("who").await?;
        screen.check("the choice of people").await?;
        screen.click("[data-testid=person]").await?;
        browser.find("other-person").await?;
        browser.find("send").await?;
        screen.check("the review of one of two people").await?;
        browser.choose(&thing).await?;
        browser.find("take-thing").await?;
        screen.check("a garment alone").await?;
        screen.click("[data-testid=take-thing]").await?;
        browser.find("send").await?;
        screen.check("the review of a garment").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_core_finds_nothing_in_dialogs_and_side_views() -> Result<()> {
    let server = Server::start()?;
    at_all_sizes(&server, async |screen: &Screen<'_>| {
        let browser = &screen.browser;
        screen.click("[data-testid=camera]").await?;
        screen.until("document.querySelector('[data-testid=camera-dialog]').dataset.state === 'live'").await?;
        screen.check("the camera").await?;
        screen.click("[data-testid=camera-close]").await?;
        browser
            .run("navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') }")
            .await?;
        screen.click("[data-testid=camera]").await?;
        browser.find("camera-refused").await?;
        screen.check("a camera that is refused").await?;
        screen.click("[data-testid=camera-close]").await?;

        screen.click("[data-testid=sample]").await?;
        screen.click("[data-testid=mend]").await?;
        browser.find("mend-canvas").await?;
        screen.check("the mending of the cut-out").await?;
        screen.click("[data-testid=mend-cancel]").await?;

        // Slow down the search, so that its screen can be checked.
        let far = NetworkSpeed { latency_ms: 20_000, down_bytes_s: 1_000_000, up_bytes_s: 1_000_000 };
        browser.throttle(Some(far)).await?;
        screen.click("[data-testid=send]").await?;
        browser.find("progress").await?;
        screen.check("a search under way").await?;
        screen.click("[data-testid=cancel]").await?;
        browser.throttle(None).await?;
        browser.results().await?;

        screen.click("[data-testid=filter-brand] summary").await?;
        screen.until("document.querySelector('[data-testid=filter-brand]').open").await?;
        screen.check("the filter of brands").await?;
        screen.click("[data-testid=filter-brand] [data-testid=filter-value]").await?;
        screen.click("[data-testid=filter-brand] [data-testid=filter-done]").await?;
        browser.find("filter-chip").await?;
        screen.click("[data-testid=filter-price] summary").await?;
        screen.check("the filter of prices, beside one that was chosen").await?;
        screen.click("[data-testid=filter-price] [data-testid=filter-done]").await?;
        screen.click("[data-testid=filters-clear]").await?;
        browser.results().await?;

        screen.click("[data-testid=more-like-this]").await?;
        browser.find("product").await?;
        browser.results().await?;
        screen.check("an article and its similar ones").await?;

        browser.open(&server.origin).await?;
        browser.find("history-look").await?;
        browser
            .run(
                "Object.defineProperty(navigator, 'onLine', {get: () => false, configurable: true});
                window.dispatchEvent(new Event('offline'));",
            )
            .await?;
        browser.find("offline").await?;
        screen.check("the kept looks, without a connection").await
    })
    .await
}

/// Changes answers: the first row is weak, and lists of further cards do not come.
const WEAK_AND_BROKEN: &str = "const ask = window.fetch;
    window.fetch = async (url, options) => {
        if (String(url).includes('/api/v1/products?')) throw new TypeError('down');
        const response = await ask(url, options);
        if (!String(url).includes('/api/v1/search')) return response;
        const answer = await response.json();
        answer.categories[0].weak = true;
        return new Response(JSON.stringify(answer), {status: response.status});
    };
    return null";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_core_finds_nothing_on_weak_rows_failed_rows_and_saved_products() -> Result<()> {
    let server = Server::start()?;
    at_all_sizes(&server, async |screen: &Screen<'_>| {
        let browser = &screen.browser;
        browser.run(WEAK_AND_BROKEN).await?;
        screen.click("[data-testid=sample]").await?;
        browser.results().await?;
        browser.find("weak").await?;
        screen.check("a weak row").await?;
        screen.click("[data-testid=show-all]").await?;
        browser.find("further-failed").await?;
        browser.run("document.querySelector('[data-testid=further-failed]').scrollIntoView({block: 'center'})").await?;
        screen.check("cards that could not be loaded").await?;
        screen.click("[data-testid=save]").await?;
        browser.open(&server.origin).await?;
        browser.find("saved-product").await?;
        browser.run("document.querySelector('[data-testid=saved]').scrollIntoView()").await?;
        screen.check("saved products").await
    })
    .await
}

/// Presses Tab until the focused element matches a selector. Fails if no element of a whole round does.
async fn tab_to(browser: &Browser, selector: &str) -> Result<()> {
    for _ in 0..80 {
        if browser.run(&format!("return document.activeElement?.matches({selector:?}) ?? false")).await? == true {
            return Ok(());
        }
        browser.press("\u{e004}").await?;
    }
    anyhow::bail!("Tab never reaches {selector}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_way_goes_by_keyboard_and_is_announced() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    let announce = "window.said = [];
        const status = document.querySelector('[data-testid=status]');
        new MutationObserver(() => window.said.push(status.textContent)).observe(status, {subtree: true, childList: true, characterData: true});";
    browser.run(announce).await?;
    tab_to(&browser, "[data-testid=sample]").await?;
    browser.press("\u{e007}").await?;
    browser.find("send").await?;
    let focused = browser.run("return document.activeElement?.id").await?;
    assert_eq!(focused, "comparison-heading", "the pressed sample is gone: the focus moves to the next step");

    // Select a part, move it and make it smaller by keyboard.
    tab_to(&browser, "[data-garment=part]").await?;
    browser.press(" ").await?;
    browser.find("part").await?;
    let label = "return document.querySelector('[data-testid=part]').getAttribute('aria-label')";
    let before = browser.run(label).await?;
    browser.press("\u{e014}").await?;
    browser.press("\u{e015}").await?;
    let after = browser.run(label).await?;
    assert!(before != after && after.as_str().is_some_and(|label| label.contains('%')), "{before} {after}");
    tab_to(&browser, "[data-garment=all]").await?;
    browser.press(" ").await?;

    tab_to(&browser, "[data-testid=hide-person]").await?;
    browser.press(" ").await?;
    browser
        .wait_for(
            "return document.querySelector('[data-testid=removed]')?.textContent.includes('face') || null",
            "the switch",
        )
        .await?;
    browser.find("send").await?;
    tab_to(&browser, "[data-testid=send]").await?;
    browser.press("\u{e007}").await?;
    browser.find("card").await?;
    tab_to(&browser, "[data-testid=card] a").await?;
    let said: Vec<String> = serde_json::from_value(browser.run("return window.said").await?)?;
    println!("announced: {said:?}");
    for words in ["Nothing has been sent yet", "Searching", "pieces found"] {
        assert!(said.iter().any(|said| said.contains(words)), "{words:?} is announced: {said:?}");
    }
    browser.close().await
}
