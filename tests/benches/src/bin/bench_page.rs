//! How fast the page is there: largest contentful paint, layout shift and blocking time, as Chromium's `PerformanceObserver` measures
//! them, and the bytes of a first visit. In: the built client, served by the server. Out: a table, or JSON.
//!
//! Each visit is a new browser without a cache and without the service worker. The medians are those of several visits.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use stl_tests::{Browser, Server};

/// Measures the page's first visit.
#[derive(Debug, Parser)]
struct Args {
    /// Visits at each size
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    visits: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Name, width and height of a window.
const SIZES: [(&str, u32, u32); 2] = [("phone", 390, 844), ("desktop", 1440, 900)];

/// After this the page is still: the program has started and the sample looks are shown.
const SETTLED: Duration = Duration::from_secs(4);

/// Observers that run before the page's own program.
const OBSERVERS: &str = "window.measured = {lcp: 0, cls: 0, tasks: []};
    const observe = (type, each) => new PerformanceObserver(list => list.getEntries().forEach(each))
        .observe({type, buffered: true});
    observe('largest-contentful-paint', entry => { measured.lcp = entry.startTime; });
    observe('layout-shift', entry => { if (!entry.hadRecentInput) measured.cls += entry.value; });
    observe('longtask', entry => { measured.tasks.push([entry.startTime, entry.duration]); });";

/// Of a task after the first paint, what is beyond 50 ms counts as blocking. The segmenter, which loads beside the page, does not count.
const READ: &str = "const fcp = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
    const bytes = performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
        .filter(entry => !entry.name.includes('/segmenter/'))
        .reduce((sum, entry) => sum + entry.transferSize, 0);
    const blocked = measured.tasks.filter(([start]) => start >= fcp)
        .reduce((sum, [, duration]) => sum + Math.max(0, duration - 50), 0);
    return {fcp_ms: fcp, lcp_ms: measured.lcp, cls: measured.cls, tbt_ms: blocked, bytes}";

/// One visit.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Visit {
    fcp_ms: f64,
    lcp_ms: f64,
    cls: f64,
    tbt_ms: f64,
    bytes: f64,
}

impl Visit {
    fn figures(self) -> [(&'static str, f64); 5] {
        let Self { fcp_ms, lcp_ms, cls, tbt_ms, bytes } = self;
        [("fcp_ms", fcp_ms), ("lcp_ms", lcp_ms), ("cls", cls), ("tbt_ms", tbt_ms), ("bytes", bytes)]
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let server = Server::start()?;
    let mut measured = serde_json::Map::new();
    for (size, width, height) in SIZES {
        let mut visits = Vec::new();
        for _ in 0..args.visits {
            visits.push(visit(&server.origin, width, height).await?);
        }
        let figures: serde_json::Map<String, Value> = medians(&visits).into_iter().collect();
        if !args.json {
            println!("{size:8} {}", Value::Object(figures.clone()));
        }
        measured.insert(size.to_owned(), figures.into());
    }
    if args.json {
        println!("{}", json!({ "visits": args.visits, "page": measured }));
    }
    Ok(())
}

async fn visit(origin: &str, width: u32, height: u32) -> Result<Visit> {
    let browser = Browser::with_args(vec![format!("--window-size={width},{height}")]).await?;
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": OBSERVERS })).await?;
    browser.open(&format!("{origin}/?sw=off")).await?;
    browser.find("sample").await?;
    tokio::time::sleep(SETTLED).await;
    let read = browser.run(READ).await?;
    browser.close().await?;
    let visit: Visit = serde_json::from_value(read).context("the page's figures")?;
    ensure!(visit.lcp_ms > 0.0 && visit.bytes > 0.0, "the browser measured nothing: {visit:?}");
    Ok(visit)
}

/// Median, lowest and highest of each figure.
fn medians(visits: &[Visit]) -> Vec<(String, Value)> {
    let names = visits.first().map(|visit| visit.figures().map(|(name, _)| name)).unwrap_or_default();
    let spread = |at: usize| {
        let mut values: Vec<f64> = visits.iter().map(|visit| visit.figures()[at].1).collect();
        values.sort_by(f64::total_cmp);
        let round = |value: f64| (value * 1000.0).round() / 1000.0;
        let (low, high) = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(0.0));
        json!({ "median": round(values[values.len() / 2]), "low": round(low), "high": round(high) })
    };
    names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), spread(at))).collect()
}
