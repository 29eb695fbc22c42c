//! Measures the server under load. In: the demo catalogue, a drawn look, the load generator oha. Out: a table, or JSON.
//!
//! First 1, 8 and 64 clients, each of which waits for an answer before its next request. Then a fixed rate: twice as many requests
//! a second as the server answered at best.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use serde_json::{Value, json};
use stl_tests::{Server, binaries, encoded, look};

/// Number of clients.
const CLIENTS: [usize; 3] = [1, 8, 64];
/// Requests for the time of each step.
const TIMED: usize = 60;
/// Separates the parts of the form; no file contains it.
const BOUNDARY: &str = "the-look-ends-here";

#[derive(Parser)]
#[command(about = "Loads the server with searches")]
struct Args {
    /// The load generator
    #[arg(long)]
    oha: PathBuf,
    /// Seconds of each load
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let scratch = tempfile::tempdir()?;
    let form = scratch.path().join("form");
    std::fs::write(&form, search_form(scratch.path())?)?;
    let server = Server::start()?;
    let url = format!("{}/api/v1/search", server.origin);
    let steps_ms = steps_ms(&server, &std::fs::read(&form)?)?;

    let mut rows = Vec::new();
    for clients in CLIENTS {
        rows.push(load(&args, &server, &url, &form, &["-c", &clients.to_string()], &format!("{clients} clients"))?);
    }
    let best = rows.iter().filter_map(|row| row["answered_per_s"].as_f64()).fold(0.0, f64::max);
    let twice = format!("{:.0}", 2.0 * best);
    let name = format!("{twice} requests a second");
    rows.push(load(&args, &server, &url, &form, &["-c", "256", "-q", &twice, "--latency-correction"], &name)?);

    if args.json {
        println!("{}", serde_json::to_string_pretty(&json!({ "parts_ms": steps_ms, "loads": rows }))?);
        return Ok(());
    }
    println!("One search, medians of {TIMED} in ms: {steps_ms}\n");
    println!("| load | answered a second | p50 ms | p99 ms | answered | 503 | resident MB before → after |");
    println!("|---|---|---|---|---|---|---|");
    for row in &rows {
        let number = |key: &str| row[key].as_f64().unwrap_or(f64::NAN);
        println!(
            "| {} | {:.1} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} → {:.0} |",
            row["load"].as_str().unwrap_or_default(),
            number("answered_per_s"),
            number("p50_ms"),
            number("p99_ms"),
            number("answered"),
            number("refused"),
            number("resident_mb_before"),
            number("resident_mb_after"),
        );
    }
    Ok(())
}

/// A form as the page sends it: a drawn look's cut-out and its regions.
fn search_form(scratch: &Path) -> Result<Vec<u8>> {
    let photo = scratch.join("look.png");
    std::fs::write(&photo, encoded(look(), image::ImageFormat::Png)?)?;
    let out = scratch.join("segmented");
    let status = Command::new(binaries().join("shop-the-look"))
        .args(["segment", "--classes", "--models", "models", "--out"])
        .args([&out, &photo])
        .current_dir(stl_tests::root())
        .stdout(std::process::Stdio::null())
        .status()?;
    ensure!(status.success(), "the look cannot be segmented: {status}");
    let mut form = Vec::new();
    for (part, file) in [("cutout", "look.png"), ("regions", "look.classes.png")] {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{part}.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        form.extend(head.as_bytes());
        form.extend(std::fs::read(out.join(file))?);
        form.extend(b"\r\n");
    }
    form.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    Ok(form)
}

/// The medians of the server's own time for each step, measured search after search.
fn steps_ms(server: &Server, form: &[u8]) -> Result<Value> {
    let mut all: [Vec<f64>; 4] = Default::default();
    let names = ["decode_ms", "encode_ms", "match_ms", "cards_ms"];
    for _ in 0..TIMED {
        let answer = server.post("/api/v1/search", &format!("multipart/form-data; boundary={BOUNDARY}"), form)?;
        let answer: Value = serde_json::from_slice(&answer).context("the server answers with JSON")?;
        for (times, name) in all.iter_mut().zip(names) {
            times.push(answer["timing"][name].as_f64().with_context(|| format!("no {name} in {answer}"))?);
        }
    }
    let medians = all.map(|mut times| {
        times.sort_by(f64::total_cmp);
        (times[times.len() / 2] * 100.0).round() / 100.0
    });
    Ok(names.into_iter().map(str::to_owned).zip(medians.map(Value::from)).collect::<serde_json::Map<_, _>>().into())
}

fn load(args: &Args, server: &Server, url: &str, form: &Path, options: &[&str], name: &str) -> Result<Value> {
    let before = server.resident_mb()?;
    let output = Command::new(&args.oha)
        .args(["--no-tui", "--output-format", "json", "-z", &format!("{}s", args.seconds), "-m", "POST"])
        .args(["-H", &format!("content-type: multipart/form-data; boundary={BOUNDARY}"), "-D"])
        .arg(form)
        .args(options)
        .arg(url)
        .output()
        .with_context(|| format!("{} cannot be started", args.oha.display()))?;
    ensure!(output.status.success(), "oha: {}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout)?;
    let count = |status: &str| seen["statusCodeDistribution"][status].as_f64().unwrap_or(0.0);
    let answered = count("200");
    let others: f64 = seen["statusCodeDistribution"]
        .as_object()
        .map(|all| all.iter().filter(|(status, _)| *status != "200" && *status != "503"))
        .map_or(0.0, |others| others.filter_map(|(_, count)| count.as_f64()).sum());
    ensure!(others == 0.0, "expected 200 and 503 only: {}", seen["statusCodeDistribution"]);
    let percentile = |which: &str| {
        // Of the answers alone if oha separates them: a refusal is quick.
        let in_field = |key: &str| seen[key][which].as_f64();
        in_field("latencyPercentilesSuccessful")
            .or_else(|| in_field("latencyPercentiles"))
            .map(|seconds| seconds * 1000.0)
    };
    Ok(json!({
        "load": name,
        "answered": answered,
        "refused": count("503"),
        "answered_per_s": answered / f64::from(args.seconds),
        "p50_ms": percentile("p50"),
        "p99_ms": percentile("p99"),
        "errors": seen["errorDistribution"],
        "resident_mb_before": before,
        "resident_mb_after": server.resident_mb()?,
    }))
}
