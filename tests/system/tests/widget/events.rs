//! Events that the elements of a product's page send, if the server counts them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, Recorder, WornShop};

use crate::fixture::{WidgetFixture, event, within};

/// The events that were sent so far.
fn sent(recorder: &Recorder) -> Result<Vec<Value>> {
    let mut events = Vec::new();
    let requests = recorder.requests();
    for request in requests.iter().filter(|request| request.uri.path() == "/api/v1/events" && request.method == "POST")
    {
        let body: Value = serde_json::from_slice(&request.body)?;
        events.extend(body["events"].as_array().context("events")?.clone());
    }
    Ok(events)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn similar_products_report_what_is_shown_opened_and_bought_with_the_shops_variant() -> Result<()> {
    let shop = WornShop::import()?;
    for counts in [true, false] {
        let switch: &[&str] = if counts { &["--events"] } else { &[] };
        let fixture = WidgetFixture::with_catalogue_and(&shop.catalogue(), switch).await?;
        let recorder = Recorder::start().await?;
        let browser = Browser::start(Some(&recorder)).await?;
        fixture.open_page(&browser, &format!("similar.html?{}", shop.alone.id)).await?;
        within(&browser, "first", "widget.scrollIntoView()").await?;
        let results = event(&browser, "first", "stl-results").await?;
        let product = &results["categories"][0]["cards"][1]["id"];
        within(&browser, "first", "tree.querySelectorAll('[part=card] a')[1].click()").await?;
        within(&browser, "first", &format!("widget.basket({product})")).await?;
        let expected =
            |kind: &str| json!({ "kind": kind, "product": product, "position": 2, "variant": "below the price" });
        let begin = Instant::now();
        while counts
            && !["shown", "opened", "basket"]
                .iter()
                .all(|kind| sent(&recorder).is_ok_and(|sent| sent.contains(&expected(kind))))
        {
            anyhow::ensure!(begin.elapsed() < Duration::from_secs(15), "{:?}", sent(&recorder)?);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        let events = sent(&recorder)?;
        let count = |kind: &str| events.iter().filter(|event| event["kind"] == kind).count();
        assert_eq!((count("opened"), count("basket")), if counts { (1, 1) } else { (0, 0) }, "{events:?}");
        assert!(count("shown") <= 5 && counts == (count("shown") >= 2), "each card once: {events:?}");
        fixture.finish(browser).await?;
    }
    Ok(())
}
