//! On a slow connection the page is usable at once, shows its progress, can be cancelled, and shows its results.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use stl_tests::{Browser, NetworkSpeed, Recorder, Server, encoded, look};

/// Slow 4G, as page audits define it: 1.6 Mbit/s.
const SLOW_4G_BYTES_S: u32 = 200_000;

/// A very slow connection: sending the cutout takes many seconds.
const CREEPING: NetworkSpeed = NetworkSpeed { latency_ms: 400, down_bytes_s: 50_000, up_bytes_s: 8_000 };

/// Longest wait until the page is usable on slow 4G. Most of it is the program of the quick build, about 400 kB.
const MAX_TIME_UNTIL_USABLE: Duration = Duration::from_secs(15);

/// Longest response time of the page.
const MAX_RESPONSE_TIME: Duration = Duration::from_secs(1);

/// The stage that is shown, and its percentage, if it has one.
const PROGRESS: &str = "const progress = document.querySelector('[data-testid=progress]');
    return progress ? [progress.dataset.stage, progress.querySelector('progress').getAttribute('value')] : null";

/// Presses Cancel. By one script, because each stage creates a new button.
const CANCEL: &str = "const cancel = document.querySelector('[data-testid=cancel]');
    if (!cancel) return null;
    cancel.click();
    return true";

/// The progress that the page shows. Asserts that the page responds in time.
async fn progress(browser: &Browser) -> Result<Option<(String, Option<f64>)>> {
    let start = Instant::now();
    let shown: Option<(String, Option<String>)> = serde_json::from_value(browser.run(PROGRESS).await?)?;
    anyhow::ensure!(start.elapsed() < MAX_RESPONSE_TIME, "the page took {:?} to respond", start.elapsed());
    let Some((stage, percent)) = shown else { return Ok(None) };
    Ok(Some((stage, percent.map(|percent| percent.parse()).transpose()?)))
}

/// Waits for a percentage of the download that is above `floor`. Until the page has taken up the photo, it shows no progress.
async fn downloaded_beyond(browser: &Browser, floor: f64) -> Result<f64> {
    let mut has_begun = false;
    for _ in 0..600 {
        match progress(browser).await? {
            Some((stage, Some(percent))) if stage == "download" && percent > floor => return Ok(percent),
            Some((stage, _)) if stage == "download" || stage == "check" => has_begun = true,
            None if !has_begun => {}
            other => anyhow::bail!("expected a download beyond {floor} %, got {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the download stays at {floor} %")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_slow_network_the_page_is_usable_tells_how_far_it_is_and_stops_when_told() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start_slow(SLOW_4G_BYTES_S).await?;
    let browser = Browser::start(Some(&recorder)).await?;
    let file = tempfile::Builder::new().suffix(".jpg").tempfile()?;
    std::fs::write(file.path(), encoded(look(), image::ImageFormat::Jpeg)?)?;
    let opened = Instant::now();
    // Without the service worker, which would download the same files in parallel.
    browser.open(&format!("{}/?sw=off", server.origin)).await?;
    browser.find("drop-zone").await?;
    let usable = opened.elapsed();

    // The page accepts a photo before the segmenter is loaded, and shows the progress of the download.
    browser.choose(file.path()).await?;
    let first = downloaded_beyond(&browser, 0.0).await?;
    let second = downloaded_beyond(&browser, first + 5.0).await?;
    browser.wait_for(CANCEL, "the way to stop").await?;
    browser.find("drop-zone").await?;
    assert_eq!(progress(&browser).await?, None, "after cancelling, nothing runs");
    browser.choose(file.path()).await?;
    let third = downloaded_beyond(&browser, second).await?;
    browser.find("send").await?;
    let cut_out = opened.elapsed();
    println!("usable after {usable:.1?}, download at {first}, {second} and {third} %, cut out after {cut_out:.1?}");
    assert!(usable < MAX_TIME_UNTIL_USABLE, "{usable:.1?}");

    // Cancelling a slow search also aborts the browser's request.
    let watch = "window.signals = [];
        const ask = window.fetch;
        window.fetch = (url, options) => {
            if (options?.method === 'POST') window.signals.push(options.signal);
            return ask(url, options);
        };";
    browser.run(watch).await?;
    browser.throttle(Some(CREEPING)).await?;
    browser.find("send").await?.click().await?;
    let search = browser.wait_for(PROGRESS, "that it searches").await?;
    assert_eq!(search[0], "search");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(progress(&browser).await?.context("still searching")?.0, "search");
    browser.wait_for(CANCEL, "the way to stop").await?;
    browser.find("send").await?;
    assert_eq!(browser.run("return window.signals.map(signal => signal.aborted)").await?, serde_json::json!([true]));
    let shown = "return document.querySelector('[data-testid=error], [data-testid=card]')";
    assert!(browser.run(shown).await?.is_null(), "back to the review");

    // The same search again succeeds.
    browser.throttle(None).await?;
    let sent = Instant::now();
    let shown = browser.results().await?;
    println!("{} categories after {:.1?}", shown.len(), sent.elapsed());
    // Rows show ten cards at first. Everything for the upper body is in the row of the upper garment.
    assert!(shown.len() >= 3 && shown.iter().all(|row| row.products.len() >= 10), "{shown:?}");
    let pictures = "const images = [...document.querySelectorAll('[data-testid=card] img')].slice(0, 2);
        return images.every(image => image.complete && image.naturalWidth) || null";
    browser.run("document.querySelector('[data-testid=card]').scrollIntoView()").await?;
    browser.wait_for(pictures, "the first pictures").await?;
    browser.close().await
}
