//! How long what is similar to a product takes. In: a catalogue, whose products are mixed to catalogues of any size. Out: a line for each
//! size: milliseconds until the answer is there, of a product that nobody has asked for and of one that is kept.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use stl_benches::catalogue::write_mixed;
use stl_server::catalogue::CatalogueOptions;
use stl_server::matching::Device;
use stl_server::networks::models::Models;
use stl_server::parallel::available_threads;
use stl_server::pipeline::search::{SearchEngine, SearchParams};

/// Products of an answer: what the element of a product's page asks for.
const LIMIT: usize = 12;

#[derive(Parser)]
struct Args {
    /// Folder of the catalogue
    #[arg(long)]
    catalogue: PathBuf,
    /// Folder of the networks
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// Sizes of catalogues
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    articles: Vec<usize>,
    /// Products that are asked for
    #[arg(long, default_value_t = 200)]
    asked: usize,
    /// Threads that share a pass [default: one for each core]
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let models = Models::open(&args.models)?;
    for &count in &args.articles {
        let folder = tempfile::tempdir()?;
        write_mixed(&args.catalogue, &models, count, folder.path(), |_| {})?;
        let threads = args.threads.unwrap_or_else(available_threads);
        let options = CatalogueOptions { threads, device: Device::Cpu };
        let engine = SearchEngine::load(&models, folder.path(), options)?;
        let params = SearchParams { in_stock_first: true, ..SearchParams::plain(Vec::new(), LIMIT) };
        let (mut first, mut kept) = (Vec::new(), Vec::new());
        // The first few warm caches and threads up.
        let step = (count / (args.asked + 10)).max(1);
        for (number, position) in (0..count).step_by(step).take(args.asked + 10).enumerate() {
            let article = engine.catalogue.get(position).context("an article")?;
            let begin = Instant::now();
            let found = engine.similar(article, &params)?;
            let first_ms = ms_since(begin);
            ensure!(found.categories[0].cards.len() == LIMIT, "expected {LIMIT} products");
            let begin = Instant::now();
            let again = engine.known_similar(article, &params).context("kept")?;
            let kept_ms = ms_since(begin);
            ensure!(again.categories == found.categories, "expected the same again");
            if number >= 10 {
                first.push(first_ms);
                kept.push(kept_ms);
            }
        }
        println!(
            "{count} articles, {threads} threads: first {}, kept {} (ms: median, quartiles, longest)",
            figures(first),
            figures(kept)
        );
    }
    Ok(())
}

fn ms_since(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1000.0
}

/// Median, quartiles and the longest.
fn figures(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let [median, low, high] = [2, 1, 3].map(|quarter| values[(values.len() - 1) * quarter / 4]);
    format!("{median:.3} ({low:.3}–{high:.3}; {:.3})", values[values.len() - 1])
}
