//! The segmenter in the page: which build runs, what a second visit downloads, and how the page recovers from a crashed worker.

use std::path::Path;

use anyhow::Result;
use image::ImageFormat;
use serde_json::json;
use stl_tests::{Browser, Recorder, Server, encoded, look};

/// Runs a script before the page's own scripts, in every page that is opened afterwards.
async fn before_every_page(browser: &Browser, script: &str) -> Result<()> {
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await.map(drop)
}

fn photo() -> Result<tempfile::NamedTempFile> {
    let file = tempfile::Builder::new().suffix(".jpg").tempfile()?;
    std::fs::write(file.path(), encoded(look(), ImageFormat::Jpeg)?)?;
    Ok(file)
}

async fn cut_out(browser: &Browser, file: &Path) -> Result<()> {
    browser.choose(file).await?;
    let kept = browser.picture("cutout").await?.pixels().filter(|pixel| pixel.0 != [255; 3]).count();
    assert!(kept > 5_000, "a person was cut out: {kept} pixels");
    Ok(())
}

/// Paths of the segmenter's files that were requested, except the list of them.
fn asked_for(recorder: &Recorder) -> Vec<String> {
    let paths = recorder.requests().into_iter().map(|request| request.uri.path().to_owned());
    paths.filter(|path| path.starts_with("/segmenter/") && !path.ends_with("segmenter.json")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_visit_downloads_no_part_of_the_segmenter_again() -> Result<()> {
    let server = Server::start()?;
    let file = photo()?;
    // With the browser's cache, and with the service worker's.
    for query in ["?sw=off", ""] {
        let recorder = Recorder::start().await?;
        let browser = Browser::start(Some(&recorder)).await?;
        let page = format!("{}/{query}", server.origin);
        browser.open(&page).await?;
        cut_out(&browser, file.path()).await?;
        if query.is_empty() {
            browser
                .wait_for(
                    "return navigator.serviceWorker.controller?.state === 'activated' || null",
                    "a service worker",
                )
                .await?;
        }
        let first = asked_for(&recorder);
        for ending in [".js", ".wasm", ".bin"] {
            assert!(first.iter().any(|path| path.ends_with(ending)), "{query:?}: {ending} is among {first:?}");
        }
        browser.open("about:blank").await?;
        browser.open(&page).await?;
        cut_out(&browser, file.path()).await?;
        assert_eq!(asked_for(&recorder), first, "{query:?}: nothing is requested again");
        browser.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_without_relaxed_simd_takes_the_other_build() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    // The opcodes of relaxed SIMD are those from 253 128 2 on.
    let script = "const validate = WebAssembly.validate;
        WebAssembly.validate = bytes => {
            const all = [...new Uint8Array(bytes.buffer ?? bytes)];
            return !all.some((byte, at) => byte === 253 && all[at + 1] === 128 && all[at + 2] === 2) && validate(bytes);
        };";
    before_every_page(&browser, script).await?;
    // The service worker would detect the browser's features by itself.
    browser.open(&format!("{}/?sw=off", server.origin)).await?;
    cut_out(&browser, photo()?.path()).await?;
    let paths = asked_for(&recorder);
    assert!(paths.iter().any(|path| path.contains("/worker-simd-") && path.ends_with(".wasm")), "{paths:?}");
    assert!(!paths.iter().any(|path| path.contains("relaxed")), "{paths:?}");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_without_simd_is_told_which_ones_have_it() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    before_every_page(&browser, "WebAssembly.validate = () => false;").await?;
    browser.open(&format!("{}/?sw=off", server.origin)).await?;
    browser.choose(photo()?.path()).await?;
    let (code, text) = browser.error().await?;
    assert_eq!(code, "unsupported-browser", "{text}");
    assert!(text.contains("too old") && text.contains("Safari 16.4"), "{text}");
    assert_eq!(asked_for(&recorder), [""; 0], "files that the browser cannot run are not downloaded");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_workers_death_the_next_photo_starts_another_one() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    let script = "window.started = [];
        const Plain = Worker;
        window.Worker = class extends Plain { constructor(...all) { super(...all); window.started.push(this); } };";
    before_every_page(&browser, script).await?;
    browser.open(&server.origin).await?;
    let file = photo()?;
    cut_out(&browser, file.path()).await?;
    // The event of a worker that ran out of memory.
    let died = "const worker = window.started.at(-1);
        worker.terminate();
        worker.dispatchEvent(new ErrorEvent('error', { message: 'RangeError: Out of memory' }));
        return window.started.length;";
    assert_eq!(browser.run(died).await?, 1);
    cut_out(&browser, file.path()).await?;
    assert_eq!(browser.run("return window.started.length").await?, 2, "one more worker");
    browser.close().await
}
