//! Measures how fast a browser segments, or encodes, on one thread. In: the built client, onnxruntime-web, the network in its natural form.
//! Out: a table in `docs/performance.md` and `docs/browser.json`, or one JSON object.
//!
//! This project's worker and onnxruntime-web run the same network in turn in headless Chromium, each in a worker of its own, so
//! that other load affects both. The ratio is taken turn by turn.

use anyhow::{Context as _, Result, ensure};
use clap::Parser as _;
use serde_json::{Value, json};
use stl_tests::root;

use args::{Args, Network};
use figures::{figures, run_figures};
use files::{PHOTO_FILES, files};
use sizes::sizes;
use table::{MANY, table};

mod args;
mod figures;
mod files;
mod page;
mod sizes;
mod table;

/// The ends of the table in `docs/performance.md`.
const MARKS: [&str; 2] = ["<!-- bench browser: begin -->", "<!-- bench browser: end -->"];

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    ensure!(args.rounds >= 30, "expected at least 30 rounds, got {}", args.rounds);
    let list: Value = serde_json::from_slice(&std::fs::read(args.dist.join("segmenter/segmenter.json"))?)?;
    let (builds, model, network) = match args.network {
        Network::Segmenter => (&list, &list["model"], &list["network"]),
        Network::Query => (&list["encoder"], &list["encoder"]["query"]["file"], &list["encoder"]["query"]["network"]),
    };
    let build = builds
        .get(&args.build)
        .with_context(|| format!("expected the build simd or relaxed_simd, got {}", args.build))?;
    let ours = ["/script", "/wasm/url"]
        .iter()
        .map(|pointer| build.pointer(pointer))
        .chain([model.get("url")])
        .map(|url| url.and_then(Value::as_str).map(str::to_owned).context("segmenter.json lacks a file"))
        .collect::<Result<Vec<_>>>()?;
    let plan = json!({
        "ours": { "build": build, "model": model, "network": network },
        "ort": { "wasm": "/ort/ort-wasm-simd-threaded.wasm", "model": "/natural.onnx" },
        "rounds": args.rounds, "many": MANY,
        "photo_files": PHOTO_FILES,
        "photos": if args.network == Network::Segmenter { args.rounds.min(30) } else { 0 },
    });
    let files = files(&args, &ours, &plan)?;
    let sizes = sizes(&args, &ours, &files)?;
    let measured = page::measure(files).await?;
    if args.network == Network::Query {
        println!("{}", serde_json::to_string(&run_figures(&args.build, &measured, &sizes)?)?);
        return Ok(());
    }
    let mut figures = figures(&args.build, &measured, &sizes)?;
    figures["engine"] = list["engine"].clone();
    // The documents are about what visitors get of the shipped network.
    if args.json || list["engine"] == "tract" {
        println!("{}", serde_json::to_string(&figures)?);
        return Ok(());
    }
    let table = table(&figures);
    println!("{table}");
    let docs = root().join("docs");
    std::fs::write(docs.join("browser.json"), serde_json::to_string(&figures)? + "\n")?;
    let path = docs.join("performance.md");
    let text = std::fs::read_to_string(&path)?;
    let (before, rest) = text.split_once(MARKS[0]).context("docs/performance.md lacks the table's marks")?;
    let (_, after) = rest.split_once(MARKS[1]).context("docs/performance.md lacks the table's end")?;
    std::fs::write(&path, format!("{before}{}\n{table}{}{after}", MARKS[0], MARKS[1]))?;
    Ok(())
}
