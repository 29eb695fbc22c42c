//! What is worn with a product, in a shop's page.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, Recorder, WornShop};
use stl_types::Layer;

use crate::fixture::{WidgetFixture, axe_finds_nothing, event, within};

/// A product that is worn with another, and its id.
fn worn(shop: &WornShop) -> Result<String> {
    let layers = |outfit: &[garment_renderer::Product]| {
        outfit.iter().map(|product| product.category.layer()).filter(|layer| *layer != Layer::Outer).count()
    };
    let outfit = shop.outfits.iter().find(|outfit| layers(outfit) > 1).context("an outfit of two")?;
    Ok(outfit[0].id.clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_worn_with_a_product_is_shown_in_a_page_with_a_strict_policy() -> Result<()> {
    let shop = WornShop::import()?;
    let id = worn(&shop)?;
    let fixture = WidgetFixture::with_catalogue(&shop.catalogue()).await?;
    let recorder = Recorder::start().await?;
    for (size, dark) in [("390,844", 0), ("1440,900", 1)] {
        let args = [format!("--window-size={size}"), format!("--blink-settings=preferredColorScheme={dark}")];
        let browser = Browser::with_args(args.into_iter().chain(recorder.browser_args()).collect()).await?;
        fixture.open_page(&browser, &format!("outfit.html?{id}")).await?;
        let results = event(&browser, "first", "stl-results").await?;
        assert_eq!(results["worn_with"], id);
        let rows = results["categories"].as_array().context("categories")?;
        assert!(
            !rows.is_empty() && rows.iter().all(|row| row["cards"].as_array().is_some_and(|cards| cards.len() <= 12))
        );
        let shown = "return [tree.querySelector('h2').textContent, tree.querySelector('.root').lang,
            [...tree.querySelectorAll('[part=category]')].map(row => row.querySelectorAll('[part=card]').length)]";
        let counts: Vec<usize> = rows.iter().map(|row| row["cards"].as_array().map_or(0, Vec::len)).collect();
        let expected = json!(["Ähnlich wie hier getragen", "de", counts]);
        assert_eq!(within(&browser, "first", shown).await?, expected, "{size}");
        let note = within(&browser, "first", "return tree.querySelector('[part=note]').textContent").await?;
        assert!(note.as_str().is_some_and(|note| note.contains("nicht dieselben")), "{note}");
        let pictures = "const loaded = [...tree.querySelectorAll('img')].slice(0, 2).every(image => image.complete && image.naturalWidth);
            return loaded || null";
        let pictures = format!("const tree = document.getElementById('first').shadowRoot; {pictures}");
        browser.wait_for(&pictures, "the picture and the first card's").await?;

        // The shop's style sheet colours everything red but what is in the shadow tree.
        let colour = "return getComputedStyle(tree.querySelector('[part=card-title]')).color";
        assert_ne!(within(&browser, "first", colour).await?, "rgb(255, 0, 0)");
        // No card is cut off at the side of the page, and the page does not scroll sideways.
        let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.run(wide).await?, 0, "{size}");
        let on = "const list = tree.querySelector('[part=cards]');
            if (list.scrollWidth <= list.clientWidth) return true;
            tree.querySelectorAll('[part=arrow]')[1].click();
            return list.scrollLeft > 0";
        assert_eq!(within(&browser, "first", on).await?, true);

        let click = "tree.querySelector('[part=card] a').click()";
        within(&browser, "first", click).await?;
        let click = event(&browser, "first", "stl-product-click").await?;
        assert_eq!((&click["product"]["id"], &click["position"]), (&rows[0]["cards"][0]["id"], &json!(1)));
        assert_eq!(click["category"], rows[0]["category"]);

        if let Some(folder) = std::env::var_os("SCREENSHOTS") {
            let file = std::path::Path::new(&folder).join(format!("an outfit in a shop, {size}.png"));
            std::fs::write(file, browser.screenshot().await?)?;
        }
        axe_finds_nothing(&browser, "first", size).await?;

        fixture.needs_only(&recorder, "/looks");
        browser.close().await?;
    }

    let browser = Browser::start(None).await?;
    // Nobody wears it: nothing is shown.
    fixture.open_page(&browser, &format!("outfit.html?{}", shop.alone.id)).await?;
    let results = event(&browser, "first", "stl-results").await?;
    assert_eq!((&results["categories"], &results["picture"]), (&json!([]), &Value::Null));
    let height = "return widget.getBoundingClientRect().height";
    assert_eq!(within(&browser, "first", height).await?, 0);
    // Another product takes its place.
    let change = format!("window.shop.events.length = 0; widget.product = '{id}'; widget.limit = 1");
    within(&browser, "first", &change).await?;
    assert_eq!(event(&browser, "first", "stl-results").await?["worn_with"], id);
    let cards = "return [...tree.querySelectorAll('[part=cards]')].map(list => list.children.length)";
    let counts: Vec<usize> = serde_json::from_value(within(&browser, "first", cards).await?)?;
    assert!(!counts.is_empty() && counts.iter().all(|count| *count == 1), "{counts:?}");
    // A product that the shop does not have is told to the page, not to visitors.
    within(&browser, "first", "window.shop.events.length = 0; widget.product = 'nothing'").await?;
    let failed = "return window.shop.events.find(event => event.name === 'stl-error')?.detail ?? null";
    assert_eq!(browser.wait_for(failed, "stl-error").await?["code"], "gone");
    assert_eq!(within(&browser, "first", height).await?, 0);
    fixture.finish(browser).await
}
