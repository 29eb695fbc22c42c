//! The page filters by the attributes that a catalogue has.

use anyhow::{Context as _, Result};
use serde_json::Value;
use stl_tests::{Browser, Server, WornShop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_are_filtered_by_material_and_age() -> Result<()> {
    let shop = WornShop::import()?;
    let server = Server::start_with(&["--catalogue", &shop.catalogue()])?;
    let browser = Browser::start(None).await?;
    browser.open(&format!("{}/products/{}", server.origin, shop.alone.id)).await?;
    browser.wait_for("return document.querySelectorAll('[data-testid=card]').length === 5 || null", "cards").await?;
    // The pattern has one value, so there is no choice of it.
    let filters = "const names = [...document.querySelectorAll('.filter')].map(filter => filter.dataset.testid);
        return names.includes('filter-material') && names.includes('filter-age_group') ? names : null";
    let filters = browser.wait_for(filters, "the filters").await?;
    assert!(!filters.to_string().contains("filter-pattern"), "{filters}");
    for (filter, value, field) in [("material", "linen", "material"), ("age_group", "kids", "age_group")] {
        let choose = format!("document.querySelector('[data-testid=filter-{filter}] [data-value={value}]').click()");
        browser.run(&choose).await?;
        let is_filtered = format!(
            "return performance.getEntriesByType('resource').some(entry => entry.name.includes('{filter}={value}')) || null"
        );
        browser.wait_for(&is_filtered, "the search with the filter").await?;
        let ids =
            "const cards = [...document.querySelectorAll('[data-testid=card]')].map(card => card.dataset.productId);
            return cards.length > 0 && cards.length < 5 ? cards : null";
        let ids = browser.wait_for(ids, "fewer cards").await?;
        for id in ids.as_array().context("ids")? {
            let (status, product) = server.get(&format!("/api/v1/products/{}", id.as_str().context("an id")?))?;
            let product: Value = serde_json::from_slice(&product)?;
            assert_eq!(status, 200);
            assert!(product[field].as_str().is_some_and(|text| text.contains(value)), "{product}");
        }
        browser.run("document.querySelector('[data-testid=filters-clear]').click()").await?;
        browser
            .wait_for("return document.querySelectorAll('[data-testid=card]').length === 5 || null", "cards")
            .await?;
    }
    browser.close().await
}
