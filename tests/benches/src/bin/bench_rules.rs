//! What the shop's rules cost. In: a catalogue, whose products are mixed to a catalogue of any size. Out: milliseconds of a pass over all
//! articles without rules and with them, in turns, their ratio, and how long it takes until changed rules are ready.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use jiff::Timestamp;
use stl_benches::catalogue::write_mixed;
use stl_server::catalogue::rules::stored;
use stl_server::catalogue::{Catalogue, CatalogueOptions, RuleChoice, Rules};
use stl_server::matching::{Device, MatchQuery};
use stl_server::networks::models::Models;
use stl_server::parallel::available_threads;
use stl_types::Category;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;

/// Brands of the catalogue: a shop of a million articles has thousands.
const BRANDS: usize = 2000;

/// Queries that share a pass.
const BATCHES: [usize; 2] = [1, 8];

#[derive(Parser)]
struct Args {
    /// Folder of the catalogue
    #[arg(long)]
    catalogue: PathBuf,
    /// Folder of the networks
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// Size of the mixed catalogue
    #[arg(long, default_value_t = 1_000_000)]
    articles: usize,
    /// Number of rules
    #[arg(long, default_value_t = 1000)]
    rules: usize,
    /// Passes of each kind
    #[arg(long, default_value_t = 41)]
    turns: usize,
    /// Threads that share a pass [default: one for each core]
    #[arg(long)]
    threads: Option<usize>,
    /// auto, cpu, gpu or gpu:N
    #[arg(long, default_value_t = Device::Cpu)]
    device: Device,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let models = Models::open(&args.models)?;
    let folder = tempfile::tempdir()?;
    let mut number = 0;
    write_mixed(&args.catalogue, &models, args.articles, folder.path(), |article| {
        article.brand = format!("Brand {}", number * 7919 % BRANDS);
        article.labels.insert("season".to_owned(), format!("S{}", number % 50));
        number += 1;
    })?;
    let threads = args.threads.unwrap_or_else(available_threads);
    let catalogue = Catalogue::load(folder.path(), &models, CatalogueOptions { threads, device: args.device })?;
    let text = rules(args.rules, args.articles);
    catalogue.rules.replace(stored::write(folder.path(), Rules::from_toml(&text)?, &text)?);
    let begin = Instant::now();
    let market = catalogue.market("")?;
    let rules = catalogue.rules_at(market, &RuleChoice::default(), Timestamp::now()).context("rules")?;
    let ready_ms = ms_since(begin);
    let moved =
        (0..args.articles).filter(|position| rules.offsets.as_ref().is_some_and(|by| by.exact(*position) != 0.0));
    let (engine, moved) = (catalogue.matcher.engine_name(), moved.count());
    println!(
        "{} articles, {} rules, which move {moved}; scored by {engine}, {threads} threads",
        args.articles, args.rules
    );
    println!("rules are ready after {ready_ms:.0} ms");
    for batch in BATCHES {
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for turn in 0..=args.turns {
            let plain: Vec<MatchQuery> =
                (0..batch).map(|at| query(&catalogue, turn * batch + at)).collect::<Result<_>>()?;
            let ruled = plain.iter().map(|query| MatchQuery {
                selection: rules.admitted.clone(),
                offsets: rules.offsets.as_ref().map(Arc::clone),
                pinned: rules.pins.iter().map(|pin| pin.article).collect(),
                ..query.clone()
            });
            let ruled: Vec<MatchQuery> = ruled.collect();
            let without_ms = timed(&catalogue, &plain)?;
            let with_ms = timed(&catalogue, &ruled)?;
            // The first turn warms caches and threads up.
            if turn > 0 {
                without.push(without_ms);
                with.push(with_ms);
            }
        }
        let ratios = with.iter().zip(&without).map(|(with, without)| with / without).collect();
        println!(
            "{batch} queries: without {} ms, with {} ms, ratio {} (median, quartiles)",
            figures(without),
            figures(with),
            figures(ratios)
        );
    }
    Ok(())
}

/// Of ten rules six boost or bury a brand in a category, two a label, one lists ids, and one excludes ids; and some pins.
fn rules(count: usize, articles: usize) -> String {
    let rule = |number: usize| {
        let brand = number * 31 % BRANDS;
        let category = Category::ALL[number % 8];
        let ids: Vec<String> = (0..10).map(|at| format!("{:09}", (number * 7001 + at * 13) % articles)).collect();
        let (action, rest) = match number % 10 {
            0..6 => (
                ["boost", "bury"][number % 2],
                format!("by = 0.5\nbrand = \"Brand {brand}\"\ncategory = \"{category}\""),
            ),
            6 | 7 => ("boost", format!("by = 0.2\nlabel = {{ season = \"S{}\" }}\nprice_max = 5000", number % 50)),
            8 => ("bury", format!("by = 2\nid = {ids:?}")),
            _ if number < 100 => ("pin", format!("position = {}\nid = {:?}", number % 40 + 1, &ids[..1])),
            _ => ("exclude", format!("id = {ids:?}")),
        };
        format!("[[rule]]\nname = \"{number}\"\naction = \"{action}\"\n{rest}\n")
    };
    (0..count).map(rule).collect()
}

/// A query of all categories with the feature of an article.
fn query(catalogue: &Catalogue, number: usize) -> Result<MatchQuery> {
    let article = catalogue.get(number * 997 % catalogue.len()).context("an article")?;
    let feature = catalogue.feature(&article.id).context("a feature")?;
    let embeddings = Category::ALL.map(|category| (category, feature.to_vec())).to_vec();
    Ok(MatchQuery { embeddings, limit: MAX_CARDS_PER_CATEGORY, ..MatchQuery::default() })
}

fn timed(catalogue: &Catalogue, queries: &[MatchQuery]) -> Result<f64> {
    let begin = Instant::now();
    let found = catalogue.matcher.search(queries);
    let took_ms = ms_since(begin);
    ensure!(found.iter().all(|hits| !hits.is_empty()), "expected hits for every query");
    Ok(took_ms)
}

fn ms_since(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1000.0
}

/// Median and quartiles.
fn figures(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let [median, low, high] = [2, 1, 3].map(|quarter| values[(values.len() - 1) * quarter / 4]);
    format!("{median:.3} ({low:.3}–{high:.3})")
}
