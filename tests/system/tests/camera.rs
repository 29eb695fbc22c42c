//! Photos from the page's camera view, with an emulated camera that shows a drawn look: the photo, the error messages, and that every
//! camera stops as soon as it is not needed.

use std::path::Path;

use anyhow::Result;
use image::{RgbImage, imageops};
use stl_tests::{Browser, Server, look, y4m};

const FAKE_CAMERA: &str = "--use-fake-device-for-media-stream";

/// Records every track that the page gets in `window.tracks`.
const WATCH_TRACKS: &str = "window.tracks = [];
    const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async wish => {
        const stream = await get(wish);
        window.tracks.push(...stream.getTracks());
        return stream;
    };";

/// A browser whose emulated camera shows a still picture.
async fn before_a_camera(video: &Path) -> Result<Browser> {
    let args = ["--window-size=1280,900", "--use-fake-ui-for-media-stream", FAKE_CAMERA].map(str::to_owned);
    let video = format!("--use-file-for-fake-video-capture={}", video.display());
    Browser::with_args(args.into_iter().chain([video]).collect()).await
}

fn video_of(picture: &RgbImage) -> Result<tempfile::NamedTempFile> {
    let file = tempfile::Builder::new().suffix(".y4m").tempfile()?;
    std::fs::write(file.path(), y4m(picture))?;
    Ok(file)
}

async fn until(browser: &Browser, condition: &str) -> Result<()> {
    browser.wait_for(&format!("return ({condition}) || null"), condition).await.map(drop)
}

async fn until_state(browser: &Browser, state: &str) -> Result<()> {
    until(browser, &format!("document.querySelector('[data-testid=camera-dialog]')?.dataset.state === '{state}'")).await
}

/// Asserts how many tracks the page has got, and that all of them have stopped.
async fn until_stopped(browser: &Browser, tracks: usize) -> Result<()> {
    until(browser, "window.tracks.every(track => track.readyState === 'ended')").await?;
    assert_eq!(browser.run("return window.tracks.length").await?, tracks);
    Ok(())
}

/// Mean difference of the channels of two pictures.
fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: f64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    sum / a.as_raw().len() as f64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shot_is_cut_out_as_the_camera_saw_it_and_the_camera_stops() -> Result<()> {
    let server = Server::start()?;
    let video = video_of(&look())?;
    let browser = before_a_camera(video.path()).await?;
    browser.open(&server.origin).await?;
    browser.find("camera").await?;
    browser.run(WATCH_TRACKS).await?;
    browser.find("camera").await?.click().await?;
    until_state(&browser, "live").await?;
    until(&browser, "document.activeElement?.dataset.testid === 'camera-shot'").await?;
    assert_eq!(browser.run("return window.tracks[0].readyState").await?, "live");
    browser.find("camera-shot").await?.click().await?;
    let cutout = browser.picture("cutout").await?;
    until_stopped(&browser, 1).await?;

    let photo = browser.picture("photo").await?;
    assert_eq!(photo.dimensions(), look().dimensions(), "the camera's own size");
    let (same, mirrored) = (difference(&photo, &look()), difference(&photo, &imageops::flip_horizontal(&look())));
    println!("difference from the look {same:.1}, from the mirrored look {mirrored:.1}");
    assert!(
        same < 12.0 && same < mirrored / 2.0,
        "the photo is not mirrored like the preview: {same:.1}, {mirrored:.1}"
    );
    let kept = cutout.pixels().filter(|pixel| pixel.0 != [255; 3]).count();
    assert!(kept > 5_000, "a person was cut out: {kept} pixels");
    assert!(!browser.results().await?.is_empty());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_countdown_is_told_and_whatever_ends_the_dialog_ends_the_camera() -> Result<()> {
    let server = Server::start()?;
    let video = video_of(&look())?;
    let browser = before_a_camera(video.path()).await?;
    browser.open(&server.origin).await?;
    browser.find("camera").await?;
    browser.run(WATCH_TRACKS).await?;

    // Escape during a countdown.
    browser.find("camera").await?.click().await?;
    until_state(&browser, "live").await?;
    browser.find("camera-countdown").await?.click().await?;
    let countdown = "document.querySelector('[data-testid=camera-status]').textContent";
    until(&browser, &format!("{countdown} === '2'")).await?;
    browser.press("\u{e00c}").await?; // WebDriver's Escape
    until_state(&browser, "closed").await?;
    until_stopped(&browser, 1).await?;
    assert_eq!(browser.run("return document.activeElement?.dataset.testid").await?, "camera", "the focus is back");

    // Hide the page, then show it again.
    browser.find("camera").await?.click().await?;
    until_state(&browser, "live").await?;
    let sight = |hidden: bool| {
        format!(
            "Object.defineProperty(document, 'hidden', {{get: () => {hidden}, configurable: true}});
            document.dispatchEvent(new Event('visibilitychange', {{bubbles: true}}));"
        )
    };
    browser.run(&sight(true)).await?;
    until_state(&browser, "paused").await?;
    until_stopped(&browser, 2).await?;
    browser.run(&sight(false)).await?;
    until_state(&browser, "live").await?;
    assert_eq!(browser.run("return window.tracks.at(-1).readyState").await?, "live");

    // Leave the page.
    browser.run("window.dispatchEvent(new Event('pagehide'))").await?;
    until_state(&browser, "closed").await?;
    until_stopped(&browser, 3).await?;

    // The end of a countdown.
    browser.find("camera").await?.click().await?;
    until_state(&browser, "live").await?;
    browser.find("camera-countdown").await?.click().await?;
    browser.picture("cutout").await?;
    until_stopped(&browser, 4).await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refusal_says_what_to_do() -> Result<()> {
    let server = Server::start()?;
    let args = ["--window-size=1280,900", FAKE_CAMERA, "--deny-permission-prompts"].map(str::to_owned);
    let browser = Browser::with_args(args.into()).await?;
    browser.open(&server.origin).await?;
    browser.find("camera").await?.click().await?;
    let refused = async |code: &str, words: &str| -> Result<()> {
        until_state(&browser, code).await?;
        let text = browser.find("camera-refused").await?.text().await?;
        println!("{code}: {text:?}");
        anyhow::ensure!(text.contains(words), "{code}: {text:?} should mention {words:?}");
        Ok(())
    };
    refused("denied", "settings").await?;
    for (error, code, words) in [
        ("NotFoundError", "missing", "Connect one"),
        ("NotReadableError", "in-use", "Another program"),
        ("UnknownError", "failed", "Try again"),
    ] {
        browser
            .run(&format!(
                "navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{error}') }}"
            ))
            .await?;
        browser.find("camera-retry").await?.click().await?;
        refused(code, words).await?;
    }
    let insecure = "Object.defineProperty(navigator, 'mediaDevices', {value: undefined, configurable: true});
        Object.defineProperty(window, 'isSecureContext', {value: false, configurable: true});";
    browser.run(insecure).await?;
    browser.find("camera-retry").await?.click().await?;
    refused("insecure", "https").await?;
    browser.find("camera-close").await?.click().await?;
    until_state(&browser, "closed").await?;
    browser.close().await
}
