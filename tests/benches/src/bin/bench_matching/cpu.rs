//! The match on the processor beside its peers and a plain read, in turns. In: a shop. Out: a table, or JSON.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use stl_server::matching::{Matcher, ProjectedRows};
use stl_types::Category;

use crate::args::Args;
use crate::peers::Peers;
use crate::recall::Recall;
use crate::shop::Shop;
use crate::timing::{BATCHES, ms_since, quartiles};
use plain_read::PlainRead;
use report::{Row, as_json, print_table};

mod plain_read;
mod report;

/// Articles of a row of the table.
const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

/// Measures and prints.
pub(super) fn run(args: &Args, shop: &Shop) -> Result<()> {
    let mut rows = Vec::new();
    for articles in args.sizes(&SIZES)? {
        rows.extend(measure_size(args, shop, articles)?);
    }
    if args.json {
        println!("{}", as_json(shop, &rows)?);
    } else {
        print_table(shop, &rows);
    }
    Ok(())
}

fn measure_size(args: &Args, shop: &Shop, count: usize) -> Result<Vec<Row>> {
    let articles = shop.articles(count);
    let categories: Vec<Category> = articles.iter().map(|(category, _)| *category).collect();
    let features: Vec<&[f32]> = articles.iter().map(|(_, feature)| &feature[..]).collect();
    let scratch = args.scratch.as_deref().context("--scratch: expected a folder")?;
    let python = args.python.as_deref().context("--python: expected a Python")?;
    std::fs::create_dir_all(scratch)?;
    let path = scratch.join("rows.bin");
    let _ = std::fs::remove_file(&path);
    let open = || ProjectedRows::open_or_project(&path, &shop.weights, &features, [0; 32]);
    drop(open());
    let queries = scratch.join("queries.bin");
    write_queries(shop, &queries)?;
    let mut peers = Peers::start(python, &path, count, shop.weights.hidden, &queries)?;
    let mut rows = Vec::new();
    for threads in [1, 2] {
        let matcher = Matcher::new(shop.weights.clone(), open(), &categories, threads, args.device)?;
        eprintln!("{count} articles, {threads} threads: scored by {}", matcher.engine_name());
        let (row_count, stride) = shop.pass_size(&matcher);
        let plain_read = PlainRead::new(row_count, stride)?;
        let recall_at_50 = Recall::measure(&matcher, &categories, &shop.queries).share();
        for batch in BATCHES {
            // Some seconds for each cell of the table.
            let turns = args.turns.unwrap_or_else(|| (20_000_000 / count / batch).clamp(9, 101));
            let times = measure_batch(shop, &matcher, &mut peers, &plain_read, (turns, threads, batch))?;
            let ratios = |peer: usize| -> Vec<f64> {
                times[peer].iter().zip(&times[0]).map(|(peer, engine)| peer / engine).collect()
            };
            let (to_faiss, to_stream) = (quartiles(ratios(1)), quartiles(ratios(3)));
            let [engine_ms, faiss_ms, usearch_ms, stream_ms] = times.map(|turns| quartiles(turns)[0]);
            rows.push(Row {
                articles: count,
                threads,
                batch,
                engine_ms,
                faiss_ms,
                usearch_ms,
                stream_ms,
                recall_at_50,
                to_faiss,
                to_stream,
                resident_bytes_per_article: matcher.resident_bytes() as f64 / count as f64,
            });
        }
    }
    drop(peers);
    std::fs::remove_file(&path)?;
    Ok(rows)
}

/// The milliseconds of each turn: engine, faiss, usearch, plain read.
fn measure_batch(
    shop: &Shop,
    matcher: &Matcher,
    peers: &mut Peers,
    plain_read: &PlainRead,
    (turns, threads, batch): (usize, usize, usize),
) -> Result<[Vec<f64>; 4]> {
    let mut times: [Vec<f64>; 4] = Default::default();
    for turn in 0..=turns {
        let queries = shop.batch(turn * batch, batch);
        let begin = Instant::now();
        let found = matcher.search(&queries);
        let engine = ms_since(begin);
        ensure!(found.len() == batch && found.iter().all(|hits| !hits.is_empty()), "expected hits for every query");
        let faiss = peers.time("faiss", threads, batch)?;
        let usearch = peers.time("usearch", threads, batch)?;
        let begin = Instant::now();
        std::hint::black_box(plain_read.read(threads));
        let stream = ms_since(begin);
        // The first turn warms caches and threads up.
        if turn > 0 {
            times.iter_mut().zip([engine, faiss, usearch, stream]).for_each(|(all, time)| all.push(time));
        }
    }
    Ok(times)
}

/// Writes `U f(I)` of all queries and categories, little-endian float32: what the peers search with.
fn write_queries(shop: &Shop, path: &Path) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for (_, embedding) in shop.queries.iter().flat_map(|query| &query.embeddings) {
        for number in shop.weights.project_query(embedding) {
            file.write_all(&number.to_le_bytes())?;
        }
    }
    file.flush()?;
    Ok(())
}
