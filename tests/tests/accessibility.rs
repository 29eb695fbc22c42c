//! Everyone can use the page: axe-core finds nothing on any screen, and the whole way goes by keyboard.

use anyhow::{Context as _, Result};
use serde_json::Value;
use stl_tests::{Browser, Server, encoded, look};

/// The rules of WCAG 2.2 up to level AA, and axe-core's own best practices.
const RULES: &str = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";

const SIZES: [&str; 2] = ["390,844", "1440,900"];

/// Blink's numbers for the preferred colour scheme: dark, light.
const SCHEMES: [u32; 2] = [0, 1];

fn axe() -> Result<String> {
    let path = std::env::var("AXE").context("AXE names no axe.min.js: `cargo xtask test` sets it")?;
    std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))
}

/// Lets transitions end, then runs axe-core on what the page shows.
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_core_finds_nothing_on_any_screen() -> Result<()> {
    let axe = axe()?;
    let server = Server::start()?;
    let folder = tempfile::tempdir()?;
    let (photo, text) = (folder.path().join("look.jpg"), folder.path().join("notes.txt"));
    std::fs::write(&photo, encoded(look(), image::ImageFormat::Jpeg)?)?;
    std::fs::write(&text, "no picture")?;
    for size in SIZES {
        for scheme in SCHEMES {
            let browser = Browser::with_args(vec![
                format!("--window-size={size}"),
                format!("--blink-settings=preferredColorScheme={scheme}"),
            ])
            .await?;
            let check = async |state: &str| {
                expect_no_violations(&browser, &axe, &format!("{state} at {size}, scheme {scheme}")).await
            };
            browser.open(&server.origin).await?;
            browser.find("sample").await?;
            check("the start").await?;
            browser.choose(&text).await?;
            browser.error().await?;
            check("a failure").await?;
            browser.choose(&photo).await?;
            browser.find("send").await?;
            check("the review").await?;
            browser.run("document.querySelector('[data-garment=part]').click()").await?;
            browser.find("part").await?;
            check("a marked part").await?;
            browser.run("document.querySelector('[data-garment=all]').click()").await?;
            browser.results().await?;
            check("the results").await?;
            browser.close().await?;
        }
    }
    Ok(())
}

/// Presses Tab until what has the focus fits a selector, and fails if a whole round does not reach it.
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
    assert_eq!(focused, "comparison-heading", "the pressed sample is gone: its focus moves on");

    // A part is marked, moved and made smaller by keys.
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
