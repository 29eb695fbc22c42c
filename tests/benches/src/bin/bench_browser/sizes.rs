//! How much each runtime downloads. In: the files. Out: raw, gzip and brotli sizes.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::{Context as _, Result, bail};

use crate::args::Args;
use crate::files::Files;

/// Bytes of a file: raw, by gzip and by brotli.
pub(super) type Sizes = [u64; 3];

/// The sizes of each runtime's scripts, module and network.
pub(super) type SizesByRuntime = BTreeMap<&'static str, BTreeMap<&'static str, Sizes>>;

/// Measures what each runtime downloads.
pub(super) fn sizes(args: &Args, ours: &[String], files: &Files) -> Result<SizesByRuntime> {
    let served = |paths: &[&str]| -> Result<Sizes> {
        let mut sum = [0; 3];
        for path in paths {
            let bytes = files.get(*path).map(|(_, bytes)| bytes).with_context(|| format!("no {path}"))?;
            add(&mut sum, compressed(bytes)?);
        }
        Ok(sum)
    };
    let read = |names: &[&str]| -> Result<Sizes> {
        let mut sum = [0; 3];
        for name in names {
            add(&mut sum, compressed(&std::fs::read(args.mediapipe.join(name))?)?);
        }
        Ok(sum)
    };
    let [script, wasm, model] = ours else { bail!("expected script, module and network") };
    Ok(BTreeMap::from([
        (
            "ours",
            BTreeMap::from([("scripts", served(&[script])?), ("wasm", served(&[wasm])?), ("model", served(&[model])?)]),
        ),
        (
            "onnxruntime-web",
            BTreeMap::from([
                ("scripts", served(&["/ort/ort.wasm.min.mjs", "/ort/ort-wasm-simd-threaded.mjs"])?),
                ("wasm", served(&["/ort/ort-wasm-simd-threaded.wasm"])?),
                ("model", served(&["/natural.onnx"])?),
            ]),
        ),
        (
            "MediaPipe selfie segmentation",
            BTreeMap::from([
                ("scripts", read(&["selfie_segmentation.js", "selfie_segmentation_solution_simd_wasm_bin.js"])?),
                ("wasm", read(&["selfie_segmentation_solution_simd_wasm_bin.wasm"])?),
                ("model", read(&["selfie_segmentation.tflite", "selfie_segmentation.binarypb"])?),
            ]),
        ),
    ]))
}

fn add(sum: &mut Sizes, more: Sizes) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}

fn compressed(bytes: &[u8]) -> Result<Sizes> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes)?;
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 24);
    brotli.write_all(bytes)?;
    Ok([bytes.len(), gzip.finish()?.len(), brotli.into_inner().len()].map(|length| length as u64))
}
