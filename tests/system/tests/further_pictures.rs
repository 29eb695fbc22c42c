//! Further pictures of products: on cards by mouse, keyboard and finger, in a product's view by keys, arrows and swipe. They are fetched when
//! they are wanted, and nothing moves when they come.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, Recorder, Server, WornShop};

/// Further pictures that were requested: paths without the query.
fn fetched(recorder: &Recorder) -> Vec<String> {
    let requests = recorder.requests();
    let paths = requests.iter().map(|request| request.uri.path().to_owned());
    // `/api/v1/images/ID/NUMBER`.
    let mut further: Vec<String> =
        paths.filter(|path| path.starts_with("/api/v1/images/") && path.matches('/').count() == 5).collect();
    further.sort();
    further.dedup();
    further
}

async fn settle() {
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_shows_its_second_picture_to_mouse_and_keyboard_and_fetches_it_then() -> Result<()> {
    let shop = WornShop::import()?;
    let server = Server::start_with(&["--catalogue", &shop.catalogue()])?;
    let (worn, another) = shop.worn_and_another()?;
    let recorder = Recorder::start().await?;
    // Headless, the browser takes the device for one without a mouse.
    let mouse =
        "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4";
    let args = [mouse, "--window-size=1280,900"].map(str::to_owned);
    let browser = Browser::with_args(args.into_iter().chain(recorder.browser_args()).collect()).await?;
    let card = format!("[data-product-id='{}'] a", worn.id);
    let second = format!(
        "const [first, second] = document.querySelectorAll(\"{card} img\");
        const style = getComputedStyle(second);
        if (style.display === 'none') return 'hidden';
        if (!second.complete || !second.naturalWidth) return null;
        const box = element => JSON.stringify(element.getBoundingClientRect());
        return box(first) === box(second) ? 'in the place of the first' : [box(first), box(second)]"
    );
    let appears = format!("const seen = (() => {{ {second} }})(); return seen === 'hidden' ? null : seen");
    let heights = "return [...document.querySelectorAll('.card')].map(card => card.getBoundingClientRect().height)";

    browser.open(&format!("{}/?product={}", server.origin, another.id)).await?;
    browser.results().await?;
    settle().await;
    assert_eq!(fetched(&recorder), Vec::<String>::new(), "nothing is fetched before");
    assert_eq!(browser.run(&second).await?, "hidden");
    let before = browser.run(heights).await?;
    browser.point_at(&card).await?;
    assert_eq!(browser.wait_for(&appears, "the second picture").await?, "in the place of the first");
    assert_eq!(browser.run(heights).await?, before, "nothing moves");
    assert_eq!(fetched(&recorder), [format!("/api/v1/images/{}/1", worn.id)]);
    browser.point_at("h2").await?;
    browser.wait_for(&format!("return (() => {{ {second} }})() === 'hidden' || null"), "the first picture").await?;

    // The keyboard's way: from the heading forward until the card has the focus.
    browser.run("document.querySelector('#results-heading').focus()").await?;
    let has_focus = format!("return document.activeElement.matches(\"{card}\")");
    for _ in 0..60 {
        if browser.run(&has_focus).await? == true {
            break;
        }
        browser.press("\u{e004}").await?;
    }
    assert_eq!(browser.wait_for(&appears, "the second picture").await?, "in the place of the first");
    browser.press("\u{e004}").await?;
    assert_eq!(browser.run(&second).await?, "hidden");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finger_swipes_to_a_cards_second_picture_in_a_grid_and_moves_the_page_and_rows_as_before() -> Result<()> {
    let shop = WornShop::import()?;
    let server = Server::start_with(&["--catalogue", &shop.catalogue()])?;
    let (worn, another) = shop.worn_and_another()?;
    let browser = Browser::start(None).await?;
    browser.become_phone().await?;
    browser.prefer_touch().await?;
    browser.open(&format!("{}/?product={}", server.origin, another.id)).await?;
    browser.results().await?;
    settle().await;
    let frame = format!("[data-product-id='{}'] .card__picture", worn.id);
    // Five similar ones: all of them are shown, in a grid.
    assert_eq!(browser.run("return document.querySelectorAll('.cards--all [data-testid=card]').length").await?, 5);
    let dots = "return [...document.querySelectorAll('.card__picture')].every(frame =>
        (getComputedStyle(frame, '::before').content !== 'none') === (frame.querySelector('.card__second') !== null))";
    assert_eq!(browser.run(dots).await?, true, "dots say which cards have more");
    browser.run("window.clicks = 0; document.addEventListener('click', () => { window.clicks += 1; }, true)").await?;
    let sizes = "return [...document.querySelectorAll('.card')].map(card => {
        const {width, height} = card.getBoundingClientRect(); return [width, height] })";
    let before = browser.run(sizes).await?;

    browser.swipe_left(&frame, 120).await?;
    let is_second = format!(
        "const frame = document.querySelector(\"{frame}\");
        const second = frame.querySelector('.card__second');
        const isThere = Math.abs(frame.scrollLeft - frame.clientWidth) <= 1;
        return isThere && frame.clientWidth > 100 && second.complete && second.naturalWidth ? true : null"
    );
    browser.wait_for(&is_second, "the second picture").await?;
    assert_eq!(browser.run(sizes).await?, before, "nothing moves");
    axe_finds_scrollers_reachable(&browser).await?;

    // A finger that begins on a picture scrolls the page.
    let scrolled = "return window.scrollY";
    browser.run(&format!("document.querySelector(\"{frame}\").scrollIntoView({{block: 'center'}})")).await?;
    let from = browser.run(scrolled).await?.as_f64().context("a number")?;
    browser.swipe_down(&frame, 100).await?;
    let to = browser.run(scrolled).await?.as_f64().context("a number")?;
    assert!(from - to > 50.0, "from {from} to {to}");
    browser.wait_for(&is_second, "the second picture").await?;
    assert_eq!(browser.run("return window.clicks").await?, 0, "a swipe is no press");

    // In a row the swipe is the row's.
    browser.run("document.querySelector('.cards--all').classList.remove('cards--all')").await?;
    browser.swipe_left(&frame, 120).await?;
    let moved = format!(
        "const frame = document.querySelector(\"{frame}\");
        return frame.scrollLeft === 0 && frame.closest('.cards').scrollLeft > 50 || null"
    );
    browser.wait_for(&moved, "the row's next cards").await?;
    assert_eq!(browser.run("return window.clicks").await?, 0, "a swipe is no press");
    browser.close().await
}

/// Asserts that axe-core finds no scrolling box that keyboards do not reach. AXE names its file.
async fn axe_finds_scrollers_reachable(browser: &Browser) -> Result<()> {
    let axe = std::fs::read_to_string(std::env::var("AXE").context("AXE names no axe.min.js")?)?;
    browser.run(&format!("{axe}; return null")).await?;
    let check = "window.axeResult = null;
        axe.run(document, {runOnly: {type: 'rule', values: ['scrollable-region-focusable']}}).then(result =>
            window.axeResult = result.violations.flatMap(violation => violation.nodes.map(node => node.html)));
        return null";
    browser.run(check).await?;
    assert_eq!(browser.wait_for("return window.axeResult", "axe-core").await?, json!([]));
    Ok(())
}

/// What the gallery shows: number in words, pictures with an address, and where the words beside it are.
const GALLERY: &str = "const list = document.querySelector('[data-testid=gallery]');
    const at = Math.round(list.scrollLeft / list.clientWidth);
    const picture = list.querySelectorAll('img')[at];
    if (Math.abs(list.scrollLeft - at * list.clientWidth) > 1 || !picture.complete || !picture.naturalWidth) return null;
    return {at, words: document.querySelector('[data-testid=picture-number]').textContent, alt: picture.alt,
        place: [document.querySelector('.product__words').getBoundingClientRect().top + scrollY,
            list.getBoundingClientRect().height, document.querySelector('.results').getBoundingClientRect().top + scrollY]}";

/// Waits until the gallery shows the picture `at`.
async fn shows(browser: &Browser, at: usize) -> Result<Value> {
    let there = format!(
        "const seen = (() => {{ {GALLERY} }})(); return seen?.at === {at} && seen.words.startsWith('{} ') ? seen : null",
        at + 1
    );
    browser.wait_for(&there, &format!("picture {at}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_products_view_has_all_its_pictures_by_keys_arrows_and_swipe() -> Result<()> {
    let shop = WornShop::import()?;
    let server = Server::start_with(&["--catalogue", &shop.catalogue()])?;
    let worn = &shop.outfits.first().context("an outfit")?[0];
    for is_phone in [false, true] {
        let recorder = Recorder::start().await?;
        let browser = Browser::start(Some(&recorder)).await?;
        if is_phone {
            browser.become_phone().await?;
        }
        browser.open(&format!("{}/?product={}", server.origin, worn.id)).await?;
        browser.results().await?;
        browser.find("gallery").await?;
        settle().await;
        let own = || fetched(&recorder).iter().filter(|path| path.contains(&*worn.id)).count();
        assert_eq!(own(), 0, "phone: {is_phone}: only the title picture is fetched");
        let first = shows(&browser, 0).await?;
        assert_eq!((&first["words"], &first["alt"]), (&json!("1 of 3"), &json!(worn.title)), "phone: {is_phone}");

        if is_phone {
            browser.swipe_left("[data-testid=gallery]", 120).await?;
        } else {
            browser.run("document.querySelector('[data-testid=gallery]').focus()").await?;
            browser.press("\u{e014}").await?;
        }
        let second = shows(&browser, 1).await?;
        assert_eq!(second["alt"], format!("{}, picture 2 of 3", worn.title));
        assert_eq!(second["place"], first["place"], "nothing moves");
        if is_phone {
            browser.swipe_left("[data-testid=gallery]", 120).await?;
        } else {
            browser.run("document.querySelector('[data-testid=picture-on]').click()").await?;
        }
        let third = shows(&browser, 2).await?;
        assert_eq!((&third["words"], &third["place"]), (&json!("3 of 3"), &first["place"]));
        assert_eq!(own(), 2);
        let ends =
            "return ['back', 'on'].map(way => document.querySelector(`[data-testid=picture-${way}]`).ariaDisabled)";
        assert_eq!(browser.run(ends).await?, json!(["false", "true"]));
        browser.run("document.querySelector('[data-testid=picture-back]').click()").await?;
        shows(&browser, 1).await?;
        if !is_phone {
            browser.run("document.querySelector('[data-testid=gallery]').focus()").await?;
            browser.press("\u{e012}").await?;
            shows(&browser, 0).await?;
        }

        // One picture needs no ways to others.
        browser.open(&format!("{}/?product={}", server.origin, shop.alone.id)).await?;
        browser.results().await?;
        let alone = "return [document.querySelectorAll('[data-testid=product-picture]').length,
            document.querySelectorAll('[data-testid=gallery], [data-testid=picture-on]').length]";
        assert_eq!(browser.run(alone).await?, json!([1, 0]));
        browser.close().await?;
    }
    Ok(())
}
