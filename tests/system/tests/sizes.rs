//! Sizes: on cards, as a filter, in a product's view.

use anyhow::Result;
use serde_json::json;
use stl_tests::{Browser, Server, WornShop};

/// A phone, as in the other tests of small screens.
async fn phone() -> Result<Browser> {
    let browser = Browser::with_args(vec!["--window-size=390,844".to_owned()]).await?;
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true });
    browser.devtools("Emulation.setDeviceMetricsOverride", phone).await?;
    Ok(browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sizes_are_on_cards_filter_them_and_lead_to_the_shop() -> Result<()> {
    let shop = WornShop::import()?;
    let server = Server::start_with(&["--catalogue", &shop.catalogue()])?;
    let browser = phone().await?;
    browser.open(&format!("{}/?product={}", server.origin, shop.alone.id)).await?;
    browser.results().await?;

    // A card names five sizes that can be bought, from small to large, and says from which price on.
    let cards = "const text = (card, part) => card.querySelector(part)?.innerText ?? '';
        return [...document.querySelectorAll('[data-testid=card]')].map(card =>
            [text(card, '[data-testid=sizes]').trim(), text(card, '.card__price').split(' ')[0]])";
    let shown: Vec<[String; 2]> = serde_json::from_value(browser.run(cards).await?)?;
    let of = |sizes: &str| shown.iter().filter(|[shown, _]| shown == sizes).count();
    let (letters, numbers) = (of("XS · S · L · XL · XXL"), of("34 · 36 · 38"));
    assert!(letters > 0 && numbers > 0, "{shown:?}");
    assert!(shown.iter().all(|[sizes, from]| (from == "from") == sizes.contains("XXL")), "{shown:?}");
    let overflow = "return document.documentElement.scrollWidth - innerWidth";
    assert_eq!(browser.run(overflow).await?, 0, "nothing is wider than the screen");

    // The filter has the sizes in their order, without the one that is sold out everywhere.
    browser.find("filter-size").await?;
    let values = "const filter = document.querySelector('[data-testid=filter-size]');
        filter.open = true;
        return [...filter.querySelectorAll('[data-testid=filter-value]')].map(box => box.dataset.value)";
    let expected = json!(["XS", "S", "L", "XL", "XXL", "34", "36", "38"]);
    assert_eq!(browser.run(values).await?, expected);
    let choose = "document.querySelector('[data-testid=filter-size] [data-value=\"36\"]').click();
        document.querySelector('[data-testid=filter-size]').open = false";
    browser.run(choose).await?;
    let only = "if (document.querySelector('[data-testid=progress], [aria-busy=true]')) return null;
        const sizes = [...document.querySelectorAll('[data-testid=card]')].map(card => card.querySelector('[data-testid=sizes]')?.innerText ?? '');
        return sizes.length && sizes.every(text => text.includes('36')) ? sizes.length : null";
    assert_eq!(browser.wait_for(only, "only what there is in 36").await?, numbers);
    let chip = "return document.querySelector('[data-testid=filter-chip]').innerText.trim()";
    assert_eq!(browser.run(chip).await?, "36");
    let letters_again = "document.querySelector('[data-testid=filter-chip]').click()";
    browser.run(letters_again).await?;
    let all = format!(
        "const cards = document.querySelectorAll('[data-testid=card]').length;
        return cards === {} && !document.querySelector('[aria-busy=true]') ? cards : null",
        shown.len()
    );
    browser.wait_for(&all, "all cards again").await?;

    // A product's view, opened by its card, lists all sizes with their own pages and prices.
    let open = "const card = [...document.querySelectorAll('[data-testid=card]')].find(card => card.innerText.includes('XXL'));
        card.querySelector('[data-testid=more-like-this]').click();
        return card.dataset.productId";
    let id = browser.run(open).await?;
    let listed = format!(
        "const product = document.querySelector('[data-testid=product]');
        if (product?.dataset.productId !== {id}) return null;
        const sizes = [...product.querySelectorAll('[data-testid=size]')];
        return sizes.length === 6 ? sizes.map(size => [size.querySelector('span').innerText, size.classList.contains('size--gone'),
            new URL(size.href).search, size.querySelectorAll('small:not(:empty)').length]) : null"
    );
    let sizes = browser.wait_for(&listed, "all sizes of the product").await?;
    let size = |name: &str, gone: bool, notes: u32| json!([name, gone, format!("?size={name}"), notes]);
    let expected = [
        size("XS", false, 0),
        size("S", false, 0),
        size("M", true, 1),
        size("L", false, 0),
        size("XL", false, 0),
        size("XXL", false, 1),
    ];
    assert_eq!(sizes, json!(expected));
    assert_eq!(browser.run(overflow).await?, 0, "nothing is wider than the screen");
    let targets =
        "return [...document.querySelectorAll('[data-testid=size]')].map(size => size.getBoundingClientRect())
        .every(box => box.width >= 44 && box.height >= 44)";
    assert_eq!(browser.run(targets).await?, true, "fingers hit them");

    // Search engines find from which price to which.
    browser.open(&format!("{}/?product={}", server.origin, id.as_str().unwrap_or_default())).await?;
    browser.results().await?;
    let offers = "const texts = [...document.querySelectorAll('script[type=\"application/ld+json\"]')].map(script => JSON.parse(script.textContent));
        const {offers} = texts.find(text => text['@type'] === 'Product');
        return [offers['@type'], offers.offerCount, (offers.highPrice - offers.lowPrice).toFixed(2)]";
    assert_eq!(browser.run(offers).await?, json!(["AggregateOffer", 5, "5.00"]));
    browser.close().await
}
