//! The figures as a table. In: the figures' JSON object. Out: Markdown.

use serde_json::Value;

use crate::files::{LARGE_PHOTO, PHOTO};

/// Photos after which the page measures its memory again.
pub(super) const MANY: usize = 200;

/// The figures as Markdown.
pub(super) fn table(figures: &Value) -> String {
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
    out.push_str("\n| a photo (JPEG), warm, from the file to its cutout decoded for the screen |");
    let photos = [("photo", PHOTO), ("large_photo", LARGE_PHOTO)];
    for (_, (width, height)) in photos {
        out.push_str(&format!(" {width}×{height} |"));
    }
    out.push_str("\n|---|---|---|\n");
    for (what, stage) in [
        ("decoding and scaling", "decode_ms"),
        ("segmenting, the network in it", "segment_ms"),
        ("composing and packing", "encode_ms"),
        ("messages between page and worker", "message_ms"),
        ("decoding the cutout for the screen", "show_ms"),
        ("in all", "shown_ms"),
        ("the network alone, before each photo", "bare_ms"),
    ] {
        let time = |photo: &str| format!("{:.1} ms", number(&format!("/{photo}/{stage}/1")));
        out.push_str(&format!("| {what} | {} | {} |\n", time(photos[0].0), time(photos[1].0)));
    }
    let ratio = |photo: &str| {
        let at = |quarter: usize| number(&format!("/{photo}/of_bare/{quarter}"));
        format!("{:.2} ({:.2}–{:.2})", at(1), at(0), at(2))
    };
    out.push_str(&format!("| in all : network, turn by turn | **{}** | {} |\n", ratio("photo"), ratio("large_photo")));
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
