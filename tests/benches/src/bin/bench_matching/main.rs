//! How fast a catalogue is matched, beside faiss and usearch on as many numbers, in one run. In: a catalogue, photos of looks,
//! a Python with the peers. Out: a table, or JSON.
//!
//! The articles are as many as asked for, each between two real ones of its category; the queries are real. Engine, peers and
//! a plain read of the same bytes take turns, so that what else the machine does falls on all alike. A graphics processor is
//! measured without peers, by its own clock ([`gpu`]).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use serde_json::json;
use stl_server::catalogue::{Store, features};
use stl_server::matching::rows::HEADER_BYTES;
use stl_server::matching::{Device, MatchWeights, Matcher, Request, Rows};
use stl_server::networks::models::Models;
use stl_server::pipeline::cutout::look_from_photo;
use stl_types::Category;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;

mod gpu;

/// Articles of a row of the table.
const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
/// Queries that are answered together.
const BATCHES: [usize; 3] = [1, 8, 32];

#[derive(Parser)]
#[command(about = "Times the match beside faiss, usearch and a plain read of memory")]
struct Args {
    /// Articles; 10,000, 100,000 and 1,000,000 without it, on a graphics processor 10,000,000 too
    #[arg(long)]
    articles: Option<usize>,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Turns of each; as many as fit some seconds without it
    #[arg(long)]
    turns: Option<usize>,
    /// auto, cpu, gpu or gpu:N
    #[arg(long, default_value_t = Device::Cpu)]
    device: Device,
    /// A catalogue whose features the articles lie between
    #[arg(long)]
    catalogue: PathBuf,
    /// A folder of photos to search with
    #[arg(long)]
    photos: PathBuf,
    /// The networks
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// A Python with faiss and usearch, for the processor's peers
    #[arg(long, required_if_eq("device", "cpu"))]
    python: Option<PathBuf>,
    /// Where the rows are written
    #[arg(long, required_if_eq("device", "cpu"))]
    scratch: Option<PathBuf>,
    /// The device's memory bandwidth by its data sheet, in GB/s
    #[arg(long)]
    peak_gb_s: Option<f64>,
}

/// Features of a shop, and photos to search it with.
struct Shop {
    weights: MatchWeights,
    articles: Vec<(Category, Vec<f32>)>,
    requests: Vec<Request>,
}

/// Medians in milliseconds.
struct Row {
    articles: usize,
    threads: usize,
    batch: usize,
    engine_ms: f64,
    faiss_ms: f64,
    usearch_ms: f64,
    stream_ms: f64,
    recall_at_50: f64,
    /// Of engine to faiss and to the stream, from turn to turn: median and quartiles.
    to_faiss: [f64; 3],
    to_stream: [f64; 3],
    resident_bytes_per_article: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let shop = Shop::open(&args)?;
    if args.device != Device::Cpu {
        return gpu::run(&args, &shop);
    }
    let mut rows = Vec::new();
    for articles in args.articles.map_or_else(|| SIZES.to_vec(), |articles| vec![articles]) {
        ensure!(articles >= MAX_CARDS_PER_CATEGORY, "--articles: expected at least 50, got {articles}");
        rows.extend(measure(&args, &shop, articles)?);
    }
    if args.json {
        println!("{}", as_json(&shop, &rows)?);
    } else {
        print_table(&shop, &rows);
    }
    Ok(())
}

impl Shop {
    fn open(args: &Args) -> Result<Self> {
        let models = Models::open(&args.models)?;
        let (published, articles) = Store::open(&args.catalogue)?.read()?;
        let file = args.catalogue.join(&published.features_file);
        let read = features::read(&file, models.fashion_dna_sha256())?;
        let categories = articles.iter().map(|article| article.category);
        let articles = categories.zip(read.features.rows().map(<[f32]>::to_vec)).collect();
        let (segmenter, encoder) = (models.segmenter()?, models.query_encoder()?);
        let mut paths: Vec<PathBuf> = std::fs::read_dir(&args.photos)
            .with_context(|| format!("{} cannot be read", args.photos.display()))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "jpg" || ending == "png"));
        paths.sort();
        paths.truncate(BATCHES[2]);
        let mut requests = Vec::new();
        for path in &paths {
            let look = look_from_photo(&segmenter, image::open(path)?.into_rgb8())?;
            let queries = look.queries(&encoder, Category::ALL.into_iter())?;
            requests.push(Request {
                queries: Category::ALL.map(|category| (category, queries.of(category).to_vec())).to_vec(),
                selection: None,
                limit: MAX_CARDS_PER_CATEGORY,
            });
        }
        ensure!(!requests.is_empty(), "{} holds no photo", args.photos.display());
        Ok(Self { weights: models.match_weights()?, articles, requests })
    }

    /// So many articles, each a mixture of two real ones of its category.
    fn articles(&self, count: usize) -> Vec<(Category, Vec<f32>)> {
        if count == self.articles.len() {
            return self.articles.clone();
        }
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 33) as usize % below
        };
        let mut of: BTreeMap<Category, Vec<&[f32]>> = BTreeMap::new();
        for (category, feature) in &self.articles {
            of.entry(*category).or_default().push(feature);
        }
        (0..count)
            .map(|_| {
                let category = self.articles[next(self.articles.len())].0;
                let real = &of[&category];
                let (a, b, share) = (real[next(real.len())], real[next(real.len())], next(1000) as f32 / 1000.0);
                (category, a.iter().zip(b).map(|(a, b)| a + (b - a) * share).collect())
            })
            .collect()
    }

    /// `count` requests, the photos in turn.
    fn batch(&self, first: usize, count: usize) -> Vec<Request> {
        self.requests.iter().cycle().skip(first % self.requests.len()).take(count).cloned().collect()
    }
}

fn measure(args: &Args, shop: &Shop, count: usize) -> Result<Vec<Row>> {
    let articles = shop.articles(count);
    let categories: Vec<Category> = articles.iter().map(|(category, _)| *category).collect();
    let features: Vec<&[f32]> = articles.iter().map(|(_, feature)| &feature[..]).collect();
    let scratch = args.scratch.as_deref().context("--scratch: expected a folder")?;
    std::fs::create_dir_all(scratch)?;
    let path = scratch.join("rows.bin");
    let _ = std::fs::remove_file(&path);
    let open = || Rows::open_or_project(&path, &shop.weights, &features, [0; 32]);
    drop(open());
    let queries = scratch.join("queries.bin");
    let mut file = File::create(&queries)?;
    for (_, query) in shop.requests.iter().flat_map(|request| &request.queries) {
        for number in shop.weights.project_query(query) {
            file.write_all(&number.to_le_bytes())?;
        }
    }
    drop(file);
    let mut peers = Peers::start(args, &path, count, shop.weights.hidden, &queries)?;
    let mut rows = Vec::new();
    for threads in [1, 2] {
        let matcher = Matcher::new(shop.weights.clone(), open(), &categories, threads, args.device)?;
        let recall = recall(&matcher, shop);
        eprintln!("{count} articles, {threads} threads: scored by {}", matcher.runs_on());
        for batch in BATCHES {
            // Some seconds for each cell of the table.
            let turns = args.turns.unwrap_or_else(|| (20_000_000 / count / batch).clamp(9, 101));
            let mut times: [Vec<f64>; 4] = Default::default();
            for turn in 0..=turns {
                let requests = shop.batch(turn * batch, batch);
                let begin = Instant::now();
                let found = matcher.search(&requests);
                let engine = ms_since(begin);
                ensure!(found.len() == batch && found.iter().all(|hits| !hits.is_empty()), "every query is answered");
                let faiss = peers.time("faiss", threads, batch)?;
                let usearch = peers.time("usearch", threads, batch)?;
                let begin = Instant::now();
                std::hint::black_box(read(matcher.row_bytes(), threads));
                let stream = ms_since(begin);
                // The first turn warms caches and threads up.
                if turn > 0 {
                    times.iter_mut().zip([engine, faiss, usearch, stream]).for_each(|(all, time)| all.push(time));
                }
            }
            let ratios =
                |to: usize| -> Vec<f64> { times[to].iter().zip(&times[0]).map(|(to, engine)| to / engine).collect() };
            let (to_faiss, to_stream) = (quartiles(ratios(1)), quartiles(ratios(3)));
            let [engine_ms, faiss_ms, usearch_ms, stream_ms] = times.map(|all| quartiles(all)[0]);
            rows.push(Row {
                articles: count,
                threads,
                batch,
                engine_ms,
                faiss_ms,
                usearch_ms,
                stream_ms,
                recall_at_50: recall,
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

/// The share of each category's fifty best by the float32 reference that a search finds, over all photos and categories.
fn recall(matcher: &Matcher, shop: &Shop) -> f64 {
    let (found, wanted) = found_of(matcher, &shop.requests);
    found as f64 / wanted as f64
}

/// How many of these requests' best a search finds, and how many there are.
fn found_of(matcher: &Matcher, requests: &[Request]) -> (usize, usize) {
    let (mut found, mut wanted) = (0, 0);
    for request in requests {
        let query =
            |category| &request.queries.iter().find(|(known, _)| *known == category).expect("all categories").1[..];
        let scores = matcher.scores(query);
        for hits in matcher.search(std::slice::from_ref(request)).pop().unwrap_or_default() {
            let mut of_category: Vec<f32> = matcher.articles_of(hits.category).map(|article| scores[article]).collect();
            let place = hits.best.len().min(of_category.len()) - 1;
            let (_, fiftieth, _) = of_category.select_nth_unstable_by(place, |a, b| b.total_cmp(a));
            let fiftieth = *fiftieth;
            found += hits.best.iter().filter(|hit| hit.score >= fiftieth).count();
            wanted += hits.best.len();
        }
    }
    (found, wanted)
}

/// Reads all bytes, the threads a part each.
fn read(bytes: &[u8], threads: usize) -> u64 {
    let sum = |bytes: &[u8]| {
        let (blocks, _) = bytes.as_chunks::<64>();
        let mut sums = [0_u64; 8];
        for block in blocks {
            for (sum, word) in sums.iter_mut().zip(block.as_chunks().0) {
                *sum = sum.wrapping_add(u64::from_le_bytes(*word));
            }
        }
        sums.iter().fold(0, |all: u64, sum| all.wrapping_add(*sum))
    };
    if threads == 1 {
        return sum(bytes);
    }
    std::thread::scope(|scope| {
        let parts: Vec<_> =
            bytes.chunks(bytes.len().div_ceil(threads)).map(|part| scope.spawn(move || sum(part))).collect();
        parts.into_iter().map(|part| part.join().unwrap_or_default()).fold(0, u64::wrapping_add)
    })
}

/// The Python process with faiss and usearch.
struct Peers {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peers {
    fn start(args: &Args, rows: &Path, count: usize, width: usize, queries: &Path) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/matching_peers.py");
        let mut process = Command::new(args.python.as_deref().context("--python: expected a Python")?)
            .arg(script)
            .arg(rows)
            .args([HEADER_BYTES, count, width].map(|number| number.to_string()))
            .arg(queries)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the peers' Python cannot be started")?;
        let input = process.stdin.take().context("no way to ask the peers")?;
        let output = BufReader::new(process.stdout.take().context("no way to hear the peers")?);
        let mut peers = Self { process, input, output };
        ensure!(peers.line()? == "ready", "the peers did not start");
        Ok(peers)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.output.read_line(&mut line)? > 0, "the peers ended");
        Ok(line.trim().to_owned())
    }

    fn time(&mut self, peer: &str, threads: usize, batch: usize) -> Result<f64> {
        writeln!(self.input, "{peer} {threads} {batch}")?;
        Ok(self.line()?.parse()?)
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn ms_since(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1000.0
}

/// Median, lower and upper quartile.
fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [2, 1, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}

fn as_json(shop: &Shop, rows: &[Row]) -> Result<String> {
    let object = |row: &Row| {
        json!({
            "articles": row.articles, "width": shop.weights.hidden, "threads": row.threads, "batch": row.batch,
            "engine_ms": row.engine_ms, "faiss_ms": row.faiss_ms, "usearch_ms": row.usearch_ms, "stream_ms": row.stream_ms,
            "recall_at_50": row.recall_at_50, "faiss_to_engine": row.to_faiss, "stream_to_engine": row.to_stream,
            "resident_bytes_per_article": row.resident_bytes_per_article,
        })
    };
    // One query, one thread, the most articles: what stands for the whole.
    let chosen = rows.iter().filter(|row| (row.threads, row.batch) == (1, 1)).max_by_key(|row| row.articles);
    let mut whole = object(chosen.context("nothing was measured")?);
    whole["rows"] = rows.iter().map(object).collect();
    Ok(serde_json::to_string_pretty(&whole)?)
}

fn print_table(shop: &Shop, rows: &[Row]) {
    println!(
        "{} hidden units, {} photos; medians in ms, ratios with quartiles\n",
        shop.weights.hidden,
        shop.requests.len()
    );
    println!(
        "| articles | threads | queries | engine | faiss | usearch | plain read | faiss : engine | plain read : engine | recall@50 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        let ratio = |[median, lower, upper]: [f64; 3]| format!("{median:.2} ({lower:.2}–{upper:.2})");
        println!(
            "| {} | {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} | {:.4} |",
            row.articles,
            row.threads,
            row.batch,
            row.engine_ms,
            row.faiss_ms,
            row.usearch_ms,
            row.stream_ms,
            ratio(row.to_faiss),
            ratio(row.to_stream),
            row.recall_at_50
        );
    }
    if let Some(row) = rows.last() {
        println!("\n{:.0} bytes an article in memory", row.resident_bytes_per_article);
    }
}
