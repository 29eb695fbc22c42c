//! Searches by numbers, whatever happens between photo and cards: a look that is opened again, similar articles, a mended cutout, a marked part, no
//! connection. No picture leaves the browser in any of them.

use anyhow::Result;
use image::ImageFormat;
use serde_json::{Value, json};
use stl_tests::{Browser, Recorded, Recorder, Server, encoded, look, sent_numbers};
use stl_types::wire::NumbersSearch;

/// Switches to numbers, and returns their bytes once the receipt names them.
const SEND_NUMBERS: &str = "const chosen = document.querySelector('[data-testid=send-numbers]');
    if (!chosen || !document.querySelector('[data-testid=send]')) return null;
    if (!chosen.checked) { chosen.click(); return null; }
    return document.querySelector('[data-testid=receipt]').dataset.bytes ?? null";

/// The shown rows' product ids, once no search is running; waits for at least one card.
const SHOWN: &str = "if (document.querySelector('[data-testid=progress], [aria-busy=true]')) return null;
    const cards = [...document.querySelectorAll('[data-testid=card]')].map(card => card.dataset.productId);
    return cards.length ? cards : null";

/// Whether a look is kept on the device.
const IS_KEPT: &str =
    "caches.open('shop-the-look.looks').then(cache => cache.keys()).then(keys => { window.kept = keys.length; });
    return window.kept || null";

/// Whether the service worker has all its files and controls this page.
const CONTROLLED: &str = "return navigator.serviceWorker.controller?.state === 'activated' || null";

/// What is said beside the cutout, and on the receipt.
const SAID: &str = "const numbers = document.querySelector('[data-testid=numbers]');
    return numbers && [numbers.textContent,
        document.querySelector('[data-testid=look]').textContent.includes('Only numbers of it are sent')]";

/// A server, a photo, and a browser whose traffic is recorded.
struct Visit {
    server: Server,
    recorder: Recorder,
    browser: Browser,
    photo: tempfile::NamedTempFile,
}

impl Visit {
    async fn start() -> Result<Self> {
        let recorder = Recorder::start().await?;
        let photo = tempfile::Builder::new().suffix(".png").tempfile()?;
        std::fs::write(photo.path(), encoded(look(), ImageFormat::Png)?)?;
        let browser = Browser::start(Some(&recorder)).await?;
        Ok(Self { server: Server::start()?, recorder, browser, photo })
    }

    /// Opens the page, chooses the photo, and waits until its numbers are on the receipt.
    async fn review(&self) -> Result<()> {
        self.browser.open(&self.server.origin).await?;
        self.browser.choose(self.photo.path()).await?;
        self.browser.wait_for(SEND_NUMBERS, "the numbers on the receipt").await.map(drop)
    }

    async fn shown(&self) -> Result<Value> {
        self.browser.wait_for(SHOWN, "cards").await
    }

    /// All searches that were sent so far. Nothing else may have a body, and nothing a picture.
    fn searches(&self) -> Result<Vec<NumbersSearch>> {
        let requests = self.recorder.requests();
        for request in &requests {
            anyhow::ensure!(image::guess_format(&request.body).is_err(), "{} carries a picture", request.uri);
        }
        let of_page = requests.iter().filter(|request| request.uri.to_string().starts_with(&self.server.origin));
        of_page.filter(|request| !request.body.is_empty()).map(numbers_of).collect()
    }
}

/// What a search sent for a person.
fn numbers_of(request: &Recorded) -> Result<NumbersSearch> {
    let numbers = sent_numbers(request)?;
    anyhow::ensure!(numbers.article.is_none(), "a person wears the garments");
    Ok(numbers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_is_opened_again_shows_the_same_cards_and_sends_no_picture() -> Result<()> {
    let visit = Visit::start().await?;
    let browser = &visit.browser;
    visit.review().await?;
    browser.results().await?;
    let found = visit.shown().await?;
    browser.wait_for(IS_KEPT, "that the look is kept").await?;
    assert_eq!(visit.searches()?.len(), 1);

    // Similar articles need no numbers, and the look comes back from them.
    browser.run("document.querySelector('[data-testid=more-like-this]').click()").await?;
    browser.find("product-picture").await?;
    assert_ne!(visit.shown().await?, found, "similar articles");
    browser.find("back-to-results").await?.click().await?;
    browser.find("receipt").await?;
    assert_eq!(visit.shown().await?, found, "back from similar articles");

    // A reload has the answer, and no numbers any more.
    browser.run("window.isOld = true; location.reload()").await?;
    browser.wait_for("return !window.isOld && document.querySelector('#main') ? true : null", "the page again").await?;
    assert_eq!(visit.shown().await?, found, "after a reload");
    let words = "Numbers that describe what is worn, and where in the picture";
    assert_eq!(browser.wait_for(SAID, "what was sent").await?, json!([words, true]));
    assert_eq!(visit.searches()?.len(), 1, "nothing is sent again");

    // Without the answer it is reviewed, and sent as the same numbers.
    browser.open(&visit.server.origin).await?;
    browser.find("history-look").await?.click().await?;
    browser.wait_for(SEND_NUMBERS, "the numbers of the look").await?;
    assert_eq!(visit.searches()?.len(), 1, "nothing is sent before the visitor has seen it");
    browser.results().await?;
    assert_eq!(visit.shown().await?, found, "the same cards");
    let searches = visit.searches()?;
    let [first, again] = &searches[..] else { anyhow::bail!("expected two searches, got {}", searches.len()) };
    anyhow::ensure!(first == again, "the kept look has other numbers than the photo's cutout");
    visit.browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mended_cutout_and_a_marked_part_are_sent_as_other_numbers() -> Result<()> {
    let visit = Visit::start().await?;
    let browser = &visit.browser;
    visit.review().await?;
    browser.results().await?;

    // The brush begins in the middle of the picture, in the person or near: a broad one touches the person in both cases.
    visit.review().await?;
    let (width, height) = browser.picture("cutout").await?.dimensions();
    let open = "window.former = document.querySelector('img[data-testid=cutout]').src;
        document.querySelector('[data-testid=mend]').click()";
    browser.run(open).await?;
    let has_focus = "return document.activeElement?.dataset?.testid === 'mend-canvas' || null";
    browser.wait_for(has_focus, "the editor").await?;
    browser.press("++").await?;
    browser.press(" ").await?;
    let said = "return document.querySelector('[data-testid=mend-said]').textContent.trim() === 'Erased' || null";
    browser.wait_for(said, "that something is erased").await?;
    browser.run("document.querySelector('[data-testid=mend-done]').click()").await?;
    let mended = "const cutout = document.querySelector('img[data-testid=cutout]');
        return cutout && cutout.src !== window.former || null";
    browser.wait_for(mended, "another cut-out").await?;
    browser.wait_for(SEND_NUMBERS, "the numbers of the mended cut-out").await?;
    assert_eq!(visit.searches()?.len(), 1, "mending sends nothing");
    browser.results().await?;

    // A part of it, marked beside the results.
    browser.run("document.querySelector('[data-garment=part]').click()").await?;
    browser.find("part").await?;
    // With Shift, arrow keys make it smaller; without, they move it.
    browser.press("\u{e008}\u{e012}\u{e013}\u{e008}\u{e014}\u{e015}").await?;
    browser.find("send").await?;
    assert_eq!(visit.searches()?.len(), 2, "nothing is sent before it was looked at");
    let shares = "return ['width', 'height'].map(side =>
        Number.parseFloat(document.querySelector('[data-testid=part] .part').style[side]) / 100)";
    let shares: [f64; 2] = serde_json::from_value(browser.run(shares).await?)?;
    let pixels = |share: f64, side: u32| (share * f64::from(side)).round() as u32;
    let expected = [pixels(shares[0], width), pixels(shares[1], height)];
    // The former results stay until the new ones arrive.
    for _ in 0..600 {
        if visit.searches()?.len() > 2 {
            break;
        }
        browser.run("document.querySelector('[data-testid=send]')?.click()").await?;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    browser.results().await?;
    visit.shown().await?;

    let searches = visit.searches()?;
    let [whole, mended, part] = &searches[..] else { anyhow::bail!("expected three searches, got {}", searches.len()) };
    assert_eq!([[whole.width, whole.height], [mended.width, mended.height]], [[width, height]; 2]);
    assert_eq!([part.width, part.height], expected, "the part's own size");
    anyhow::ensure!(expected[0] < width && expected[1] < height, "a part of it: {expected:?}");
    anyhow::ensure!(mended.whole != whole.whole, "what was erased is not in the numbers");
    anyhow::ensure!(part.whole != mended.whole, "only the part is in the numbers");
    visit.browser.close().await
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_server_the_page_cuts_out_and_says_that_numbers_wait_for_it() -> Result<()> {
    let mut visit = Visit::start().await?;
    visit.browser.open(&visit.server.origin).await?;
    visit.browser.wait_for(CONTROLLED, "a service worker").await?;
    // No search was made: the encoder is not on this device.
    visit.browser.run("localStorage.setItem('shop-the-look.sends-numbers', 'yes')").await?;
    visit.server.kill()?;

    visit.browser.open(&visit.server.origin).await?;
    visit.browser.choose(visit.photo.path()).await?;
    let kept = visit.browser.picture("cutout").await?.pixels().filter(|pixel| pixel.0 != [255; 3]).count();
    assert!(kept > 5_000, "a person was cut out: {kept} pixels");
    visit.browser.find("send").await?;
    let said = visit.browser.wait_for(SAID, "what would be sent").await?;
    assert_eq!(said[1], true, "{said}");
    visit.browser.run("document.querySelector('[data-testid=send]').click()").await?;
    let (code, text) = visit.browser.error().await?;
    assert_eq!(code, "server-unreachable", "{text}");

    say_online(&visit.browser, false).await?;
    visit.browser.find("retry").await?.click().await?;
    let offline = "const error = document.querySelector('[data-testid=error]');
        return error?.dataset.code === 'offline' ? error.textContent : null";
    let text = visit.browser.wait_for(offline, "that it is offline").await?;
    assert!(text.as_str().is_some_and(|text| text.contains("To search, connect to the internet")), "{text}");
    assert_eq!(visit.searches()?.len(), 0);

    visit.server.restart()?;
    say_online(&visit.browser, true).await?;
    visit.browser.find("retry").await?.click().await?;
    assert!(!visit.browser.results().await?.is_empty(), "the retry searches");
    visit.shown().await?;
    assert_eq!(visit.searches()?.len(), 1, "numbers, once");
    visit.browser.close().await
}
