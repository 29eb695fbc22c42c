//! A removed widget leaves no nodes, listeners, workers or memory behind.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, root};

use crate::fixture::WidgetFixture;

/// Rounds of inserting and removing a widget.
const ROUNDS: usize = 50;

/// Rounds that also search.
const SEARCHING_ROUNDS: usize = 5;

/// What the page keeps after garbage collection.
#[derive(Clone, Copy, Debug)]
struct Retained {
    nodes: i64,
    listeners: i64,
    heap_kb: i64,
    wasm_kb: i64,
}

impl Retained {
    async fn now(browser: &Browser, module: &str) -> Result<Self> {
        for _ in 0..3 {
            browser.devtools("HeapProfiler.collectGarbage", json!({})).await?;
        }
        let counters = browser.devtools("Memory.getDOMCounters", json!({})).await?;
        browser
            .run(&format!(
                "import('{module}').then(async program => window.shop.memory = (await program.default()).memory.buffer.byteLength)"
            ))
            .await?;
        let memory = browser
            .wait_for(
                "return window.shop.memory ? [window.shop.memory, performance.memory.usedJSHeapSize] : null",
                "memory",
            )
            .await?;
        let number = |value: &Value| value.as_i64().context("a number");
        Ok(Self {
            nodes: number(&counters["nodes"])?,
            listeners: number(&counters["jsEventListeners"])?,
            heap_kb: number(&memory[1])? / 1024,
            wasm_kb: number(&memory[0])? / 1024,
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_widget_that_is_put_in_and_taken_out_leaves_nothing_behind() -> Result<()> {
    let fixture = WidgetFixture::new().await?;
    let browser = Browser::with_args(vec!["--enable-precise-memory-info".to_owned()]).await?;
    fixture.open_page(&browser, "empty.html").await?;
    let files: Value = serde_json::from_slice(&std::fs::read(root().join("dist/widget.json"))?)?;
    let module = format!("{}{}", fixture.server.origin, files["module"].as_str().context("a module")?);
    // Workers are not garbage-collected: the widget must terminate each.
    browser
        .run(
            "window.shop.workers = 0;
            window.Worker = class extends Worker {
                constructor(...all) { super(...all); window.shop.workers += 1; }
                terminate() { super.terminate(); window.shop.workers -= 1; }
            };",
        )
        .await?;
    let rounds = |rounds: usize, searches: bool| {
        let browser = &browser;
        async move {
            let script = format!(
                "window.shop.done = null;
                (async () => {{
                    for (let round = 0; round < {rounds}; round += 1) {{
                        const widget = document.createElement('shop-the-look');
                        widget.consent = 'given';
                        document.querySelector('main').append(widget);
                        if ({searches}) {{
                            const found = widget.searchFrom(document.getElementById('look'));
                            const send = () => widget.shadowRoot.querySelector('[data-testid=send]')?.click();
                            const sending = setInterval(send, 50);
                            await found.finally(() => clearInterval(sending));
                            const isComing = () => widget.shadowRoot.querySelector('[aria-busy=true]');
                            do await new Promise(resolve => setTimeout(resolve, 20)); while (isComing());
                        }} else await widget.open();
                        await new Promise(resolve => setTimeout(resolve, 20));
                        widget.remove();
                        window.shop.events.length = 0;
                        await new Promise(resolve => setTimeout(resolve, 20));
                    }}
                    window.shop.done = true;
                }})().catch(error => window.shop.done = String(error));"
            );
            browser.run(&script).await?;
            let done = browser.wait_for("return window.shop.done", "the rounds' end").await?;
            anyhow::ensure!(done == true, "{done}");
            Ok(())
        }
    };
    // The first rounds load the program and fill its caches.
    rounds(10, false).await?;
    rounds(SEARCHING_ROUNDS, true).await?;
    let before = Retained::now(&browser, &module).await?;
    rounds(ROUNDS, false).await?;
    let after = Retained::now(&browser, &module).await?;
    println!("before {before:?}, after {ROUNDS} rounds {after:?}");
    let mut states = vec![before, after];
    for _ in 0..3 {
        rounds(SEARCHING_ROUNDS, true).await?;
        let searched = Retained::now(&browser, &module).await?;
        println!("after {SEARCHING_ROUNDS} more with a search each {searched:?}");
        states.push(searched);
    }
    assert_eq!(browser.run("return window.shop.workers").await?, 0, "workers");
    // A widget has more than a hundred nodes and twenty listeners.
    for after in &states[1..] {
        assert!(after.nodes - before.nodes < 50, "DOM nodes");
        assert!(after.listeners - before.listeners < 20, "listeners");
        assert!(after.heap_kb - before.heap_kb < 1024, "the page's memory");
    }
    assert!(after.wasm_kb - before.wasm_kb <= 64, "the program's memory");
    // It never shrinks, and grows once by what is needed at a time. What is kept of each search makes it grow every time.
    let growth = states[1..].windows(2).map(|two| two[1].wasm_kb - two[0].wasm_kb);
    assert!(growth.min() <= Some(64), "the program's memory");
    fixture.finish(browser).await
}
