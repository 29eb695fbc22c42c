//! Searches of one server and of shards, all in this process and on its cores. In: a catalogue. Out: times of a search and of its steps.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use stl_benches::catalogue::write_mixed;
use stl_server::catalogue::CatalogueOptions;
use stl_server::catalogue::filter::Filter;
use stl_server::config::Config;
use stl_server::http::shard::ShardState;
use stl_server::matching::{Batcher, CategoryScores, Device, Hits, MatchQuery, Part};
use stl_server::networks::models::Models;
use stl_server::pipeline::search::SearchEngine;
use stl_server::shards::message::{PackedScores, ServedVersion};
use stl_server::shards::{Asked, Shard, ShardAddresses, ShardAnswer, ShardToken, Shards, WhenMissing};
use stl_types::Category;

/// Hits of a category: a row of cards.
const LIMIT: usize = 50;

const TOKEN: &str = "a-token-of-the-benchmark";

#[derive(clap::Args)]
pub(super) struct Args {
    /// Articles of the catalogue
    #[arg(long, default_value_t = 1_000_000)]
    articles: usize,
    /// Numbers of shards
    #[arg(long, value_delimiter = ',', default_value = "1,2,4")]
    shards: Vec<usize>,
    /// Searches of each time
    #[arg(long, default_value_t = 100)]
    searches: usize,
    /// Threads that share a pass, on each server
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

pub(super) fn run(args: &Args, catalogue: &Path, models: &Path) -> Result<()> {
    let models = Models::open(models)?;
    let folder = tempfile::tempdir()?;
    write_mixed(catalogue, &models, args.articles, folder.path(), |_| {})?;
    let options = CatalogueOptions { threads: args.threads, device: Device::Cpu };
    println!("{} articles, {} threads a pass, {} searches each, medians", args.articles, args.threads, args.searches);

    let begin = Instant::now();
    let engine = SearchEngine::load(&models, folder.path(), options)?;
    println!("one server: loaded in {:.2} s", begin.elapsed().as_secs_f64());
    let features = features(&engine, args.searches.min(args.articles))?;
    let (batcher, matcher) = (Batcher::default(), &engine.catalogue.matcher);
    let alone = timed(&features, |feature| batcher.search(matcher, vec![query(feature)]).swap_remove(0));
    println!("one server: a search of all categories {}", alone.text());
    drop(engine);

    let runtime = tokio::runtime::Runtime::new()?;
    for &of in &args.shards {
        let begin = Instant::now();
        let parts = Part::all(of).map(|part| Shard::load(&models, folder.path(), options, part));
        let parts: Vec<Shard> = parts.collect::<Result<_, _>>()?;
        let loaded_s = begin.elapsed().as_secs_f64() / of as f64;
        let bytes = parts[0].catalogue.matcher.resident_bytes() as f64 / 1e6;
        println!("{of} shards: each loaded in {loaded_s:.2} s, {bytes:.0} MB for the match");
        steps(&parts, &features);
        let version = parts[0].version.clone();
        let shards = Arc::new(runtime.block_on(serve(parts, folder.path(), &models))?);
        let ask = |feature: &Vec<f32>| -> Vec<Hits> {
            let found = shards.search(&asked(&version, args.articles, &[query(feature)])).expect("every shard answers");
            found.hits.into_iter().next().expect("one query's hits")
        };
        ensure!(ask(&features[0]) == alone.first, "the hits are those of one server");
        println!("{of} shards: a search through HTTP {}", timed(&features, ask).text());
    }
    Ok(())
}

/// f(A) of some articles, which stand for f(I).
fn features(engine: &SearchEngine, count: usize) -> Result<Vec<Vec<f32>>> {
    let ids = engine.catalogue.markets()[0].articles().iter().map(|article| article.id.as_str()).take(count);
    ids.map(|id| engine.catalogue.feature(id).map(<[f32]>::to_vec).context("an article")).collect()
}

fn query(feature: &[f32]) -> MatchQuery {
    let embeddings = Category::ALL.into_iter().map(|category| (category, feature.to_vec())).collect();
    MatchQuery { embeddings, limit: LIMIT, ..MatchQuery::default() }
}

static NO_FILTER: std::sync::LazyLock<Filter> = std::sync::LazyLock::new(Filter::default);

fn asked<'a>(version: &'a ServedVersion, articles: usize, queries: &'a [MatchQuery]) -> Asked<'a> {
    Asked { version, articles, market: "", filter: &NO_FILTER, rules: None, now: Timestamp::UNIX_EPOCH, queries }
}

/// The parts of a search: a pass over one part, its answer as text and back, and the merge.
fn steps(parts: &[Shard], features: &[Vec<f32>]) {
    let (of, batcher) = (parts.len(), Batcher::default());
    let all: Vec<Part> = Part::all(of).collect();
    let articles = parts.iter().map(|part| part.catalogue.len()).sum();
    let pass = timed(features, |feature| batcher.scores(&parts[0].catalogue.matcher, vec![query(feature)]));
    let scores: Vec<Vec<CategoryScores>> = parts
        .iter()
        .map(|part| batcher.scores(&part.catalogue.matcher, vec![query(&features[0])]).swap_remove(0))
        .collect();
    let written = |_: &Vec<f32>| {
        let packed = scores[0].iter().map(|scores| PackedScores::of(scores, all[0])).collect();
        serde_json::to_string(&ShardAnswer { queries: vec![packed] }).unwrap_or_default()
    };
    let text = written(&Vec::new());
    let read = |_: &Vec<f32>| {
        let answer = serde_json::from_str::<ShardAnswer>(&text).ok();
        answer.and_then(|answer| answer.unpacked(all[0], articles, 1).ok())
    };
    let read_all: Vec<Vec<CategoryScores>> = scores
        .iter()
        .zip(&all)
        .map(|(scores, part)| {
            let packed = scores.iter().map(|scores| PackedScores::of(scores, *part)).collect();
            let answer = ShardAnswer { queries: vec![packed] };
            answer.unpacked(*part, articles, 1).map(|mut queries| queries.swap_remove(0)).unwrap_or_default()
        })
        .collect();
    let merge = timed(features, |_| CategoryScores::hits(CategoryScores::merged(read_all.clone(), &[], LIMIT), LIMIT));
    let (written, read) = (timed(features, written), timed(features, read));
    println!("{of} shards: a pass over one part {}", pass.text());
    println!("{of} shards: an answer of {} bytes is written in {}", text.len(), written.text());
    println!("{of} shards: it is read in {}; all are merged in {}", read.text(), merge.text());
}

/// Serves parts on loopback; who asks them.
async fn serve(parts: Vec<Shard>, folder: &Path, models: &Models) -> Result<Shards> {
    let config = Config { workers: 2, ..Config::for_testing(folder, Path::new("no-page")) };
    let (token, networks) = (ShardToken::checked(TOKEN)?, models.networks_sha256().to_string());
    let mut addresses = Vec::new();
    for (part, shard) in Part::all(parts.len()).zip(parts) {
        let state = ShardState::new(&config, part, token.clone(), networks.clone())?;
        state.add(shard);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        addresses.push(format!("http://{}", listener.local_addr()?));
        let app = state.app(&config);
        tokio::spawn(async move { axum::serve(listener, app).await });
    }
    let addresses = ShardAddresses::of(&addresses)?;
    Ok(Shards::new(&addresses, networks, token, Duration::from_secs(10), WhenMissing::Refuse)?)
}

/// Times of one thing, and what it made first.
struct Timed<T> {
    ms: Vec<f64>,
    first: T,
}

impl<T> Timed<T> {
    fn text(&self) -> String {
        let at = |part: f64| self.ms[((self.ms.len() - 1) as f64 * part) as usize];
        format!("{:.3} ms (90 % below {:.3} ms)", at(0.5), at(0.9))
    }
}

fn timed<T>(features: &[Vec<f32>], work: impl Fn(&Vec<f32>) -> T) -> Timed<T> {
    let first = work(&features[0]);
    let mut ms: Vec<f64> = features
        .iter()
        .map(|feature| {
            let begin = Instant::now();
            black_box(work(feature));
            begin.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    ms.sort_unstable_by(f64::total_cmp);
    Timed { ms, first }
}
