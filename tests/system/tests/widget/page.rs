//! The widget in the shop's page: theme, two widgets, dialog, consent, refused origins.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, Recorder};

use crate::fixture::{WidgetFixture, confirm, event, press, ranks, searched, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shop_themes_the_widget_and_its_style_sheet_does_nothing_else() -> Result<()> {
    let fixture = WidgetFixture::new().await?;
    let browser = Browser::start(None).await?;
    fixture.open_page(&browser, "inline.html").await?;
    let style = |selector: &str, properties: &[&str]| {
        format!(
            "const style = getComputedStyle(tree.querySelector('{selector}'));
            return {properties:?}.map(property => style[property])"
        )
    };
    let accent = "rgb(0, 128, 106)";
    let start =
        within(&browser, "first", &style(".stl-button", &["backgroundColor", "borderRadius", "fontSize"])).await?;
    assert_eq!(start, json!([accent, "999px", "16px"]));
    browser.run("document.getElementById('first').searchFrom(document.getElementById('look'))").await?;
    confirm(&browser, "first").await?;
    event(&browser, "first", "stl-results").await?;
    let inherited = ["color", "letterSpacing", "textTransform", "textAlign", "fontSize"];
    let root = within(&browser, "first", &style(".root", &inherited)).await?;
    assert_eq!(root, json!(["rgb(23, 24, 27)", "normal", "none", "start", "16px"]));
    let button = within(&browser, "first", &style("[data-testid=try-another]", &["color", "borderRadius"])).await?;
    assert_eq!(button, json!([accent, "999px"]));
    let title = within(&browser, "first", &style(".card__title", &["textDecorationLine", "fontSize"])).await?;
    assert_eq!(title, json!(["underline", "15px"]), "::part styles it");
    let height = within(&browser, "first", "return tree.querySelector('.root').getBoundingClientRect().width").await?;
    assert!(height.as_f64().is_some_and(|width| width > 600.0), "{height}");
    let heading = browser.run("return getComputedStyle(document.querySelector('h1')).fontSize").await?;
    assert_eq!(heading, "40px", "the widget did not change the shop's heading");

    // With reduced motion, every change takes one frame.
    for (change, paper) in [
        ("widget.theme = 'dark'", json!(["rgb(18, 19, 22)", "dark"])),
        ("widget.setAttribute('theme', 'light')", json!(["rgb(246, 246, 244)", "light"])),
    ] {
        within(&browser, "first", change).await?;
        let shown = format!(
            "const style = getComputedStyle(document.getElementById('first').shadowRoot.querySelector('.root'));
            return JSON.stringify([style.backgroundColor, style.colorScheme]) === '{paper}' || null"
        );
        browser.wait_for(&shown, &format!("{paper} after {change}")).await?;
    }
    fixture.finish(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_widgets_share_one_program_and_each_has_its_own_wishes() -> Result<()> {
    let fixture = WidgetFixture::new().await?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    fixture.open_page(&browser, "two.html").await?;
    browser
        .run("for (const id of ['first', 'second']) document.getElementById(id).searchFrom(document.getElementById('look'))")
        .await?;
    confirm(&browser, "first").await?;
    confirm(&browser, "second").await?;
    let first = event(&browser, "first", "stl-results").await?;
    let second = event(&browser, "second", "stl-results").await?;
    assert_eq!(searched(&first).len(), 8);
    for category in second["categories"].as_array().context("categories")? {
        let cards = category["cards"].as_array().context("cards")?;
        assert!(cards.len() <= 3, "{} cards", cards.len());
    }
    assert_eq!(searched(&second), ["skirts", "trousers"]);
    let scored = |results: &Value| results["articles_scored"].as_u64().context("articles");
    assert!(scored(&second)? * 2 < scored(&first)?, "only these categories are searched");
    let requested = |query: &str| recorder.requests().iter().any(|request| request.uri.query() == Some(query));
    assert!(requested("category=skirts&category=trousers&limit=3"), "the request names only these categories");
    let count = |end: &str| recorder.requests().iter().filter(|request| request.uri.path().ends_with(end)).count();
    assert_eq!((count("widget.json"), count("_bg.wasm")), (1, 1));
    let words =
        "return [tree.querySelector('.root').lang, tree.querySelector('[data-testid=try-another]').textContent]";
    assert_eq!(within(&browser, "first", words).await?[0], "en");
    let [first, second] = [within(&browser, "first", words).await?, within(&browser, "second", words).await?];
    assert_eq!(second[0], "fr");
    assert_ne!(first[1], second[1], "each widget has its own language");
    assert_eq!(
        browser.run("return document.documentElement.lang").await?,
        "en",
        "the language of the shop's page is unchanged"
    );
    fixture.finish(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialog_opens_by_its_button_closes_by_escape_and_gives_the_focus_back() -> Result<()> {
    let fixture = WidgetFixture::new().await?;
    let browser = Browser::start(None).await?;
    fixture.open_page(&browser, "dialog.html").await?;
    let label = "return tree.querySelector('slot').assignedNodes()[0].textContent";
    assert_eq!(within(&browser, "first", label).await?, "Find it in a photo");
    within(&browser, "first", "tree.querySelector('[part=trigger]').focus()").await?;
    press(&browser, "Enter", 13, "\r").await?;
    event(&browser, "first", "stl-ready").await?;
    let inside = "const dialog = tree.querySelector('dialog');
        return [dialog.open, dialog.contains(tree.activeElement), !!tree.querySelector('[data-testid=drop-zone]')]";
    assert_eq!(within(&browser, "first", inside).await?, json!([true, true, true]));
    press(&browser, "Escape", 27, "").await?;
    let outside = "return [tree.querySelector('dialog').open, tree.activeElement.part.value]";
    assert_eq!(within(&browser, "first", outside).await?, json!([false, "trigger"]));
    // Again by program; the loaded program is still there.
    within(&browser, "first", "widget.open()").await?;
    assert_eq!(within(&browser, "first", inside).await?, json!([true, true, true]));
    within(&browser, "first", "widget.close()").await?;
    assert_eq!(within(&browser, "first", outside).await?, json!([false, "trigger"]));
    fixture.finish(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_consent_nothing_is_loaded_and_a_search_waits_for_it() -> Result<()> {
    let fixture = WidgetFixture::new().await?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    fixture.open_page(&browser, "asking.html").await?;
    browser.run("document.getElementById('first').searchFrom(document.getElementById('look'))").await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let files = || -> Vec<String> {
        let requests = recorder.requests();
        let of_server = requests.iter().filter(|request| request.uri.to_string().starts_with(&fixture.server.origin));
        of_server.map(|request| request.uri.path().to_owned()).collect()
    };
    assert_eq!(files(), ["/widget.js"]);
    let text = within(&browser, "first", "return tree.querySelector('[part=start]').textContent").await?;
    assert!(text.as_str().is_some_and(|text| text.contains("127.0.0.1")), "{text} names the server");
    within(&browser, "first", "tree.querySelector('[part=start-button]').click()").await?;
    confirm(&browser, "first").await?;
    let results = event(&browser, "first", "stl-results").await?;
    assert!(ranks(&results, &fixture.worn).iter().any(Option::is_some));
    let names = browser.run("return window.shop.events.map(event => event.name)").await?;
    assert_eq!(names, json!(["stl-consent", "stl-ready", "stl-segmented", "stl-results"]));
    fixture.finish(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_not_allowed_is_told_so() -> Result<()> {
    let fixture = WidgetFixture::with_origins(|_| vec!["https://another.example".to_owned()]).await?;
    let browser = Browser::start(None).await?;
    fixture.open_page(&browser, "inline.html").await?;
    browser
        .run("document.getElementById('first').open().catch(error => window.shop.events.push({name: 'rejected', code: error.code}))")
        .await?;
    let failed = browser
        .wait_for("return window.shop.events.find(event => event.name === 'stl-error')?.detail ?? null", "stl-error")
        .await?;
    println!("{failed}");
    assert_eq!(failed["code"], "origin-not-allowed");
    assert!(
        failed["next"].as_str().is_some_and(|next| next.contains(&format!("--allow-origin {}", fixture.shop.origin)))
    );
    let shown = within(&browser, "first", "return tree.querySelector('[role=status]').textContent").await?;
    assert!(shown.as_str().is_some_and(|shown| shown.contains("not set up for this page")), "{shown}");
    let rejected = browser.run("return window.shop.events.find(event => event.name === 'rejected').code").await?;
    assert_eq!(rejected, "origin-not-allowed");
    fixture.finish(browser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_a_widget_that_is_removed_rejects_also_while_it_waits_for_consent() -> Result<()> {
    let fixture = WidgetFixture::new().await?;
    let browser = Browser::start(None).await?;
    for page in ["inline.html", "asking.html"] {
        fixture.open_page(&browser, page).await?;
        let open = "const first = document.getElementById('first');
            first.open().then(() => { window.opened = 'ready'; }, error => { window.opened = error.code; });
            first.remove();";
        browser.run(open).await?;
        let outcome = browser.wait_for("return window.opened ?? null", "that the promise is settled").await?;
        assert_eq!(outcome, "removed", "{page}");
    }
    // With consent it resolves once the widget is ready for photos.
    fixture.open_page(&browser, "asking.html").await?;
    browser.run("document.getElementById('first').open().then(() => { window.opened = 'ready'; })").await?;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(browser.run("return window.opened ?? null").await?.is_null(), "it waits for the visitor");
    within(&browser, "first", "tree.querySelector('[part=start-button]').click()").await?;
    browser.wait_for("return window.opened ?? null", "ready").await?;
    assert_eq!(within(&browser, "first", "return !!tree.querySelector('[data-testid=drop-zone]')").await?, true);
    // The test's own note, which is none of the widget's.
    browser.run("delete window.opened").await?;
    fixture.finish(browser).await
}
