//! A visitor corrects the cutout by keyboard, pointer and touch. Erased pixels are white in the new cutout.

use anyhow::{Context as _, Result};
use image::{ImageFormat, RgbImage};
use stl_tests::{Browser, Recorder, Server, encoded, look};

const WHITE: [u8; 3] = [255; 3];

/// Waits until the page shows another cutout than `before`, and returns it.
async fn other_cutout(browser: &Browser, before: &RgbImage) -> Result<RgbImage> {
    for _ in 0..200 {
        let is_idle = browser.run("return !document.querySelector('[data-testid=progress]')").await?;
        let shown = browser.picture("cutout").await?;
        if is_idle == true && shown != *before {
            return Ok(shown);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anyhow::bail!("the cut-out never changed")
}

/// Chooses a drawn look and waits for its cutout.
async fn cut_out(browser: &Browser, origin: &str) -> Result<RgbImage> {
    let file = tempfile::Builder::new().suffix(".png").tempfile()?;
    std::fs::write(file.path(), encoded(look(), ImageFormat::Png)?)?;
    browser.open(origin).await?;
    browser.choose(file.path()).await?;
    browser.find("mend").await?;
    browser.picture("cutout").await
}

/// Opens the dialog; the canvas has the focus.
async fn open(browser: &Browser) -> Result<()> {
    browser.find("mend").await?.click().await?;
    browser.find("mend-canvas").await?;
    for _ in 0..100 {
        if browser.run("return document.activeElement?.dataset?.testid").await? == "mend-canvas" {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    anyhow::bail!("the canvas never had the focus")
}

async fn click(browser: &Browser, test_id: &str) -> Result<()> {
    Ok(browser.find(test_id).await?.click().await?)
}

async fn said(browser: &Browser) -> Result<String> {
    let said = browser.run("return document.querySelector('[data-testid=mend-said]').textContent.trim()").await?;
    Ok(said.as_str().context("words")?.to_owned())
}

/// Dispatches pointer events at relative positions of the canvas, as a finger, mouse or pen does.
async fn stroke(browser: &Browser, kind: &str, events: &[(&str, f64, f64)]) -> Result<()> {
    let events = serde_json::to_string(events)?;
    let script = format!(
        "const canvas = document.querySelector('[data-testid=mend-canvas]');
        const box = canvas.getBoundingClientRect();
        for (const [type, x, y] of {events}) canvas.dispatchEvent(new PointerEvent(type, {{
            pointerType: '{kind}', pointerId: 7, isPrimary: true, bubbles: true, cancelable: true,
            button: type === 'pointermove' ? -1 : 0, buttons: type === 'pointerup' ? 0 : 1,
            clientX: box.left + x * box.width, clientY: box.top + y * box.height}}));"
    );
    browser.run(&script).await?;
    Ok(())
}

/// Number of pixels that belong to the person in one picture and are white in the other.
fn erased(before: &RgbImage, after: &RgbImage) -> usize {
    before.pixels().zip(after.pixels()).filter(|(before, after)| before.0 != WHITE && after.0 == WHITE).count()
}

/// The pixel at a relative position of a picture.
fn at(picture: &RgbImage, x: f64, y: f64) -> [u8; 3] {
    let along = |share: f64, side: u32| ((share * f64::from(side)) as u32).min(side - 1);
    picture.get_pixel(along(x, picture.width()), along(y, picture.height())).0
}

/// A relative position inside the person: the middle of the longest run of kept pixels in the middle row.
fn in_the_person(cutout: &RgbImage) -> Result<(f64, f64)> {
    let y = cutout.height() / 2;
    let (mut best, mut run) = (0..0, 0..0);
    for x in 0..cutout.width() {
        run = if cutout.get_pixel(x, y).0 == WHITE { x + 1..x + 1 } else { run.start..x + 1 };
        if run.len() > best.len() {
            best = run.clone();
        }
    }
    anyhow::ensure!(best.len() > 20, "the person is broader than a brush");
    let share = |at: f64, side: u32| (at + 0.5) / f64::from(side);
    Ok((share(f64::from(best.start + best.end) / 2.0, cutout.width()), share(f64::from(y), cutout.height())))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_keyboard_alone_something_is_erased_and_undone() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    let before = cut_out(&browser, &server.origin).await?;
    let (width, height) = before.dimensions();

    // The brush starts in the middle, inside or near the person. A broad brush touches the person in both cases.
    open(&browser).await?;
    browser.press("++").await?;
    browser.press(" ").await?;
    assert_eq!(said(&browser).await?, "Erased");
    browser.press("\u{e014}").await?; // WebDriver's right arrow
    assert!(said(&browser).await?.contains("51 % from the left, 50 % from above"), "{}", said(&browser).await?);
    click(&browser, "mend-done").await?;
    let mended = other_cutout(&browser, &before).await?;
    let gone = erased(&before, &mended);
    println!("{gone} pixels of {width} × {height} erased by keyboard");
    assert!(gone > 100, "{gone} pixels");
    assert_eq!(at(&mended, 0.5, 0.5), WHITE);
    // Pixels far from the brush have not changed.
    let reach = 0.1 * f64::from(width.max(height));
    for (x, y, pixel) in before.enumerate_pixels() {
        let (dx, dy) = (f64::from(x) - f64::from(width) / 2.0, f64::from(y) - f64::from(height) / 2.0);
        assert!(dx.hypot(dy) < reach || mended.get_pixel(x, y) == pixel, "{x}, {y} is far from the brush");
    }
    assert_eq!(
        browser.run("return document.activeElement?.dataset?.testid").await?,
        "mend",
        "the focus returns to the button"
    );

    // A change that is undone has no effect. A reset restores the first cutout.
    open(&browser).await?;
    browser.press(" ").await?;
    assert_eq!(said(&browser).await?, "This is removed already");
    click(&browser, "mend-reset").await?;
    click(&browser, "mend-done").await?;
    let back = other_cutout(&browser, &mended).await?;
    assert_eq!(back, before, "as it first was");

    open(&browser).await?;
    browser.press(" ").await?;
    browser.press("\u{e009}z").await?; // WebDriver's Control
    assert_eq!(said(&browser).await?, "Undone");
    click(&browser, "mend-done").await?;
    assert_eq!(browser.picture("cutout").await?, before, "undo restores the former cutout");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mouse_finger_and_pen_paint_lines_and_dabs_and_undo_restores_them() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    let before = cut_out(&browser, &server.origin).await?;
    let (x, y) = in_the_person(&before)?;
    let requests = recorder.requests().len();

    for kind in ["touch", "pen", "mouse"] {
        open(&browser).await?;
        // Two positions of one stroke are connected: the pixels between them are erased too.
        let line = [("pointerdown", x, y - 0.1), ("pointermove", x, y + 0.1), ("pointerup", x, y + 0.1)];
        stroke(&browser, kind, &line).await?;
        assert_eq!(said(&browser).await?, "Erased", "{kind}");
        // A tap paints one dab, which can be undone by itself.
        click(&browser, "mend-add").await?;
        stroke(&browser, kind, &[("pointerdown", x, y), ("pointerup", x, y)]).await?;
        assert_eq!(said(&browser).await?, "Added", "{kind}");
        click(&browser, "mend-undo").await?;
        assert_eq!(said(&browser).await?, "Undone", "{kind}");
        click(&browser, "mend-done").await?;
        let mended = other_cutout(&browser, &before).await?;
        for share in [-0.1, -0.05, 0.0, 0.05, 0.1] {
            assert_eq!(at(&mended, x, y + share), WHITE, "{kind} erases a line");
        }

        open(&browser).await?;
        click(&browser, "mend-reset").await?;
        click(&browser, "mend-undo").await?;
        click(&browser, "mend-redo").await?;
        click(&browser, "mend-done").await?;
        assert_eq!(other_cutout(&browser, &mended).await?, before, "{kind}: as it first was");
    }

    // A cancelled touch paints nothing, and Escape discards all changes.
    open(&browser).await?;
    stroke(&browser, "touch", &[("pointerdown", x, y), ("pointercancel", x, y)]).await?;
    assert_eq!(
        browser.run("return document.querySelector('[data-testid=mend-undo]').ariaDisabled").await?,
        "true",
        "nothing to undo"
    );
    stroke(&browser, "touch", &[("pointerdown", x, y), ("pointerup", x, y)]).await?;
    browser.press("\u{e00c}").await?; // WebDriver's Escape
    for _ in 0..100 {
        if browser.run("return document.querySelector('[data-testid=mend-dialog]')").await?.is_null() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(browser.run("return document.querySelector('[data-testid=mend-dialog]')").await?.is_null());
    assert_eq!(browser.picture("cutout").await?, before);
    // Ignore the browser's own requests, for updates and the time.
    let sent = recorder.requests().split_off(requests);
    let of_the_page = sent.iter().filter(|request| request.uri.to_string().starts_with(&server.origin));
    assert_eq!(
        of_the_page.map(|request| request.uri.to_string()).collect::<Vec<_>>(),
        [""; 0],
        "editing the cutout sends no request"
    );
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_erases_everything_is_told_and_stays() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    let before = cut_out(&browser, &server.origin).await?;
    open(&browser).await?;
    browser.press("+++++++").await?;
    let mut lines = Vec::new();
    for row in 0..14 {
        let y = f64::from(row) / 13.0;
        lines.extend([("pointerdown", 0.0, y), ("pointermove", 1.0, y), ("pointerup", 1.0, y)]);
    }
    stroke(&browser, "mouse", &lines).await?;
    click(&browser, "mend-done").await?;
    assert!(said(&browser).await?.starts_with("Nothing is left"), "{}", said(&browser).await?);
    browser.press("\u{e00c}").await?;
    assert_eq!(browser.picture("cutout").await?, before);
    browser.close().await
}
