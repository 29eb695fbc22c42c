//! A search with a sample look finds the worn products, with the server, page, worker and networks that visitors get.

use std::collections::BTreeMap;

use anyhow::Result;
use stl_tests::{Browser, Server, ShownCategory, look, samples, turned_by_exif};

/// Least share of the garments of all sample looks that must be in the top 10 of their category. A random order has 10 of 60.
const SHARE_IN_TOP_10: f64 = 0.9;

/// The worn products, each with whether it is in the top 10 of a row. A row may be of several categories.
fn in_top_10(worn: &BTreeMap<String, String>, shown: &[ShownCategory]) -> Vec<(String, bool)> {
    let found = |id: &str| shown.iter().any(|row| row.products.iter().take(10).any(|found| found == id));
    worn.iter().map(|(category, id)| (format!("{id} among {category}"), found(id))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sample_looks_bring_back_the_products_worn_in_them() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    let samples = samples()?;
    assert!(samples.len() >= 4, "the page offers a choice of samples");
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    let shown = browser.run("return document.querySelectorAll('[data-testid=sample]').length").await?;
    assert_eq!(shown, samples.len(), "the page shows all of them");
    // In German, the categories are shown below the first sample; in English, its caption.
    for (language, caption) in [("de", "Pullover · Hosen"), ("en", &*samples[0].caption)] {
        let read = format!(
            "document.querySelector('.language[lang={language}]').click();
            return document.querySelector('[data-testid=sample] span').textContent"
        );
        browser.run(&read).await?;
        assert_eq!(browser.run(&read).await?, caption);
    }
    let mut worn = Vec::new();
    for (index, sample) in samples.iter().enumerate() {
        let found = in_top_10(&sample.products, &search_sample(&browser, &server.origin, "", index).await?);
        println!("sample {index} ({}): {found:?}", sample.caption);
        assert!(!found.is_empty());
        worn.extend(found);
    }
    let found = worn.iter().filter(|(_, found)| *found).count();
    println!("{found} of {} worn products are in the top 10 of their category", worn.len());
    assert!(found as f64 >= SHARE_IN_TOP_10 * worn.len() as f64, "{found} of {}", worn.len());

    // The build without relaxed SIMD finds the same products. The parity tests compare its arithmetic.
    let first: Vec<ShownCategory> = search_sample(&browser, &server.origin, "?simd=baseline", 0).await?;
    let relaxed: Vec<ShownCategory> = search_sample(&browser, &server.origin, "", 0).await?;
    for (first, relaxed) in first.iter().zip(&relaxed) {
        assert_eq!(first.category, relaxed.category);
        assert_eq!(first.products.first(), relaxed.products.first(), "best of {}", first.category);
    }
    browser.close().await
}

/// Opens the page, searches with a sample look, and returns the cards.
async fn search_sample(browser: &Browser, origin: &str, query: &str, index: usize) -> Result<Vec<ShownCategory>> {
    browser.open(&format!("{origin}/{query}")).await?;
    browser.find("sample").await?;
    browser.run(&format!("document.querySelectorAll('[data-testid=sample]')[{index}].click()")).await?;
    let shown = browser.results().await?;
    let timings = browser.run("return {...document.querySelector('[data-testid=timings]')?.dataset}").await?;
    println!("sample {index} {query}: {timings}");
    assert!(shown.iter().all(|shown| shown.products.len() <= 50), "at most fifty cards for a category");
    let described = "const count = JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent)
        .itemListElement.length;
        const cards = [...document.querySelectorAll('[data-testid=category]')].map(found => Math.min(10, found.dataset.count));
        return count > 0 && count === cards.reduce((all, some) => all + some)";
    assert_eq!(browser.run(described).await?, true, "JSON-LD names the cards of the answer: the first ten of each row");
    Ok(shown)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_can_be_taken_by_keyboard_alone() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    for _ in 0..40 {
        if browser.run("return document.activeElement?.dataset?.testid").await? == "sample" {
            browser.press("\u{e007}").await?; // WebDriver's Enter
            assert!(!browser.results().await?.is_empty());
            return browser.close().await;
        }
        browser.run("return 0").await?;
        browser.press("\u{e004}").await?; // WebDriver's Tab
    }
    anyhow::bail!("forty times Tab did not reach a sample look")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_exif_turns_is_shown_and_cut_upright() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    let upright = look();
    let file = tempfile::Builder::new().suffix(".jpg").tempfile()?;
    std::fs::write(file.path(), turned_by_exif(&upright)?)?;
    browser.open(&server.origin).await?;
    browser.choose(file.path()).await?;
    browser.results().await?;
    let cutout = browser.picture("cutout").await?;
    assert_eq!(cutout.dimensions(), upright.dimensions(), "the cutout is upright");
    // The person's pixels are those of the upright picture, except for JPEG losses.
    let (mut kept, mut near) = (0_u32, 0_u32);
    for (cut, original) in cutout.pixels().zip(upright.pixels()) {
        if cut.0 != [255; 3] {
            kept += 1;
            near += u32::from(cut.0.iter().zip(original.0).all(|(cut, original)| cut.abs_diff(original) < 40));
        }
    }
    assert!(kept > 5_000, "a person was cut out: {kept} pixels");
    assert!(f64::from(near) > 0.9 * f64::from(kept), "{near} of {kept} pixels are the upright picture's");
    browser.close().await
}
