//! Smoothness: long tasks on the main thread and layout shifts, measured from opening the page to the results.

use anyhow::Result;
use stl_tests::{Browser, Server, encoded, look};

/// Least duration, in milliseconds, of what browsers call a long task. There is none while segmenting. While results arrive, none is
/// twice as long, even when builds run at the same time.
const LONG_MS: f64 = 50.0;
/// Largest cumulative layout shift that Web Vitals call good.
const GOOD_SHIFT: f64 = 0.1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_segmenting_no_task_is_long_and_nothing_shifts() -> Result<()> {
    let server = Server::start()?;
    let file = tempfile::Builder::new().suffix(".jpg").tempfile()?;
    std::fs::write(file.path(), encoded(look(), image::ImageFormat::Jpeg)?)?;
    for size in ["390,844", "1440,900"] {
        let browser = Browser::with_args(vec![format!("--window-size={size}")]).await?;
        browser.open(&server.origin).await?;
        browser.find("sample").await?;
        let watch = "window.tasks = []; window.shifts = [];
            const stage = () => document.querySelector('[data-testid=progress]')?.dataset.stage ?? 'none';
            new PerformanceObserver(list => list.getEntries().forEach(entry => window.tasks.push([stage(), entry.duration])))
                .observe({type: 'longtask'});
            new PerformanceObserver(list => list.getEntries().forEach(entry => {
                if (!entry.hadRecentInput) window.shifts.push([entry.value, stage(),
                    entry.sources.map(source => source.node?.getAttribute?.('class') ?? source.node?.nodeName ?? '')]);
            })).observe({type: 'layout-shift', buffered: true});";
        browser.run(watch).await?;
        browser.choose(file.path()).await?;
        // A real click: what moves directly after it does not count as a shift.
        let send = browser.find("send").await?;
        let tasks: Vec<(String, f64)> = serde_json::from_value(browser.run("return window.tasks").await?)?;
        send.click().await?;
        browser.results().await?;
        tokio::time::sleep(std::time::Duration::from_millis(800)).await;
        let all: Vec<(String, f64)> = serde_json::from_value(browser.run("return window.tasks").await?)?;
        let showing = &all[tasks.len()..];
        let shifts: Vec<(f64, String, Vec<String>)> =
            serde_json::from_value(browser.run("return window.shifts").await?)?;
        let shift: f64 = shifts.iter().map(|(value, ..)| value).sum();
        println!(
            "{size}: long tasks until the cut-out {tasks:?}, until the results {showing:?}, layout shift {shift:.4}"
        );
        let segmenting = tasks.iter().filter(|(stage, _)| stage == "segment");
        assert!(segmenting.clone().all(|(_, ms)| *ms < LONG_MS), "long tasks while segmenting: {tasks:?}");
        assert!(showing.iter().all(|(_, ms)| *ms < 2.0 * LONG_MS), "long tasks while showing results: {showing:?}");
        assert!(shift < GOOD_SHIFT, "the page jumps: {shift:.4} {shifts:?}");
        browser.close().await?;
    }
    Ok(())
}
