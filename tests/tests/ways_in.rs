//! The ways in beside a chosen JPEG: a dropped file, a pasted one, and the other formats.

use std::path::Path;

use anyhow::Result;
use image::ImageFormat;
use stl_tests::{Browser, Server, encoded, look};

/// The page's stages, in the order in which one photo may pass them; those of a worker that is ready are left out.
const STAGES: [&str; 6] = ["check", "download", "compile", "warm-up", "segment", "search"];

/// Makes `transfer` in the page: what a visitor drags or has in the clipboard.
fn transfer(name: &str, media_type: &str, file: &[u8]) -> String {
    format!(
        "const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array({file:?})], '{name}', {{type: '{media_type}'}}));"
    )
}

async fn ids(browser: &Browser) -> Result<Vec<Vec<String>>> {
    Ok(browser.results().await?.into_iter().map(|shown| shown.products).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_can_be_dropped_pasted_or_chosen_in_any_format() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;

    browser.open(&server.origin).await?;
    browser.find("file-input").await?;
    watch_stages(&browser).await?;
    let drag = "for (const kind of ['dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));";
    browser.run(&format!("{}{drag}", transfer("look.jpg", "image/jpeg", &encoded(look(), ImageFormat::Jpeg)?))).await?;
    let dropped = ids(&browser).await?;
    let stages: Vec<String> = serde_json::from_value(browser.run("return window.stages").await?)?;
    println!("stages: {stages:?}");
    let order: Vec<_> = stages.iter().map(|stage| STAGES.iter().position(|known| known == stage)).collect();
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "each stage once and in order: {stages:?}");
    assert!(["segment", "search"].iter().all(|stage| stages.iter().any(|seen| seen == stage)), "{stages:?}");

    browser.open(&server.origin).await?;
    browser.find("file-input").await?;
    let paste = "document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true}));";
    browser.run(&format!("{}{paste}", transfer("image.png", "image/png", &encoded(look(), ImageFormat::Png)?))).await?;
    let pasted = ids(&browser).await?;

    let folder = tempfile::tempdir()?;
    // Lossless, as the PNG is; and a name that lies about the format.
    let misnamed: &Path = &folder.path().join("look.jpg");
    std::fs::write(misnamed, encoded(look(), ImageFormat::WebP)?)?;
    browser.open(&server.origin).await?;
    browser.choose(misnamed).await?;
    let chosen = ids(&browser).await?;
    assert_eq!(pasted, chosen, "the same pixels find the same products");
    assert_eq!(dropped.len(), chosen.len(), "JPEG's losses do not change the categories");
    browser.close().await
}

/// Notes each stage that the page shows in `window.stages`.
async fn watch_stages(browser: &Browser) -> Result<()> {
    let script = "window.stages = [];
        new MutationObserver(() => {
            const stage = document.querySelector('[data-testid=progress]')?.dataset.stage;
            if (stage && window.stages.at(-1) !== stage) window.stages.push(stage);
        }).observe(document.body, {subtree: true, childList: true, attributes: true});";
    browser.run(script).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_that_is_pasted_or_dropped_is_left_alone() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    let script = "const transfer = new DataTransfer();
        transfer.setData('text/plain', 'a red coat');
        const events = [new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}),
            new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true, cancelable: true})];
        return events.map(event => document.body.dispatchEvent(event));";
    assert_eq!(browser.run(script).await?, serde_json::json!([true, true]), "neither is taken from the browser");
    assert!(
        browser.run("return document.querySelector('[data-testid=progress], [data-testid=error]')").await?.is_null()
    );
    browser.close().await
}
