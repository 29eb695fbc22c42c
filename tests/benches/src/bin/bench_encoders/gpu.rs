//! The encoders on a graphics processor: pictures and looks a second, the share of its peak. In: the folder of models. Out: tables, or
//! JSON.
//!
//! Times are the host's: sending bytes, computing, reading embeddings; of looks also the match. A look has two garments.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use image::RgbImage;
use serde_json::{Value, json};
use stl_server::matching::{MatchQuery, Matcher, ProjectedRows};
use stl_server::networks::models::Models;
use stl_server::networks::network::Network;
use stl_server::networks::runtime::{GpuRuntime, Runtime};
use stl_server::parallel::available_threads;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::manifest::NetworkSpec;
use stl_types::{Category, Manifest};

use crate::args::Args;
use crate::figures::rounded;

/// A measurement ends after its turns or this time, so that all of them end within minutes.
const LONGEST: Duration = Duration::from_secs(5);

/// Garments of a look.
const GARMENTS: usize = 2;

/// Measures and prints.
pub(super) fn run(args: &Args) -> Result<()> {
    ensure!(args.batches.iter().all(|batch| (1..=1024).contains(batch)), "--batches: expected 1 to 1024");
    let manifest = Manifest::parse(&std::fs::read_to_string(args.models.join("manifest.toml"))?)?;
    let runtime = runtime(args)?;
    let load = |spec: &NetworkSpec| -> Result<Network> {
        let onnx = std::fs::read(args.models.join(&spec.file)).with_context(|| spec.file.clone())?;
        let network = Network::load(&onnx, spec, &runtime)?;
        ensure!(
            network.gpu_name().is_some() || !matches!(runtime, Runtime::Gpu(_)),
            "the shaders do not run {}",
            spec.file
        );
        Ok(network)
    };
    let query = load(&manifest.fashion2shop.query)?;
    let device = query.gpu_name().unwrap_or("ONNX Runtime").to_owned();
    let mut networks = Vec::new();
    for spec in [&manifest.fashion_dna, &manifest.fashion2shop.query] {
        let network = load(spec)?;
        for &batch in &args.batches {
            networks.push(network_row(args, spec, &network, batch)?);
        }
    }
    let looks = looks(args, &manifest.fashion2shop.query, &query)?;
    let import = import(args, &runtime)?;
    // The processor goes on for a lost device: then these are no figures of the device.
    ensure!(
        query.gpu_name().is_some() || !matches!(runtime, Runtime::Gpu(_)),
        "{device} was lost while it was measured"
    );
    if args.json {
        let whole = json!({
            "device": device, "peak_tflops": args.peak_tflops, "networks": networks, "articles": args.articles, "looks": looks,
            "import": import,
        });
        println!("{}", serde_json::to_string_pretty(&whole)?);
        return Ok(());
    }
    println!("{device}; medians, quartiles in brackets\n");
    print_table(&networks, &["network", "batch", "ms", "pictures_per_s", "gflop_per_s", "share_of_peak"]);
    println!("\nLooks of {GARMENTS} garments against {} articles; 0 looks: one garment alone\n", args.articles);
    print_table(&looks, &["looks", "ms", "looks_per_s"]);
    println!("\nPictures of 300×400, scaled and encoded by several threads\n");
    print_table(&[import], &["threads", "pictures_per_s"]);
    Ok(())
}

/// The device, or ONNX Runtime.
fn runtime(args: &Args) -> Result<Runtime> {
    #[cfg(feature = "onnxruntime")]
    if let Some(library) = &args.onnxruntime {
        return Ok(Runtime::OnnxRuntime(stl_server::networks::runtime::OnnxRuntime::open(library)?));
    }
    Ok(Runtime::Gpu(
        GpuRuntime::open(args.device)?.context("this machine has no graphics processor that is not emulated")?,
    ))
}

/// Pictures at a network's input size: colours on white.
fn pictures(spec: &NetworkSpec, count: usize) -> Vec<u8> {
    let one: usize = spec.input.iter().product();
    (0..count * one).map(|at| if at % 7 < 3 { 255 } else { (at % 251) as u8 }).collect()
}

/// Milliseconds of each turn after a first one.
fn times_ms(args: &Args, mut turn: impl FnMut() -> Result<()>) -> Result<[f64; 3]> {
    turn()?;
    let (begin, mut times) = (Instant::now(), Vec::with_capacity(args.turns));
    while times.is_empty() || times.len() < args.turns && begin.elapsed() < LONGEST {
        let begin = Instant::now();
        turn()?;
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok([2, 1, 3].map(|quarter| rounded(times[(times.len() - 1) * quarter / 4])))
}

fn network_row(args: &Args, spec: &NetworkSpec, network: &Network, batch: usize) -> Result<Value> {
    let pictures = pictures(spec, batch);
    let ms = times_ms(args, || {
        black_box(network.run(black_box(&pictures), batch)?);
        Ok(())
    })?;
    let gflop_per_s = network.gpu_macs().map(|macs| 2.0 * (macs * batch) as f64 / ms[0] / 1e6);
    Ok(json!({
        "network": spec.file.trim_end_matches(".onnx"),
        "batch": batch,
        "ms": ms,
        "pictures_per_s": rounded(batch as f64 / ms[0] * 1000.0),
        "gflop_per_s": gflop_per_s.map(rounded),
        "share_of_peak": args.peak_tflops.and_then(|peak| Some(rounded(gflop_per_s? / peak / 1000.0))),
    }))
}

/// Encodes and matches looks that arrive together; the first row is one garment alone, the latency of a query.
fn looks(args: &Args, spec: &NetworkSpec, network: &Network) -> Result<Vec<Value>> {
    let matcher = matcher(args)?;
    let mut rows = Vec::new();
    for (looks, garments) in [(0, 1)].into_iter().chain(args.batches.iter().map(|&looks| (looks, GARMENTS * looks))) {
        let pictures = pictures(spec, garments);
        let ms = times_ms(args, || {
            let outputs = network.run(black_box(&pictures), garments)?;
            let queries: Vec<MatchQuery> = outputs.chunks_exact(outputs.len() / garments).map(query).collect();
            let found = matcher.search(&queries);
            ensure!(found.len() == garments && found.iter().all(|hits| !hits.is_empty()), "expected hits");
            Ok(())
        })?;
        rows.push(json!({ "looks": looks, "ms": ms, "looks_per_s": rounded(looks as f64 / ms[0] * 1000.0) }));
    }
    Ok(rows)
}

/// All categories with an output `(8, width)`.
fn query(output: &[f32]) -> MatchQuery {
    let width = output.len() / Category::ALL.len();
    let embeddings = Category::ALL.into_iter().zip(output.chunks_exact(width).map(<[f32]>::to_vec)).collect();
    MatchQuery { embeddings, limit: MAX_CARDS_PER_CATEGORY, ..MatchQuery::default() }
}

/// A matcher of random articles on the same device.
fn matcher(args: &Args) -> Result<Matcher> {
    let weights = Models::open(&args.models)?.match_weights()?;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut number = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let features: Vec<f32> = (0..args.articles * weights.width).map(|_| number()).collect();
    let features: Vec<&[f32]> = features.chunks_exact(weights.width).collect();
    let categories: Vec<Category> = Category::ALL.into_iter().cycle().take(args.articles).collect();
    let rows = ProjectedRows::project(&weights, &features);
    Ok(Matcher::new(weights, rows, &categories, available_threads(), args.device)?)
}

/// Scales and encodes pictures on several threads, as an import does between its decoding and its storing.
fn import(args: &Args, runtime: &Runtime) -> Result<Value> {
    let fashion_dna = Models::open(&args.models)?.with_runtime(runtime.clone()).fashion_dna()?;
    let picture = RgbImage::from_fn(300, 400, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
    fashion_dna.encode(&picture)?;
    // While some wait for the device, others scale; no more than fill its largest batch.
    let largest = args.batches.iter().max().copied().unwrap_or(1);
    let threads = (8 * available_threads()).min(largest).max(1);
    let (done, begin) = (AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        let encode = || -> Result<()> {
            while begin.elapsed() < LONGEST {
                fashion_dna.encode(black_box(&picture))?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(encode)).collect();
        running.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| anyhow::bail!("a thread panicked")))
    })?;
    let pictures_per_s = done.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64();
    Ok(json!({ "threads": threads, "pictures_per_s": rounded(pictures_per_s) }))
}

/// Prints some fields of rows as a table in Markdown.
fn print_table(rows: &[Value], fields: &[&str]) {
    println!("| {} |\n|{}", fields.join(" | ").replace('_', " "), "---|".repeat(fields.len()));
    let cell = |value: &Value| match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => match &values[..] {
            [median, lower, upper] => format!("{median} ({lower}–{upper})"),
            _ => value.to_string(),
        },
        value => value.to_string(),
    };
    for row in rows {
        println!("| {} |", fields.iter().map(|field| cell(&row[field])).collect::<Vec<_>>().join(" | "));
    }
}
