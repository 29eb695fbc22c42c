//! The whole journey in the engines of Firefox and Safari: a photo becomes a cutout, the search finds the worn products, and the widget
//! does the same in a shop's page. No content security policy blocks either.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, Server, Shop, picture_of, samples};

/// Runs a script in which `widget` is the shop's element and `tree` its shadow root.
async fn within(browser: &Browser, script: &str, what: &str) -> Result<Value> {
    let with = "const widget = document.getElementById('first'); const tree = widget?.shadowRoot;";
    browser.wait_for(&format!("{with} {script}"), what).await
}

/// The products worn in the look, each with whether it is in the top 10 of a row. A row may have several categories.
fn in_top_10(worn: &BTreeMap<String, String>, shown: &[(String, Vec<String>)]) -> Vec<bool> {
    let is_found = |id: &String| shown.iter().any(|(_, ids)| ids.iter().take(10).any(|found| found == id));
    worn.values().map(is_found).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn firefox_goes_the_whole_way_on_the_page_and_in_a_shop() -> Result<()> {
    go_the_whole_way(Browser::firefox).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webkit_goes_the_whole_way_on_the_page_and_in_a_shop() -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("skipped: WebKitGTK's driver is for Linux");
        return Ok(());
    }
    go_the_whole_way(Browser::webkit).await
}

async fn go_the_whole_way(start: impl AsyncFnOnce() -> Result<Browser>) -> Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let server = Server::start_for(&[format!("http://{}", listener.local_addr()?)])?;
    let samples = samples()?;
    let sample = samples.first().context("a sample look")?;
    let look = picture_of(sample)?;
    let shop = Shop::start(listener, &server.origin, look.clone()).await?;
    let browser = start().await?;
    let on_page = on_the_page(&browser, &server, &look, &sample.products).await;
    let in_shop = in_the_shop(&browser, &shop, &sample.products).await;
    browser.close().await?;
    on_page.context("on the page")?;
    in_shop.context("in the shop")
}

async fn on_the_page(browser: &Browser, server: &Server, look: &[u8], worn: &BTreeMap<String, String>) -> Result<()> {
    let file = tempfile::Builder::new().suffix(".jpg").tempfile()?;
    std::fs::write(file.path(), look)?;
    browser.open(&server.origin).await?;
    // WebDriver cannot run a script before the page's own. If the policy blocked the program, it would not start.
    let watch = "window.violations = [];
        document.addEventListener('securitypolicyviolation', event =>
            window.violations.push(`${event.effectiveDirective}: ${event.blockedURI}`));";
    browser.run(watch).await?;
    browser.find("sample").await?;
    browser.choose(file.path()).await?;
    let cutout = browser.picture("cutout").await?;
    let kept = cutout.pixels().filter(|pixel| pixel.0 != [255; 3]).count();
    let all = cutout.pixels().count();
    anyhow::ensure!(kept > all / 50 && kept < all / 2, "a person was cut out: {kept} of {all} pixels");
    let receipt = browser.find("receipt").await?.text().await?;
    let (width, height) = cutout.dimensions();
    anyhow::ensure!(receipt.contains(&format!("{width} × {height}")), "the receipt has the size: {receipt}");
    browser.find("send").await?.click().await?;
    let shown: Vec<_> = browser.results().await?.into_iter().map(|shown| (shown.category, shown.products)).collect();
    let found = in_top_10(worn, &shown);
    println!("{kept} of {all} pixels are the person, worn products in the top 10: {found:?}");
    anyhow::ensure!(!found.is_empty() && found.iter().all(|found| *found), "{worn:?} among {shown:?}");
    let violations = browser.run("return window.violations").await?;
    anyhow::ensure!(violations == json!([]), "violations of the page's policy: {violations}");
    Ok(())
}

async fn in_the_shop(browser: &Browser, shop: &Shop, worn: &BTreeMap<String, String>) -> Result<()> {
    browser.open(&format!("{}/dialog.html", shop.origin)).await?;
    let open = "const trigger = tree?.querySelector('[part=trigger]');
        trigger?.click();
        return trigger ? true : null";
    within(browser, open, "the widget's button").await?;
    let is_open =
        "return tree.querySelector('dialog').open && tree.querySelector('[data-testid=drop-zone]') ? true : null";
    within(browser, is_open, "the widget in its dialog").await?;
    within(browser, "widget.searchFrom(document.getElementById('look')); return true", "the shop's picture").await?;
    let send = "const send = tree.querySelector('[data-testid=send]'); send?.click(); return send ? true : null";
    within(browser, send, "what would be sent").await?;
    let results = "const {detail} = window.shop.events.find(event => event.name === 'stl-results') ?? {};
        return detail?.categories.map(found => [found.category, found.cards.map(card => card.id)]) ?? null";
    let shown: Vec<(String, Vec<String>)> = serde_json::from_value(within(browser, results, "the results").await?)?;
    let found = in_top_10(worn, &shown);
    anyhow::ensure!(!found.is_empty() && found.iter().all(|found| *found), "{worn:?} among {shown:?}");
    let violations = browser.run("return window.shop.violations").await?;
    anyhow::ensure!(violations == json!([]), "violations of the shop's policy: {violations}");
    Ok(())
}
