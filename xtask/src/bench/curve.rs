//! Times the networks of a trade-off curve in Chromium. In: a folder with `curve.json` and `curve-N.onnx`. Out: `curve.json` with times,
//! and a table.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::project::root;
use crate::shell::step;
use crate::worker::{WORKERS, test_command};

/// Times every network of a folder in the worker's relaxed-SIMD build, and adds `ms`, `ms_p25` and `ms_p75` to `curve.json`.
///
/// # Errors
/// When a file is missing, or a network cannot be timed.
pub(super) fn run(folder: &Path) -> Result<()> {
    let path = folder.join("curve.json");
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut points: Vec<Value> = serde_json::from_str(&text).context("curve.json contains no list")?;
    let generated = pack(folder, points.len())?;
    let output = step("Time the networks in Chromium", || {
        let (_, features) = WORKERS[WORKERS.len() - 1];
        let output = test_command(features, "curve")?
            .args(["--features", "curve", "--", "--nocapture"])
            .env("STL_CURVE", &generated)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
            .output()?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    })?;
    add_times(&mut points, &output)?;
    fs::write(&path, serde_json::to_string_pretty(&points)? + "\n")?;
    print_table(&points);
    Ok(())
}

/// Packs the networks and writes a Rust file that includes them. Returns its path.
fn pack(folder: &Path, count: usize) -> Result<std::path::PathBuf> {
    fs::create_dir_all(root().join("target"))?;
    let mut source = String::from("const POINTS: &[&[u8]] = &[\n");
    for index in 0..count {
        let onnx = folder.join(format!("curve-{index}.onnx"));
        let onnx = fs::read(&onnx).with_context(|| format!("{} cannot be read", onnx.display()))?;
        let file = root().join(format!("target/curve-{index}.bin"));
        fs::write(&file, separable::pack(&onnx)?.write())?;
        writeln!(source, "    include_bytes!({file:?}),")?;
    }
    source.push_str("];\n");
    let generated = root().join("target/curve.rs");
    fs::write(&generated, source)?;
    Ok(generated)
}

/// Reads lines `curve INDEX MEDIAN LOWER UPPER` from the test's output.
fn add_times(points: &mut [Value], output: &str) -> Result<()> {
    let mut timed = 0;
    let lines = output.lines().filter_map(|line| line.split_once("curve ")).map(|(_, rest)| rest);
    for words in lines.map(|rest| rest.split(' ').collect::<Vec<_>>()) {
        let [index, median, lower, upper] = words[..] else { continue };
        let Some(point) = index.parse::<usize>().ok().and_then(|index| points.get_mut(index)) else { continue };
        for (key, value) in [("ms", median), ("ms_p25", lower), ("ms_p75", upper)] {
            point[key] = value.parse::<f64>().with_context(|| format!("{value:?} is not a time"))?.into();
        }
        timed += 1;
    }
    if timed != points.len() {
        bail!("expected times of {} networks, got {timed}:\n{output}", points.len());
    }
    Ok(())
}

fn print_table(points: &[Value]) {
    println!("| input | decoder | MMAC | ms | IoU | boundary F | garment mIoU |\n|---|---|---|---|---|---|---|");
    for point in points {
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
}
