//! Times the networks on one thread beside ONNX Runtime and tract, in turns; or on a graphics processor (`gpu`). In: the folder of
//! models. Out: a table, or JSON.

mod args;
mod figures;
mod gpu;
mod peer;

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Parser as _;
use separable::graph::{Graph, Times, Workspace, peak_macs_per_s};
use serde_json::{Value, json};
use stl_server::matching::Device;
use stl_types::Manifest;
use stl_types::manifest::NetworkSpec;
use stl_vision::OnnxNetwork;

use crate::args::Args;
use crate::figures::{median, rounded};
use crate::peer::OnnxRuntime;

/// Pictures of a run.
const BATCHES: [usize; 2] = [1, 8];

/// Largest difference from tract's output.
const TOLERANCE: f32 = 1e-3;

fn main() -> Result<()> {
    let args = Args::parse();
    ensure!(args.turns > 0, "expected at least one turn");
    if args.device != Device::Cpu {
        return gpu::run(&args);
    }
    let manifest = Manifest::parse(&std::fs::read_to_string(args.models.join("manifest.toml"))?)?;
    let mut rows = Vec::new();
    let mut peaks = Vec::new();
    for spec in [&manifest.street2fashion, &manifest.fashion_dna, &manifest.fashion2shop.query] {
        for batch in BATCHES {
            rows.push(measure(&args, spec, batch, &mut peaks)?);
        }
    }
    let peak = median(peaks) / 1e9;
    for row in &mut rows {
        let share = row["pointwise_gmac_per_s"].as_f64().unwrap_or_default() / peak;
        row["pointwise_share_of_peak"] = json!(rounded(share));
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&json!({ "peak_gmac_per_s": rounded(peak), "encoders": rows }))?);
        return Ok(());
    }
    println!("Peak of fused multiply-adds: {peak:.1} GMAC/s, {:?}\n", separable::graph::Level::best());
    println!(
        "| network | batch | ours ms | ONNX Runtime ms | from int8 ms | tract ms | ours / ORT | GMAC | GMAC/s | 1×1 of the peak |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for row in &rows {
        let number = |key: &str| row[key].as_f64().unwrap_or(f64::NAN);
        println!(
            "| {} | {} | {:.2} | {:.2} | {:.2} | {:.1} | {:.2} | {:.3} | {:.1} | {:.0} % |",
            row["network"].as_str().unwrap_or_default(),
            row["batch"],
            number("ours_ms"),
            number("ort_ms"),
            number("ort_file_ms"),
            number("tract_ms"),
            number("ratio"),
            number("gmacs"),
            number("gmac_per_s"),
            100.0 * number("pointwise_share_of_peak"),
        );
    }
    Ok(())
}

/// Times a network with a batch. The peak is measured between the turns, so that it sees the same clock of the processor.
fn measure(args: &Args, spec: &NetworkSpec, batch: usize, peaks: &mut Vec<f64>) -> Result<Value> {
    let path = args.models.join(&spec.file);
    let onnx = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let ours = Graph::from_onnx(&onnx)?;
    let tract = OnnxNetwork::load(&onnx, spec)?;
    let python = args.python.as_ref().context("--python is missing")?;
    let mut ort = OnnxRuntime::start(python, &path)?;
    let one: usize = spec.input.iter().product();
    let pictures: Vec<f32> = (0..batch * one).map(|at| (at % 251) as f32 / 125.0 - 1.0).collect();
    let mut workspace = Workspace::default();
    let by_tract = || -> Result<Vec<f32>> {
        Ok(pictures.chunks_exact(one).map(|picture| tract.run(picture)).collect::<Result<Vec<_>, _>>()?.concat())
    };

    // A first run of each, and whether they agree.
    let (expected, received) = (by_tract()?, ours.run(&pictures, &mut workspace)?);
    let largest = expected.iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
    let worst = received.iter().zip(&expected).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
    ensure!(worst <= TOLERANCE * largest, "{} differs from tract by {worst}", spec.file);
    for peer in ["float32", "file"] {
        ort.time_ms(peer, batch)?;
    }

    let mut times: [Vec<f64>; 4] = Default::default();
    let mut ratios = Vec::with_capacity(args.turns);
    for turn in 0..args.turns {
        let begin = Instant::now();
        black_box(ours.run(black_box(&pictures), &mut workspace)?);
        let own = begin.elapsed().as_secs_f64() * 1000.0;
        let theirs = ort.time_ms("float32", batch)?;
        ratios.push(own / theirs);
        times[0].push(own);
        times[1].push(theirs);
        // The slow ones at every fourth turn.
        if turn.is_multiple_of(4) {
            times[2].push(ort.time_ms("file", batch)?);
            let begin = Instant::now();
            black_box(by_tract()?);
            times[3].push(begin.elapsed().as_secs_f64() * 1000.0);
            peaks.push(peak_macs_per_s());
        }
    }
    let mut timed = Workspace::timed();
    for _ in 0..args.turns.div_ceil(4) {
        ours.run(&pictures, &mut timed)?;
    }
    let Times { pointwise_s, pointwise_macs, .. } = timed.times().unwrap_or_default();
    let gmacs = (batch * ours.macs()) as f64 / 1e9;
    let [ours_ms, ort_ms, ort_file_ms, tract_ms] = times.map(median);
    Ok(json!({
        "network": spec.file.trim_end_matches(".onnx"),
        "batch": batch,
        "ours_ms": rounded(ours_ms),
        "ort_ms": rounded(ort_ms),
        "ort_file_ms": rounded(ort_file_ms),
        "tract_ms": rounded(tract_ms),
        "ratio": rounded(median(ratios)),
        "gmacs": rounded(gmacs),
        "gmac_per_s": rounded(gmacs / ours_ms * 1000.0),
        "pointwise_gmac_per_s": rounded(pointwise_macs / pointwise_s / 1e9),
    }))
}
