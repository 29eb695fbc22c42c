//! How fast a browser segments on one thread. In: the built client, onnxruntime-web, the network in its natural form. Out: a table
//! in `docs/performance.md` and `docs/browser.json`, or one JSON object.
//!
//! This project's worker and onnxruntime-web run the same network in turn in headless Chromium, each in a worker of its own, so
//! that a busy moment falls on both; the ratio is taken turn by turn.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use clap::Parser;
use image::imageops::FilterType;
use serde_json::{Value, json};
use stl_tests::{Browser, encoded, look, root};

/// Columns and rows of the photo that is cut out.
const PHOTO: (u32, u32) = (1200, 1600);

/// Photos after which the memory is looked at again.
const MANY: usize = 200;

/// Longest wait for the measurements.
const PATIENCE: Duration = Duration::from_secs(480);

/// Where the table stands in `docs/performance.md`.
const MARKS: [&str; 2] = ["<!-- bench browser: begin -->", "<!-- bench browser: end -->"];

#[derive(Parser)]
#[command(about = "Times the segmenter in headless Chromium beside onnxruntime-web")]
struct Args {
    /// The built client
    #[arg(long)]
    dist: PathBuf,
    /// The folder of onnxruntime-web's files
    #[arg(long)]
    ort: PathBuf,
    /// The network with Resize and float32 weights, an ONNX file
    #[arg(long)]
    natural: PathBuf,
    /// The folder of MediaPipe's selfie segmentation, for its size
    #[arg(long)]
    mediapipe: PathBuf,
    /// Turns
    #[arg(long, default_value_t = 40)]
    rounds: usize,
    /// The worker's build: `relaxed_simd` or `simd`
    #[arg(long, default_value = "relaxed_simd")]
    build: String,
    /// One JSON object instead of tables; nothing is written
    #[arg(long)]
    json: bool,
}

/// A file as it travels: raw, by gzip and by brotli.
type Sizes = [u64; 3];

/// What the pages ask for, by path.
type Files = BTreeMap<String, (&'static str, Vec<u8>)>;

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    ensure!(args.rounds >= 30, "expected at least 30 rounds, got {}", args.rounds);
    let list: Value = serde_json::from_slice(&std::fs::read(args.dist.join("segmenter/segmenter.json"))?)?;
    let build = list
        .get(&args.build)
        .with_context(|| format!("expected the build simd or relaxed_simd, got {}", args.build))?;
    let ours = ["/script", "/wasm/url"]
        .iter()
        .map(|pointer| build.pointer(pointer))
        .chain([list.pointer("/model/url")])
        .map(|url| url.and_then(Value::as_str).map(str::to_owned).context("segmenter.json lacks a file"))
        .collect::<Result<Vec<_>>>()?;
    let plan = json!({
        "ours": { "build": build, "model": list["model"], "network": list["network"] },
        "ort": { "wasm": "/ort/ort-wasm-simd-threaded.wasm", "model": "/natural.onnx" },
        "rounds": args.rounds, "photos": args.rounds.min(30), "many": MANY,
    });
    let files = files(&args, &ours, &plan)?;
    let sizes = sizes(&args, &ours, &files)?;
    let measured = measured(files).await?;
    let figures = figures(&args.build, &measured, &sizes)?;
    if args.json {
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

/// All that the browser asks for.
fn files(args: &Args, ours: &[String], plan: &Value) -> Result<Files> {
    let mut files = Files::new();
    let mut add = |path: &str, media_type, bytes| files.insert(path.to_owned(), (media_type, bytes));
    let page =
        "<!doctype html><meta charset=utf-8><link rel=icon href=data:,><script type=module src=/bench.js></script>";
    add("/", "text/html", page.into());
    for (path, script) in [
        ("/bench.js", include_str!("../../peers/browser/bench.js")),
        ("/ours.js", include_str!("../../peers/browser/ours.js")),
        ("/ort.js", include_str!("../../peers/browser/ort.js")),
    ] {
        add(path, "text/javascript", script.into());
    }
    add("/plan.json", "application/json", serde_json::to_vec(plan)?);
    let (width, height) = PHOTO;
    let photo = image::DynamicImage::from(look().clone()).resize_to_fill(width, height, FilterType::Triangle);
    add("/photo.jpg", "image/jpeg", encoded(photo, image::ImageFormat::Jpeg)?);
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

/// Raw, gzip and brotli sizes of all that each runtime loads, by what it is.
fn sizes(args: &Args, ours: &[String], files: &Files) -> Result<BTreeMap<&'static str, BTreeMap<&'static str, Sizes>>> {
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

async fn measured(files: Files) -> Result<Value> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let files: &'static Files = Box::leak(Box::new(files));
    let app = Router::new()
        .route("/", get(async || file(files, "/")))
        .route("/{*path}", get(async move |Path(path): Path<String>| file(files, &format!("/{path}"))));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let browser = Browser::start(None).await?;
    browser.open(&origin).await?;
    let script = "return window.failed ? {failed: window.failed} : window.measured ?? null;";
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let measured = loop {
        let measured = browser.run(script).await?;
        if !measured.is_null() {
            break measured;
        }
        ensure!(tokio::time::Instant::now() < deadline, "the page measures for more than {PATIENCE:?}");
        // Asking takes the page's time.
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    browser.close().await?;
    if let Some(failed) = measured["failed"].as_str() {
        bail!("the page failed: {failed}");
    }
    Ok(measured)
}

/// The policy is the page's own: neither threads nor `unsafe-eval`.
fn file(files: &Files, path: &str) -> Response {
    let Some((media_type, bytes)) = files.get(path) else { return StatusCode::NOT_FOUND.into_response() };
    let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data: blob:";
    ([(header::CONTENT_TYPE, *media_type), (header::CONTENT_SECURITY_POLICY, policy)], bytes.clone()).into_response()
}

/// The lower quartile, the median and the upper quartile.
fn quartiles(mut values: Vec<f64>) -> Result<[f64; 3]> {
    ensure!(!values.is_empty() && values.iter().all(|value| value.is_finite()), "expected finite times");
    values.sort_by(f64::total_cmp);
    Ok([1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4]))
}

fn figures(
    build: &str,
    measured: &Value,
    sizes: &BTreeMap<&'static str, BTreeMap<&'static str, Sizes>>,
) -> Result<Value> {
    let list =
        |value: &Value| -> Vec<f64> { value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect() };
    let (ours, theirs) = (list(&measured["ours_ms"]), list(&measured["ort_ms"]));
    let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    let photos: Vec<&Value> = measured["photos"].as_array().into_iter().flatten().collect();
    let of_photos = |key: &str| quartiles(photos.iter().filter_map(|photo| photo[key].as_f64()).collect());
    let per_photo =
        photos.iter().filter_map(|photo| Some(photo["ms"].as_f64()? / photo["bare_ms"].as_f64()?)).collect();
    let [ours, theirs, ratio, per_photo] =
        [quartiles(ours)?, quartiles(theirs)?, quartiles(ratios)?, quartiles(per_photo)?];
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
        "photo": {
            "shown_ms": of_photos("ms")?, "of_bare": per_photo,
            "decode_ms": of_photos("decode_ms")?, "segment_ms": of_photos("segment_ms")?, "encode_ms": of_photos("encode_ms")?,
        },
        "memory_bytes": measured["memory"],
        "long_tasks_ms": measured["long_tasks_ms"],
        "sizes": sizes,
    }))
}

/// The figures as Markdown.
fn table(figures: &Value) -> String {
    let number = |pointer: &str| figures.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let mut out = String::from("\n| | this project | onnxruntime-web |\n|---|---|---|\n");
    let mut row = |what: &str, ours: String, theirs: String| out.push_str(&format!("| {what} | {ours} | {theirs} |\n"));
    row(
        "steady state, median (quartiles)",
        format!(
            "{:.1} ms ({:.1}–{:.1})",
            number("/ours_ms"),
            number("/ours_quartiles_ms/0"),
            number("/ours_quartiles_ms/1")
        ),
        format!(
            "{:.1} ms ({:.1}–{:.1})",
            number("/ort_ms"),
            number("/ort_quartiles_ms/0"),
            number("/ort_quartiles_ms/1")
        ),
    );
    let ratio = format!(
        "**{:.2}** ({:.2}–{:.2})",
        number("/ratio"),
        number("/ratio_quartiles/0"),
        number("/ratio_quartiles/1")
    );
    row("ratio, turn by turn", ratio, "1".to_owned());
    for (what, key) in [
        ("cold: download from the same machine", "download_ms"),
        ("compile", "compile_ms"),
        ("load and optimise", "load_ms"),
        ("first inference", "first_ms"),
    ] {
        let cold = |who: &str| format!("{:.0} ms", number(&format!("/cold/{who}/{key}")));
        row(what, cold("ours"), cold("ort"));
    }
    let megabytes = |bytes: f64| format!("{:.1} MB", bytes / 1e6);
    row(
        "WebAssembly memory after photos",
        megabytes(number("/memory_bytes/ours")),
        megabytes(number("/memory_bytes/ort")),
    );
    row(&format!("the same after {MANY} photos more"), megabytes(number("/memory_bytes/afterMany")), String::new());
    let tasks = figures["long_tasks_ms"].as_array().map_or(0, Vec::len);
    out.push_str(&format!("\nLong tasks (over 50 ms) on the main thread in all of this: {tasks}.\n"));
    out.push_str(&format!(
        "A photo of {}×{} (JPEG), warm, from the file to its cut-out decoded for the screen: {:.0} ms, {:.1} times the bare inference \
         beside it; of this decoding {:.0} ms, segmenting {:.0} ms, composing and packing {:.0} ms.\n",
        PHOTO.0, PHOTO.1, number("/photo/shown_ms/1"), number("/photo/of_bare/1"), number("/photo/decode_ms/1"),
        number("/photo/segment_ms/1"), number("/photo/encode_ms/1"),
    ));
    out.push_str(
        "\n| loaded (kB: raw, gzip, brotli) | scripts | module | network | in all, brotli |\n|---|---|---|---|---|\n",
    );
    for (who, sizes) in figures["sizes"].as_object().into_iter().flatten() {
        let size = |what: &str, at: usize| sizes[what][at].as_f64().unwrap_or(f64::NAN) / 1e3;
        let cell = |what: &str| [0, 1, 2].map(|at| format!("{:.0}", size(what, at))).join(", ");
        let all: f64 = ["scripts", "wasm", "model"].iter().map(|what| size(what, 2)).sum();
        out.push_str(&format!("| {who} | {} | {} | {} | {all:.0} |\n", cell("scripts"), cell("wasm"), cell("model")));
    }
    out
}
