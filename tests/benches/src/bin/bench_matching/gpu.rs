//! The match on a graphics processor: how long a search takes, and what share of the device's memory bandwidth a pass reaches.
//! In: a shop. Out: a table, or JSON.
//!
//! The device counts its own time ([`device_time`]), so that a pass is separate from sending, waiting and scoring again. A plain
//! read of as many bytes takes turns with the searches ([`plain_read`]): what the device's memory allows.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use stl_server::matching::{MatchQuery, Matcher, ProjectedRows};
use stl_types::Category;

use crate::args::Args;
use crate::recall::Recall;
use crate::shop::{Article, Shop};
use crate::timing::{BATCHES, ms_since, quartiles};
use device_time::DeviceClock;
use plain_read::PlainRead;
use report::{Row, as_json, line, print_table};

mod device_time;
mod plain_read;
mod report;

/// Articles of a row of the table.
const SIZES: [usize; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// Queries for recall when the reference takes seconds for each.
const FEW_QUERIES: usize = 16;
/// How long the device works before it is measured: an idle one runs at a low clock.
const WARM_UP: Duration = Duration::from_secs(1);
/// Queries that the matcher sends to the device together.
const SUBMITTED_QUERIES: usize = 8;

/// Measures and prints.
pub(super) fn run(args: &Args, shop: &Shop) -> Result<()> {
    let clock = DeviceClock::subscribe();
    let mut rows = Vec::new();
    let mut name = String::new();
    for count in args.sizes(&SIZES)? {
        let articles = shop.articles(count);
        let categories: Vec<Category> = articles.iter().map(|(category, _)| *category).collect();
        let matcher = matcher(args, shop, &articles, &categories)?;
        name = matcher.engine_name().into_owned();
        let queries = if count > 1_000_000 { FEW_QUERIES } else { usize::MAX };
        let recall_at_50 = recall(&matcher, &categories, &shop.queries[..queries.min(shop.queries.len())]);
        rows.extend(measure_size(args, shop, &matcher, &clock, (count, recall_at_50))?);
    }
    if args.json {
        println!("{}", as_json(args, shop, &name, &rows)?);
    } else {
        print_table(args, &name, &rows);
    }
    Ok(())
}

/// A matcher on the device with its float32 rows in memory: a file of ten million rows would have ten gigabytes.
fn matcher(args: &Args, shop: &Shop, articles: &[Article], categories: &[Category]) -> Result<Matcher> {
    let begin = Instant::now();
    let features: Vec<&[f32]> = articles.iter().map(|(_, feature)| &feature[..]).collect();
    let projected = ProjectedRows::project(&shop.weights, &features);
    let projected_ms = ms_since(begin);
    let matcher = Matcher::new(shop.weights.clone(), projected, categories, cores(), args.device)?;
    let all_ms = ms_since(begin);
    eprintln!(
        "{} articles: scored by {}, ready after {projected_ms:.0} + {:.0} ms",
        articles.len(),
        matcher.engine_name(),
        all_ms - projected_ms
    );
    Ok(matcher)
}

fn measure_size(
    args: &Args,
    shop: &Shop,
    matcher: &Matcher,
    clock: &DeviceClock,
    (articles, recall_at_50): (usize, f64),
) -> Result<Vec<Row>> {
    let (row_count, stride) = shop.pass_size(matcher);
    let plain_read = PlainRead::new(&matcher.engine_name(), row_count * stride)?;
    let begin = Instant::now();
    while begin.elapsed() < WARM_UP {
        plain_read.read()?;
    }
    let mut rows = Vec::new();
    for batch in BATCHES {
        let turns = args.turns.unwrap_or_else(|| (1_000_000_000 / articles / batch).clamp(21, 201));
        let mut times: [Vec<f64>; 5] = Default::default();
        for turn in 0..=turns {
            let queries = shop.batch(turn * batch, batch);
            clock.take();
            let begin = Instant::now();
            let found = matcher.search(&queries);
            let engine = ms_since(begin);
            ensure!(found.len() == batch && found.iter().all(|hits| !hits.is_empty()), "expected hits for every query");
            let device = clock.take().context("the device counts no time, or there is none")?;
            let read = plain_read.read()?;
            // The first turn warms caches up.
            if turn > 0 {
                let [all, score, read] = [device.total, device.scoring, read].map(|time| time.as_secs_f64() * 1000.0);
                let share = read * batch.div_ceil(SUBMITTED_QUERIES) as f64 / score;
                times.iter_mut().zip([engine, all, score, read, share]).for_each(|(all, time)| all.push(time));
            }
        }
        let [engine_ms, device_ms, score_ms, read_ms, share_of_read] = times.map(quartiles);
        let bytes = row_count * stride;
        let row = Row { articles, batch, bytes, engine_ms, device_ms, score_ms, read_ms, share_of_read, recall_at_50 };
        eprintln!("{}", line(args, &row));
        rows.push(row);
    }
    Ok(rows)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The recall of queries, measured on all cores.
fn recall(matcher: &Matcher, categories: &[Category], queries: &[MatchQuery]) -> f64 {
    let recall = std::thread::scope(|scope| {
        let parts = queries.chunks(queries.len().div_ceil(cores()));
        let running: Vec<_> =
            parts.map(|part| scope.spawn(move || Recall::measure(matcher, categories, part))).collect();
        let parts = running.into_iter().map(|part| part.join().expect("a reference"));
        parts.fold(Recall::default(), Recall::joined)
    });
    recall.share()
}
