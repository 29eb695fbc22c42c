//! Measures the server under load. In: the demo catalogue, a drawn look, the load generator oha. Out: a table, or JSON.
//!
//! First 1, 8 and 64 clients, each of which waits for an answer before its next request. Then a fixed rate: twice as many requests
//! a second as the server answered at best, with `--overload` for minutes on end. Beside each load, one search a second tells how long
//! the server's steps take then.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, ValueEnum};
use serde_json::{Value, json};
use stl_benches::search::{self, Body};
use stl_server::networks::models::Models;
use stl_tests::Server;

/// Number of clients.
const CLIENTS: [usize; 3] = [1, 8, 64];
/// Requests for the time of each step.
const TIMED: usize = 60;
/// Time between two searches whose steps are read beside a load.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// What oha says of requests that are under way when its time is over.
const AT_THE_END: &str = "aborted due to deadline";
/// The steps of a search.
const STEPS: [&str; 4] = ["decode_ms", "encode_ms", "match_ms", "cards_ms"];

#[derive(Parser)]
#[command(about = "Loads the server with searches")]
struct Args {
    /// The load generator
    #[arg(long)]
    oha: PathBuf,
    /// What each search sends
    #[arg(long, value_enum, default_value_t)]
    mode: Mode,
    /// Serve another catalogue than the demo's
    #[arg(long)]
    catalogue: Option<PathBuf>,
    /// Serve as many articles, mixed from the demo's
    #[arg(long, conflicts_with = "catalogue", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    articles: Option<u32>,
    /// Seconds of each load
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=3600))]
    seconds: u32,
    /// Go on with twice the server's capacity for so many minutes, each a row
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=240))]
    overload: u32,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// What a search sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// A cutout with its regions.
    #[default]
    Pictures,
    /// Numbers that a browser has computed of them.
    Numbers,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let scratch = tempfile::tempdir()?;
    let form = scratch.path().join("form");
    let [cutout, regions] = search::segmented_look()?;
    let sent = match args.mode {
        Mode::Pictures => search::form(&cutout, &regions),
        Mode::Numbers => search::numbers(&cutout, &regions)?,
    };
    std::fs::write(&form, &sent.bytes)?;
    let mixed = scratch.path().join("catalogue");
    if let Some(count) = args.articles {
        std::fs::create_dir(&mixed)?;
        let (root, models) = (stl_tests::root(), Models::open(&stl_tests::root().join("models"))?);
        stl_benches::catalogue::write_mixed(
            &root.join("target/demo/catalogue"),
            &models,
            count as usize,
            &mixed,
            |_| {},
        )?;
    }
    let catalogue = args.articles.map(|_| &mixed).or(args.catalogue.as_ref());
    let catalogue = catalogue.map(|folder| folder.display().to_string());
    let server = match &catalogue {
        Some(folder) => Server::start_with(&["--catalogue", folder])?,
        None => Server::start()?,
    };
    let url = format!("{}/api/v1/search", server.origin);
    let steps_ms = medians((0..TIMED).map(|_| steps(&server, &sent)).collect::<Result<_>>()?);
    let load = Load { oha: &args.oha, seconds: args.seconds, server: &server, url: &url, form: &form, sent: &sent };

    let mut rows = Vec::new();
    for clients in CLIENTS {
        let mut row = load.run(&["-c", &clients.to_string()], &format!("{clients} clients"))?;
        row["clients"] = json!(clients);
        rows.push(row);
    }
    let best = rows.iter().filter_map(|row| row["searches_per_s"].as_f64()).fold(0.0, f64::max);
    let twice = format!("{:.0}", 2.0 * best);
    let name = format!("{twice} requests a second");
    let overload = ["-c", "256", "-q", &twice, "--latency-correction"];
    rows.push(load.run(&overload, &name)?);
    let minute = Load { seconds: 60, ..load };
    for past in 1..=args.overload {
        rows.push(minute.run(&overload, &format!("{name}, minute {past}"))?);
    }

    if args.json {
        println!("{}", serde_json::to_string_pretty(&json!({ "parts_ms": steps_ms, "loads": rows }))?);
        return Ok(());
    }
    println!("One search, medians of {TIMED} in ms: {}\n", Value::from(steps_ms));
    println!(
        "| load | answered a second | p50 ms | p99 ms | encode ms | match ms | answered | 503 | no answer | resident MB before → after | file handles |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for row in &rows {
        let number = |key: &str| row[key].as_f64().unwrap_or(f64::NAN);
        println!(
            "| {} | {:.1} | {:.0} | {:.0} | {:.1} | {:.2} | {:.0} | {:.0} | {:.0} | {:.0} → {:.0} | {:.0} |",
            row["load"].as_str().unwrap_or_default(),
            number("searches_per_s"),
            number("p50_ms"),
            number("p99_ms"),
            number("encode_ms"),
            number("match_ms"),
            number("answered"),
            number("refused"),
            number("unanswered"),
            number("resident_mb_before"),
            number("resident_mb_after"),
            number("file_handles"),
        );
    }
    Ok(())
}

/// The server's own time for each of [`STEPS`] of a search.
fn steps(server: &Server, sent: &Body) -> Result<[f64; 4]> {
    let answer = server.post("/api/v1/search", &sent.content_type, &sent.bytes)?;
    let answer: Value = serde_json::from_slice(&answer).context("the server answers with JSON")?;
    let mut steps = [0.0; 4];
    for (step, name) in steps.iter_mut().zip(STEPS) {
        *step = answer["timing"][name].as_f64().with_context(|| format!("no {name} in {answer}"))?;
    }
    Ok(steps)
}

/// The median of each step.
fn medians(all: Vec<[f64; 4]>) -> serde_json::Map<String, Value> {
    let median = |step: usize| {
        let mut times: Vec<f64> = all.iter().map(|steps| steps[step]).collect();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).map(|time| (time * 100.0).round() / 100.0)
    };
    STEPS.into_iter().enumerate().map(|(step, name)| (name.to_owned(), json!(median(step)))).collect()
}

/// What all loads share.
#[derive(Clone, Copy)]
struct Load<'a> {
    oha: &'a Path,
    seconds: u32,
    server: &'a Server,
    url: &'a str,
    form: &'a Path,
    sent: &'a Body,
}

impl Load<'_> {
    fn run(&self, options: &[&str], name: &str) -> Result<Value> {
        let before = self.server.resident_mb()?;
        let mut oha = Command::new(self.oha)
            .args(["--no-tui", "--output-format", "json", "-z", &format!("{}s", self.seconds), "-m", "POST"])
            .args(["-H", &format!("content-type: {}", self.sent.content_type), "-D"])
            .arg(self.form)
            .args(options)
            .arg(self.url)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", self.oha.display()))?;
        let begin = Instant::now();
        let mut seen_steps = Vec::new();
        // The output of a few kilobytes fits the pipe, so that nobody has to read before the end.
        while begin.elapsed() + PROBE_INTERVAL < Duration::from_secs(self.seconds.into()) {
            std::thread::sleep(PROBE_INTERVAL);
            // A server at its limit refuses some.
            seen_steps.extend(steps(self.server, self.sent));
        }
        let mut output = String::new();
        let stdout = oha.stdout.take().context("oha has no output")?;
        std::io::Read::read_to_string(&mut { stdout }, &mut output)?;
        let status = oha.wait()?;
        ensure!(status.success(), "oha: {status}");
        let seen: Value = serde_json::from_str(&output)?;
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
        let unanswered: f64 = seen["errorDistribution"]
            .as_object()
            .map(|all| all.iter().filter(|(error, _)| !error.contains(AT_THE_END)))
            // A sum of nothing is −0.
            .map_or(0.0, |errors| errors.filter_map(|(_, count)| count.as_f64()).sum::<f64>() + 0.0);
        let mut row = json!({
            "load": name,
            "answered": answered,
            "refused": count("503"),
            "unanswered": unanswered,
            "searches_per_s": answered / f64::from(self.seconds),
            "p50_ms": percentile("p50"),
            "p99_ms": percentile("p99"),
            "errors": seen["errorDistribution"],
            "resident_mb_before": before,
            "file_handles": self.server.file_handles()?,
            "resident_mb_after": self.server.resident_mb()?,
        });
        if let Some(row) = row.as_object_mut() {
            row.extend(medians(seen_steps));
        }
        Ok(row)
    }
}
