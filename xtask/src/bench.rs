//! `cargo xtask bench`: measurements that need more than a test. In: their names and files. Out: figures.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::shell::step;
use crate::test::worker_test;
use crate::{client, root};

/// The words of the command line, the folder in them made independent of where the program goes next.
///
/// # Errors
/// When the current folder is unknown.
pub(crate) fn absolute(words: &[OsString]) -> Result<Vec<PathBuf>> {
    words
        .iter()
        .enumerate()
        .map(|(at, word)| Ok(if at == 0 { word.into() } else { std::path::absolute(word)? }))
        .collect()
}

/// Runs the benchmark of that name.
///
/// # Errors
/// When the name is unknown, or the benchmark fails.
pub(crate) fn run(words: &[PathBuf]) -> Result<()> {
    match words {
        [name, folder] if name == Path::new("curve") => curve(folder),
        _ => bail!("expected `bench curve DIR`, with what `python -m training.curve --out DIR` has written"),
    }
}

/// Times every network of a folder in the worker's relaxed-SIMD build and adds `ms`, `ms_p25` and `ms_p75` to `curve.json`.
fn curve(folder: &Path) -> Result<()> {
    let path = folder.join("curve.json");
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut points: Vec<serde_json::Value> = serde_json::from_str(&text).context("curve.json holds no list")?;
    let mut source = String::from("const POINTS: &[(usize, usize, &[u8])] = &[\n");
    for (index, point) in points.iter().enumerate() {
        let file = folder.join(format!("curve-{index}.onnx"));
        writeln!(source, "    ({}, {}, include_bytes!({file:?})),", point["height"], point["width"])?;
    }
    source.push_str("];\n");
    let generated = root().join("target/curve.rs");
    fs::create_dir_all(root().join("target"))?;
    fs::write(&generated, source)?;
    let output = step("Time the networks in Chromium", || {
        let (_, features) = client::WORKERS[client::WORKERS.len() - 1];
        let output = worker_test(features, "curve")?
            .args(["--features", "curve", "--", "--nocapture"])
            .env("STL_CURVE", &generated)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
            .output()?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    })?;
    let mut timed = 0;
    for words in
        output.lines().filter_map(|line| line.split_once("curve ")).map(|(_, rest)| rest.split(' ').collect::<Vec<_>>())
    {
        let [index, median, lower, upper] = words[..] else { continue };
        let Some(point) = index.parse::<usize>().ok().and_then(|index| points.get_mut(index)) else { continue };
        for (key, value) in [("ms", median), ("ms_p25", lower), ("ms_p75", upper)] {
            point[key] = value.parse::<f64>().with_context(|| format!("{value:?} is no time"))?.into();
        }
        timed += 1;
    }
    if timed != points.len() {
        bail!("expected times of {} networks, got {timed}:\n{output}", points.len());
    }
    fs::write(&path, serde_json::to_string_pretty(&points)? + "\n")?;
    println!("| input | decoder | MMAC | ms | IoU | boundary F | garment mIoU |\n|---|---|---|---|---|---|---|");
    for point in &points {
        let figure = |key: &str| point[key].as_f64().unwrap_or(f64::NAN);
        println!(
            "| {}×{} | {} | {:.0} | {:.1} | {:.3} | {:.3} | {:.3} |",
            point["height"],
            point["width"],
            point["decoder"],
            figure("mmac"),
            figure("ms"),
            figure("foreground_iou"),
            figure("boundary_f_2px"),
            figure("garment_miou")
        );
    }
    Ok(())
}
