//! What the pages load. In: the built client and the peer's files. Out: [`Files`].

use std::collections::BTreeMap;

use anyhow::Result;
use image::imageops::FilterType;
use serde_json::Value;
use stl_tests::{encoded, look};

use crate::args::Args;

/// Columns and rows of the photo that is cut out.
pub(super) const PHOTO: (u32, u32) = (1200, 1600);

/// Those of a photo as phones take it, 12 megapixels.
pub(super) const LARGE_PHOTO: (u32, u32) = (3024, 4032);

/// The paths of both.
pub(super) const PHOTO_FILES: [&str; 2] = ["/photo.jpg", "/large.jpg"];

/// Media type and content of each file, by its path in the URL.
pub(super) type Files = BTreeMap<String, (&'static str, Vec<u8>)>;

/// All files. `ours` are the paths of this project's script, module and network; `plan` is what the page measures.
pub(super) fn files(args: &Args, ours: &[String], plan: &Value) -> Result<Files> {
    let mut files = Files::new();
    let mut add = |path: &str, media_type, bytes| files.insert(path.to_owned(), (media_type, bytes));
    let page =
        "<!doctype html><meta charset=utf-8><link rel=icon href=data:,><script type=module src=/bench.js></script>";
    add("/", "text/html", page.into());
    for (path, script) in [
        ("/bench.js", include_str!("../../../peers/browser/bench.js")),
        ("/ours.js", include_str!("../../../peers/browser/ours.js")),
        ("/ort.js", include_str!("../../../peers/browser/ort.js")),
    ] {
        add(path, "text/javascript", script.into());
    }
    add("/plan.json", "application/json", serde_json::to_vec(plan)?);
    for (path, (width, height)) in PHOTO_FILES.into_iter().zip([PHOTO, LARGE_PHOTO]) {
        let photo = image::DynamicImage::from(look()).resize_to_fill(width, height, FilterType::Triangle);
        add(path, "image/jpeg", encoded(photo, image::ImageFormat::Jpeg)?);
    }
    for url in ours {
        let media_type = if url.ends_with(".js") {
            "text/javascript"
        } else if url.ends_with(".wasm") {
            "application/wasm"
        } else {
            "application/octet-stream"
        };
        add(url, media_type, std::fs::read(args.dist.join(url.trim_start_matches('/')))?);
    }
    for (name, media_type) in [
        ("ort.wasm.min.mjs", "text/javascript"),
        ("ort-wasm-simd-threaded.mjs", "text/javascript"),
        ("ort-wasm-simd-threaded.wasm", "application/wasm"),
    ] {
        add(&format!("/ort/{name}"), media_type, std::fs::read(args.ort.join(name))?);
    }
    add("/natural.onnx", "application/octet-stream", std::fs::read(&args.natural)?);
    Ok(files)
}
