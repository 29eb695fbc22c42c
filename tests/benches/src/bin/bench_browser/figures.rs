//! The figures of a run. In: the page's measurements and the sizes. Out: one JSON object.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::sizes::SizesByRuntime;

/// The lower quartile, the median and the upper quartile.
fn quartiles(mut values: Vec<f64>) -> Result<[f64; 3]> {
    ensure!(!values.is_empty() && values.iter().all(|value| value.is_finite()), "expected finite times");
    values.sort_by(f64::total_cmp);
    Ok([1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4]))
}

/// The figures of the network alone.
pub(super) fn run_figures(build: &str, measured: &Value, sizes: &SizesByRuntime) -> Result<Value> {
    let list =
        |value: &Value| -> Vec<f64> { value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect() };
    let (ours, theirs) = (list(&measured["ours_ms"]), list(&measured["ort_ms"]));
    let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    let [ours, theirs, ratio] = [quartiles(ours)?, quartiles(theirs)?, quartiles(ratios)?];
    let brotli: u64 = sizes["ours"].values().map(|sizes| sizes[2]).sum();
    let cold = &measured["cold"]["ours"];
    let number = |value: &Value| value.as_f64().context("a time is missing");
    Ok(json!({
        "build": build,
        "rounds": measured["ours_ms"].as_array().map_or(0, Vec::len),
        "ours_ms": ours[1], "ours_quartiles_ms": [ours[0], ours[2]],
        "ort_ms": theirs[1], "ort_quartiles_ms": [theirs[0], theirs[2]],
        "ratio": ratio[1], "ratio_quartiles": [ratio[0], ratio[2]],
        "brotli_bytes": brotli,
        "load_ms": number(&cold["compile_ms"])? + number(&cold["load_ms"])?,
        "cold": measured["cold"],
        "memory_bytes": measured["memory"],
        "sizes": sizes,
    }))
}

/// The stages of a photo on its way, as the page names them.
const STAGES: [&str; 5] = ["decode_ms", "segment_ms", "encode_ms", "message_ms", "show_ms"];

/// The times of one photo's rounds.
fn photo_figures(rounds: &Value) -> Result<Value> {
    let rounds: Vec<&Value> = rounds.as_array().into_iter().flatten().collect();
    let of = |key: &str| quartiles(rounds.iter().filter_map(|round| round[key].as_f64()).collect());
    let ratios = rounds.iter().filter_map(|round| Some(round["ms"].as_f64()? / round["bare_ms"].as_f64()?)).collect();
    let mut figures = json!({ "shown_ms": of("ms")?, "bare_ms": of("bare_ms")?, "of_bare": quartiles(ratios)? });
    for stage in STAGES {
        figures[stage] = json!(of(stage)?);
    }
    Ok(figures)
}

/// All figures of a run.
pub(super) fn figures(build: &str, measured: &Value, sizes: &SizesByRuntime) -> Result<Value> {
    let mut figures = run_figures(build, measured, sizes)?;
    figures["photo"] = photo_figures(&measured["photos"])?;
    figures["large_photo"] = photo_figures(&measured["large_photos"])?;
    figures["long_tasks_ms"] = measured["long_tasks_ms"].clone();
    Ok(figures)
}
