//! The match on a graphics processor: how long a search takes, and what share of the device's memory bandwidth the pass reaches.
//! In: a shop. Out: a table, or JSON.
//!
//! The device counts its own time, so that a pass can be told from sending, waiting and scoring again. What its memory allows is
//! a plain read of the same bytes, in turns with the searches.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use stl_server::matching::{Matcher, Rows};
use stl_types::Category;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;

use super::{Args, BATCHES, Shop, ms_since, quartiles};

/// Articles of a row of the table.
const SIZES: [usize; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// Queries that recall is measured with where a reference takes seconds.
const FEW_QUERIES: usize = 16;
/// How long the device works before it is measured: one that was idle runs at a low clock.
const WARM_UP: Duration = Duration::from_secs(1);

/// Milliseconds: median, lower and upper quartile.
struct Row {
    articles: usize,
    batch: usize,
    /// Bytes of all rows.
    bytes: usize,
    /// A search, all of it.
    engine_ms: [f64; 3],
    /// On the device: scoring and merging, scoring alone, and a plain read of the rows.
    device_ms: [f64; 3],
    score_ms: [f64; 3],
    read_ms: [f64; 3],
    /// Plain read to scoring, from turn to turn.
    share_of_read: [f64; 3],
    recall_at_50: f64,
}

impl Row {
    /// GB/s at which the rows are read in `ms` milliseconds.
    fn gb_s(&self, ms: f64) -> f64 {
        self.bytes as f64 / 1e6 / ms
    }
}

/// Measures and prints.
pub(super) fn run(args: &Args, shop: &Shop) -> Result<()> {
    let mut rows = Vec::new();
    let mut name = String::new();
    for articles in args.articles.map_or_else(|| SIZES.to_vec(), |articles| vec![articles]) {
        ensure!(articles >= MAX_CARDS_PER_CATEGORY, "--articles: expected at least 50, got {articles}");
        let matcher = matcher(args, shop, articles)?;
        name = matcher.runs_on();
        rows.extend(measure(args, shop, &matcher, articles)?);
    }
    if args.json {
        println!("{}", as_json(args, shop, &name, &rows)?);
    } else {
        print_table(args, &name, &rows);
    }
    Ok(())
}

/// A matcher on the device, its float32 rows in memory: a file of ten million would be ten gigabytes.
fn matcher(args: &Args, shop: &Shop, count: usize) -> Result<Matcher> {
    let begin = Instant::now();
    let articles = shop.articles(count);
    let categories: Vec<Category> = articles.iter().map(|(category, _)| *category).collect();
    let features: Vec<&[f32]> = articles.iter().map(|(_, feature)| &feature[..]).collect();
    let rows = Rows::project(&shop.weights, &features);
    let projected = ms_since(begin);
    let matcher = Matcher::new(shop.weights.clone(), rows, &categories, cores(), args.device)?;
    let whole = ms_since(begin);
    eprintln!(
        "{count} articles: scored by {}, ready after {projected:.0} + {:.0} ms",
        matcher.runs_on(),
        whole - projected
    );
    Ok(matcher)
}

fn measure(args: &Args, shop: &Shop, matcher: &Matcher, count: usize) -> Result<Vec<Row>> {
    let recall_at_50 = recall(matcher, shop, if count > 1_000_000 { FEW_QUERIES } else { usize::MAX });
    let mut rows = Vec::new();
    let begin = Instant::now();
    while begin.elapsed() < WARM_UP {
        matcher.read_on_device()?;
    }
    for batch in BATCHES {
        let turns = args.turns.unwrap_or_else(|| (1_000_000_000 / count / batch).clamp(21, 201));
        let mut times: [Vec<f64>; 5] = Default::default();
        for turn in 0..=turns {
            let requests = shop.batch(turn * batch, batch);
            let before = matcher.take_device_time();
            let begin = Instant::now();
            let found = matcher.search(&requests);
            let engine = ms_since(begin);
            ensure!(found.len() == batch && found.iter().all(|hits| !hits.is_empty()), "every query is answered");
            let counted = before.and(matcher.take_device_time());
            let device = counted.context("the device counts no time, or there is none")?;
            let read = matcher.read_on_device()?.context("the device counts no time")?;
            // The first turn warms caches up.
            if turn > 0 {
                let [all, score, read] = [device.all, device.score, read].map(ms);
                let share = read * batch.div_ceil(8) as f64 / score;
                times.iter_mut().zip([engine, all, score, read, share]).for_each(|(all, time)| all.push(time));
            }
        }
        let [engine_ms, device_ms, score_ms, read_ms, share_of_read] = times.map(quartiles);
        let bytes = matcher.row_bytes().len();
        let row =
            Row { articles: count, batch, bytes, engine_ms, device_ms, score_ms, read_ms, share_of_read, recall_at_50 };
        eprintln!("{}", line(args, &row));
        rows.push(row);
    }
    Ok(rows)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// [`super::recall`] of the first queries, on all cores.
fn recall(matcher: &Matcher, shop: &Shop, most: usize) -> f64 {
    let requests = &shop.requests[..most.min(shop.requests.len())];
    let counts = std::thread::scope(|scope| {
        let shares = requests.chunks(requests.len().div_ceil(cores()));
        let running: Vec<_> = shares.map(|share| scope.spawn(move || super::found_of(matcher, share))).collect();
        let counts = running.into_iter().map(|share| share.join().expect("a reference"));
        counts.fold((0, 0), |(found, wanted), (more, of)| (found + more, wanted + of))
    });
    counts.0 as f64 / counts.1 as f64
}

fn as_json(args: &Args, shop: &Shop, name: &str, rows: &[Row]) -> Result<String> {
    let object = |row: &Row| {
        json!({
            "articles": row.articles, "width": shop.weights.hidden, "batch": row.batch, "row_bytes": row.bytes,
            "engine_ms": row.engine_ms, "device_ms": row.device_ms, "score_ms": row.score_ms, "read_ms": row.read_ms,
            "score_gb_s": row.gb_s(row.score_ms[0]), "read_gb_s": row.gb_s(row.read_ms[0]),
            "share_of_read": row.share_of_read, "recall_at_50": row.recall_at_50,
        })
    };
    let whole = json!({
        "device": name, "peak_gb_s": args.peak_gb_s, "queries": shop.requests.len(),
        "rows": rows.iter().map(object).collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&whole)?)
}

fn print_table(args: &Args, name: &str, rows: &[Row]) {
    println!("{name}; medians in ms, shares with quartiles\n");
    println!(
        "| articles | queries | a search | on the device | scoring | plain read | scoring GB/s | plain read GB/s | plain read : scoring | of the data sheet | recall@50 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    rows.iter().for_each(|row| println!("{}", line(args, row)));
}

fn line(args: &Args, row: &Row) -> String {
    let [share, lower, upper] = row.share_of_read;
    let of_sheet =
        args.peak_gb_s.map_or_else(|| "–".to_owned(), |peak| format!("{:.2}", row.gb_s(row.score_ms[0]) / peak));
    format!(
        "| {} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.0} | {:.0} | {share:.2} ({lower:.2}–{upper:.2}) | {of_sheet} | {:.4} |",
        row.articles,
        row.batch,
        row.engine_ms[0],
        row.device_ms[0],
        row.score_ms[0],
        row.read_ms[0],
        row.gb_s(row.score_ms[0]),
        row.gb_s(row.read_ms[0]),
        row.recall_at_50
    )
}
