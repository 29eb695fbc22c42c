//! The page without its server: it loads, cuts out, and explains why it cannot search. The service worker keeps no response, and a
//! shared photo only until the page has taken it.

use std::path::Path;

use anyhow::Result;
use axum::http::Method;
use image::ImageFormat;
use stl_tests::{Browser, Recorder, Server, encoded, look};

/// Whether the service worker has all its files and controls this page.
const CONTROLLED: &str = "return navigator.serviceWorker.controller?.state === 'activated' || null";

/// Addresses of everything that is stored on the device.
const KEPT: &str = "return caches.keys()
    .then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))
    .then(requests => requests.flat().map(request => new URL(request.url).pathname))";

fn written(bytes: &[u8]) -> Result<tempfile::NamedTempFile> {
    let file = tempfile::Builder::new().suffix(".jpg").tempfile()?;
    std::fs::write(file.path(), bytes)?;
    Ok(file)
}

/// Sends the event to the page; the network itself does not change.
async fn say_online(browser: &Browser, online: bool) -> Result<()> {
    let event = if online { "online" } else { "offline" };
    let script = format!(
        "Object.defineProperty(navigator, 'onLine', {{get: () => {online}, configurable: true}});
        window.dispatchEvent(new Event('{event}'));"
    );
    browser.run(&script).await.map(drop)
}

async fn choose_and_cut_out(browser: &Browser, file: &Path) -> Result<()> {
    browser.choose(file).await?;
    let kept = browser.picture("cutout").await?.pixels().filter(|pixel| pixel.0 != [255; 3]).count();
    assert!(kept > 5_000, "a person was cut out: {kept} pixels");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_server_the_page_stands_and_cuts_out_and_later_searches() -> Result<()> {
    let mut server = Server::start()?;
    let browser = Browser::start(None).await?;
    let file = written(&encoded(look(), ImageFormat::Jpeg)?)?;
    browser.open(&server.origin).await?;
    browser.wait_for(CONTROLLED, "a service worker").await?;

    server.kill()?;
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    choose_and_cut_out(&browser, file.path()).await?;
    browser.find("send").await?.click().await?;
    let (code, text) = browser.error().await?;
    assert_eq!(code, "server-unreachable", "{text}");

    say_online(&browser, false).await?;
    let banner = browser.find("offline").await?.text().await?;
    assert!(banner.contains("You are offline"), "{banner}");
    browser.find("retry").await?.click().await?;
    let offline = "return document.querySelector('[data-testid=error]')?.dataset.code === 'offline' || null";
    browser.wait_for(offline, "that it is offline").await?;

    server.restart()?;
    say_online(&browser, true).await?;
    browser.wait_for("return !document.querySelector('[data-testid=offline]') || null", "no banner").await?;
    browser.find("retry").await?.click().await?;
    assert!(!browser.results().await?.is_empty(), "the retry searches");

    let kept: Vec<String> = serde_json::from_value(browser.run(KEPT).await?)?;
    assert!(kept.iter().any(|path| path == "/") && kept.iter().any(|path| path.ends_with(".bin")), "{kept:?}");
    assert!(!kept.iter().any(|path| path.starts_with("/api/")), "a response is stored: {kept:?}");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_photo_reaches_the_page_and_nobody_else() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    let jpeg = encoded(look(), ImageFormat::Jpeg)?;

    // With this parameter in the address, none is registered.
    browser.open(&format!("{}/?sw=off", server.origin)).await?;
    choose_and_cut_out(&browser, written(&jpeg)?.path()).await?;
    let registered = "return navigator.serviceWorker.getRegistrations().then(found => found.length)";
    assert_eq!(browser.run(registered).await?, 0);

    browser.open(&server.origin).await?;
    browser.wait_for(CONTROLLED, "a service worker").await?;
    let share = format!(
        "const form = new FormData();
        form.append('photo', new File([new Uint8Array({jpeg:?})], 'look.jpg', {{type: 'image/jpeg'}}));
        return fetch('/share', {{method: 'POST', body: form}}).then(response => response.url)"
    );
    let led_to = browser.run(&share).await?;
    assert_eq!(led_to, format!("{}/?shared=1", server.origin));
    browser.open(&format!("{}/?shared=1", server.origin)).await?;
    let kept = browser.picture("cutout").await?.pixels().filter(|pixel| pixel.0 != [255; 3]).count();
    assert!(kept > 5_000, "a person was cut out: {kept} pixels");
    assert_eq!(browser.run("return location.search").await?, "", "a reload does not request it again");
    let kept: Vec<String> = serde_json::from_value(browser.run(KEPT).await?)?;
    assert!(!kept.iter().any(|path| path.contains("shared")), "the photo is stored: {kept:?}");
    let posts: Vec<_> = recorder.requests().into_iter().filter(|request| request.method == Method::POST).collect();
    assert!(posts.iter().all(|request| request.uri.host() != Some("127.0.0.1")), "{posts:?}");

    // The message if no service worker took the photo.
    browser.open(&format!("{}/?shared=missed", server.origin)).await?;
    let missed =
        "return document.querySelector('[data-testid=ways-note]')?.textContent.includes('did not arrive') || null";
    browser.wait_for(missed, "that it was missed").await?;
    browser.close().await
}
