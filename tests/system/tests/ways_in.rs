//! Other inputs than a chosen JPEG: a dropped file, a pasted one, one with EXIF orientation, and other formats.

use std::path::Path;

use anyhow::Result;
use image::{ImageFormat, RgbImage};
use stl_tests::{Browser, Server, encoded, look, root, turned_by_exif};

/// The page's stages in their order. A worker that is ready skips the stages of loading.
const STAGES: [&str; 6] = ["check", "download", "compile", "warm-up", "segment", "search"];

/// Creates `transfer` in the page: the data of a drag or a paste.
fn transfer(name: &str, media_type: &str, file: &[u8]) -> String {
    format!(
        "const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array({file:?})], '{name}', {{type: '{media_type}'}}));"
    )
}

/// Drops `transfer`.
const DROP: &str = "for (const kind of ['dragover', 'drop'])
    document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));";

/// Pastes `transfer`.
const PASTE: &str =
    "document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true}));";

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
    browser.run(&format!("{}{DROP}", transfer("look.jpg", "image/jpeg", &encoded(look(), ImageFormat::Jpeg)?))).await?;
    let dropped = ids(&browser).await?;
    let stages: Vec<String> = serde_json::from_value(browser.run("return window.stages").await?)?;
    println!("stages: {stages:?}");
    let order: Vec<_> = stages.iter().map(|stage| STAGES.iter().position(|known| known == stage)).collect();
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "each stage once and in order: {stages:?}");
    assert!(["segment", "search"].iter().all(|stage| stages.iter().any(|seen| seen == stage)), "{stages:?}");

    browser.open(&server.origin).await?;
    browser.find("file-input").await?;
    browser.run(&format!("{}{PASTE}", transfer("image.png", "image/png", &encoded(look(), ImageFormat::Png)?))).await?;
    let pasted = ids(&browser).await?;

    let folder = tempfile::tempdir()?;
    // Lossless like the PNG, and with a name that does not fit the format.
    let misnamed: &Path = &folder.path().join("look.jpg");
    std::fs::write(misnamed, encoded(look(), ImageFormat::WebP)?)?;
    browser.open(&server.origin).await?;
    browser.choose(misnamed).await?;
    let chosen = ids(&browser).await?;
    assert_eq!(pasted, chosen, "the same pixels find the same products");
    assert_eq!(dropped.len(), chosen.len(), "JPEG's losses do not change the categories");
    browser.close().await
}

/// Records each stage that the page shows in `window.stages`.
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
    assert_eq!(browser.run(script).await?, serde_json::json!([true, true]), "the page handles neither");
    assert!(
        browser.run("return document.querySelector('[data-testid=progress], [data-testid=error]')").await?.is_null()
    );
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_exif_turns_stands_upright_whichever_way_it_comes() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    let upright = look();
    let jpeg = turned_by_exif(&upright)?;
    let file = tempfile::Builder::new().suffix(".jpg").tempfile()?;
    std::fs::write(file.path(), &jpeg)?;
    for way in ["choice", "drop", "paste"] {
        browser.open(&server.origin).await?;
        browser.find("file-input").await?;
        match way {
            "choice" => browser.choose(file.path()).await?,
            "drop" => drop(browser.run(&format!("{}{DROP}", transfer("look.jpg", "image/jpeg", &jpeg))).await?),
            _ => drop(browser.run(&format!("{}{PASTE}", transfer("look.jpg", "image/jpeg", &jpeg))).await?),
        }
        let cutout = browser.picture("cutout").await?;
        let photo = browser.picture("photo").await?;
        assert_eq!(photo.dimensions(), upright.dimensions(), "{way}: the photo is upright");
        assert_eq!(cutout.dimensions(), upright.dimensions(), "{way}: the cutout is upright");
        let (kept, near) = kept_and_near(&cutout, &upright);
        println!("{way}: {near} of {kept} pixels are the upright picture's");
        assert!(kept > 5_000 && f64::from(near) > 0.9 * f64::from(kept), "{way}: {near} of {kept}");
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_avif_photo_is_taken_where_the_browser_decodes_it_and_a_broken_one_is_explained() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    browser.open(&server.origin).await?;
    browser.choose(&root().join("tests/fixtures/formats/look.avif")).await?;
    let cutout = browser.picture("cutout").await?;
    let (kept, near) = kept_and_near(&cutout, &look());
    println!("AVIF: {near} of {kept} pixels are the picture's");
    assert_eq!(cutout.dimensions(), look().dimensions());
    assert!(kept > 5_000 && f64::from(near) > 0.9 * f64::from(kept), "{near} of {kept}");

    let broken = tempfile::Builder::new().suffix(".heic").tempfile()?;
    std::fs::write(broken.path(), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")?;
    browser.open(&server.origin).await?;
    browser.choose(broken.path()).await?;
    let (code, text) = browser.error().await?;
    assert_eq!(code, "heic", "{text}");
    browser.close().await
}

/// The number of pixels that the cutout keeps, and how many of them equal the picture's, except for compression losses.
fn kept_and_near(cutout: &RgbImage, picture: &RgbImage) -> (u32, u32) {
    let (mut kept, mut near) = (0, 0);
    for (cut, original) in cutout.pixels().zip(picture.pixels()) {
        if cut.0 != [255; 3] {
            kept += 1;
            near += u32::from(cut.0.iter().zip(original.0).all(|(cut, original)| cut.abs_diff(original) < 40));
        }
    }
    (kept, near)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_paste_button_takes_a_picture_and_says_what_else_there_is() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    browser.open(&server.origin).await?;
    browser.find("paste").await?;
    // Replace the clipboard: the system's clipboard is shared with other programs.
    for (read, words) in [
        ("async () => { throw new DOMException('', 'NotAllowedError') }", "does not let this page"),
        (
            "async () => [new ClipboardItem({'text/plain': new Blob(['a red coat'], {type: 'text/plain'})})]",
            "no picture",
        ),
    ] {
        browser.run(&format!("navigator.clipboard.read = {read}")).await?;
        browser.find("paste").await?.click().await?;
        let shown =
            format!("return document.querySelector('[data-testid=ways-note]').textContent.includes('{words}') || null");
        browser.wait_for(&shown, words).await?;
    }
    let png = encoded(look(), ImageFormat::Png)?;
    let read = format!(
        "const picture = new Blob([new Uint8Array({png:?})], {{type: 'image/png'}});
        navigator.clipboard.read = async () => [new ClipboardItem({{'image/png': picture}})];"
    );
    browser.run(&read).await?;
    browser.find("paste").await?.click().await?;
    let (kept, near) = kept_and_near(&browser.picture("cutout").await?, &look());
    assert!(kept > 5_000 && f64::from(near) > 0.9 * f64::from(kept), "{near} of {kept}");
    browser.close().await
}
