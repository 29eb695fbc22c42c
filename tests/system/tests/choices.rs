//! Choices before a search: a garment alone, one of several people, the photo turned. Nothing is sent before the visitor has chosen.

use anyhow::{Context as _, Result};
use axum::http::Method;
use image::{ImageFormat, Rgb, RgbImage};
use stl_tests::{Browser, Recorder, Server, encoded, look, pair, product};
use stl_types::wire::paths;

const WHITE: [u8; 3] = [255; 3];

/// A server and a browser whose traffic is recorded.
struct Watched {
    server: Server,
    recorder: Recorder,
    browser: Browser,
    folder: tempfile::TempDir,
}

impl Watched {
    async fn start() -> Result<Self> {
        let recorder = Recorder::start().await?;
        let browser = Browser::start(Some(&recorder)).await?;
        Ok(Self { server: Server::start()?, browser, recorder, folder: tempfile::tempdir()? })
    }

    async fn choose(&self, picture: &RgbImage) -> Result<()> {
        let file = self.folder.path().join("photo.png");
        std::fs::write(&file, encoded(picture.clone(), ImageFormat::Png)?)?;
        self.browser.open(&self.server.origin).await?;
        self.browser.choose(&file).await
    }

    /// Addresses of the searches that were sent.
    fn searches(&self) -> Vec<String> {
        let is_search = |path: &str| path.starts_with(paths::SEARCH);
        let requests = self.recorder.requests().into_iter();
        requests
            .filter(|request| request.method == Method::POST && is_search(request.uri.path()))
            .map(|request| request.uri.to_string())
            .collect()
    }

    async fn click(&self, selector: &str) -> Result<()> {
        let click = format!(
            "const found = document.querySelector({selector:?}); if (!found) return null; found.click(); return true"
        );
        self.browser.wait_for(&click, selector).await.map(drop)
    }
}

/// Share of the pixels in columns `from..until` (of 1) that are not white.
fn kept(picture: &RgbImage, from: f64, until: f64) -> f64 {
    let columns = (f64::from(picture.width()) * from) as u32..(f64::from(picture.width()) * until) as u32;
    let inside = picture.enumerate_pixels().filter(|(x, _, _)| columns.contains(x));
    let (kept, all) =
        inside.fold((0.0, 0.0), |(kept, all), (_, _, pixel)| (kept + f64::from(u8::from(pixel.0 != WHITE)), all + 1.0));
    kept / f64::max(all, 1.0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_garment_alone_is_offered_reviewed_and_searched_as_one_row() -> Result<()> {
    let watched = Watched::start().await?;
    let browser = &watched.browser;
    let (picture, category) = product();
    // A visitor who sends at once has agreed to send people, not things.
    browser.open(&watched.server.origin).await?;
    browser.run("localStorage.setItem('shop-the-look.sends-at-once', 'yes')").await?;
    watched.choose(&picture).await?;
    let (code, text) = browser.error().await?;
    println!("a product: {code}: {text:?}");
    assert_eq!(code, "no-person", "{text}");
    assert_eq!(watched.searches(), Vec::<String>::new(), "nothing is sent unasked");
    watched.click("[data-testid=take-thing]").await?;
    browser.find("send").await?;
    assert_eq!(watched.searches(), Vec::<String>::new(), "nothing is sent before it was looked at");
    let cutout = browser.picture("cutout").await?;
    let share = kept(&cutout, 0.0, 1.0);
    assert!((0.05..0.9).contains(&share), "{share} of the picture is kept");
    for (x, y) in [(0, 0), (cutout.width() - 1, 0), (0, cutout.height() - 1)] {
        assert_eq!(cutout.get_pixel(x, y).0, WHITE, "the background is removed");
    }
    browser.find("mend").await?;
    let results = browser.results().await?;
    let searches = watched.searches();
    assert!(searches.len() == 1 && searches[0].contains("subject=garment"), "{searches:?}");
    let seen = "return [...document.querySelectorAll('[data-testid=category]')]
        .filter(row => row.querySelector('[data-testid=seen]')).map(row => row.dataset.category)";
    println!("a product of {category}: {:?}", browser.run(seen).await?);
    assert_eq!(browser.run(seen).await?.as_array().context("a list")?.len(), 1, "one row is of the garment");
    assert!(!results[0].products.is_empty());
    watched.browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_people_only_the_chosen_one_is_sent() -> Result<()> {
    let watched = Watched::start().await?;
    let browser = &watched.browser;
    watched.choose(&pair()).await?;
    browser.find("who").await?;
    let labels = browser
        .run("return [...document.querySelectorAll('[data-testid=person]')].map(button => button.getAttribute('aria-label'))")
        .await?;
    assert_eq!(labels, serde_json::json!(["Person 1 of 2, from the left", "Person 2 of 2, from the left"]));
    assert_eq!(watched.searches(), Vec::<String>::new(), "nothing is sent before the choice");
    // By keyboard: the buttons are reached in their order.
    browser.run("document.querySelectorAll('[data-testid=person]')[1].focus()").await?;
    browser.press("\u{e007}").await?;
    browser.find("send").await?;
    let right = browser.picture("cutout").await?;
    println!("the right one: {:.3} and {:.3} kept", kept(&right, 0.0, 0.5), kept(&right, 0.5, 1.0));
    assert!(kept(&right, 0.0, 0.5) < 0.002 && kept(&right, 0.5, 1.0) > 0.1);
    let removed = browser.run("return document.querySelector('[data-testid=removed]').textContent").await?;
    assert!(removed.as_str().is_some_and(|words| words.contains("everybody else")), "{removed}");
    // The choice stays.
    watched.click("[data-testid=other-person][aria-pressed=false]").await?;
    let is_left =
        "return document.querySelector('[data-testid=other-person]')?.getAttribute('aria-pressed') === 'true' || null";
    browser.wait_for(is_left, "the other person").await?;
    browser.find("send").await?;
    let left = browser.picture("cutout").await?;
    assert!(kept(&left, 0.5, 1.0) < 0.002 && kept(&left, 0.0, 0.5) > 0.1);
    browser.results().await?;
    let sent = watched.recorder.requests().into_iter().rfind(|request| !request.body.is_empty()).context("a search")?;
    let png = encoded_in(&sent.body).context("the cutout in the form")?;
    assert!(png == left, "what is sent is what was shown");
    watched.browser.close().await
}

/// The first PNG in a form.
fn encoded_in(form: &[u8]) -> Option<RgbImage> {
    let start = form.windows(8).position(|bytes| bytes == b"\x89PNG\r\n\x1a\n")?;
    image::load_from_memory_with_format(&form[start..], ImageFormat::Png).ok().map(image::DynamicImage::into_rgb8)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cup_is_nobody_and_nothing_is_searched() -> Result<()> {
    let watched = Watched::start().await?;
    let cup = RgbImage::from_fn(400, 300, |x, y| {
        let away = (f64::from(x) - 280.0).hypot(f64::from(y) - 150.0);
        let is_inside = (f64::from(x) - 200.0).hypot((f64::from(y) - 80.0) * 3.9) < 70.0;
        let is_body = (130..270).contains(&x) && (80..230).contains(&y) || is_inside;
        Rgb(match (is_inside, is_body, y < 200) {
            (true, ..) => [30, 55, 75],
            (_, true, _) => [60, 110, 150],
            _ if x >= 270 && (32.0..50.0).contains(&away) => [60, 110, 150],
            (.., true) => [190, 200, 190],
            _ => [95, 100, 95],
        })
    });
    watched.choose(&cup).await?;
    let (code, text) = watched.browser.error().await?;
    println!("a cup: {code}: {text:?}");
    assert!(["no-person", "too-small"].contains(&code.as_str()), "{code}: {text}");
    assert_eq!(watched.searches(), Vec::<String>::new());
    watched.browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_on_its_side_is_turned_by_a_button_that_keeps_the_focus() -> Result<()> {
    let watched = Watched::start().await?;
    let browser = &watched.browser;
    let upright = look();
    watched.choose(&image::imageops::rotate270(&upright)).await?;
    browser.find("turn").await?;
    browser.run("document.querySelector('[data-testid=turn]').focus()").await?;
    browser.press("\u{e007}").await?;
    let is_turned = "const cutout = document.querySelector('[data-testid=cutout]');
        return document.querySelector('[data-testid=send]') && cutout && cutout.height > cutout.width || null";
    browser.wait_for(is_turned, "an upright cut-out").await?;
    let cutout = browser.picture("cutout").await?;
    assert!(cutout.height() > cutout.width() && kept(&cutout, 0.0, 1.0) > 0.05);
    assert_eq!(browser.run("return document.activeElement?.dataset?.testid").await?, "turn");
    assert_eq!(watched.searches(), Vec::<String>::new());
    browser.results().await?;
    watched.browser.close().await
}
