//! `evaluate`: measures the networks. In: test sets. Out: tables on stdout, and JSON.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand, ValueEnum as _};
use image::codecs::jpeg::JpegEncoder;
use serde::Serialize;
use stl_evaluate::baselines::Method;
use stl_evaluate::bootstrap::{LEVEL, RESAMPLES, SEED};
use stl_evaluate::colour::SAME_COLOUR_DELTA_E;
use stl_evaluate::look::View;
use stl_evaluate::retrieval::{Retrieval, RetrievalOptions};
use stl_evaluate::testset::TestSetKind;
use stl_evaluate::way::{ArticleCategories, Way};
use stl_evaluate::{TestSet, garments, segmentation, sheet, text};
use stl_server::config::ModelsArgs;
use stl_server::config::values::number;
use stl_server::networks::models::Models;
use stl_server::parallel::available_threads;

mod catalogue;

/// Time between two lines of progress.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// JPEG quality of a contact sheet: captions stay readable.
const SHEET_QUALITY: u8 = 88;

#[derive(Subcommand)]
pub(super) enum Command {
    /// How well worn products are found in a catalogue, beside baselines
    Retrieval(RetrievalArgs),
    /// How well people and their garments are segmented
    Segmentation(SegmentationArgs),
    /// How well worn products are found in the rows that a visitor sees, from the photo on
    Way(WayArgs),
    /// How well garments are told apart and named, from the photo on
    Garments(SegmentationArgs),
    /// How well the match finds the products that people wear in a catalogue's own further pictures
    Catalogue(catalogue::CatalogueArgs),
    /// Draw photos, cutouts and the best products for each garment into one picture
    Sheet(SheetArgs),
}

#[derive(Args)]
pub(super) struct RetrievalArgs {
    /// Folders with testset.json, articles.jsonl and queries.jsonl
    #[arg(required = true, value_name = "DIR")]
    sets: Vec<PathBuf>,
    /// Also write all figures with their intervals
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only these kinds of query [default: all]
    #[arg(long = "mode", value_name = "MODE")]
    views: Vec<View>,
    /// Only these ways to score [default: all]
    #[arg(long = "method", value_name = "METHOD")]
    methods: Vec<Method>,
    /// An ImageNet encoder, (1, 3, 128, 96) → (1, 1280), as a baseline
    #[arg(long, value_name = "FILE.onnx")]
    imagenet: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
pub(super) struct SegmentationArgs {
    /// Folders with testset.json and queries.jsonl
    #[arg(required = true, value_name = "DIR")]
    sets: Vec<PathBuf>,
    /// Also write all figures with their intervals
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
pub(super) struct WayArgs {
    /// Folders with testset.json, articles.jsonl and queries.jsonl with labels
    #[arg(required = true, value_name = "DIR")]
    sets: Vec<PathBuf>,
    /// Also write all figures with their intervals
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where the articles' categories come from
    #[arg(long, value_name = "SOURCE", value_enum, default_value_t)]
    categories: ArticleCategories,
    /// Search each photo also by numbers, as a browser that sends no picture, and measure the difference
    #[arg(long)]
    numbers: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
pub(super) struct SheetArgs {
    /// Folder with testset.json, articles.jsonl and queries.jsonl
    #[arg(value_name = "DIR")]
    set: PathBuf,
    /// The picture that is written
    #[arg(long, value_name = "FILE.jpg")]
    out: PathBuf,
    /// Photos, spread evenly over the set
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = number::<u32>(1, 120))]
    count: u32,
    #[command(flatten)]
    models: ModelsArgs,
}

#[derive(Args)]
struct Common {
    /// At most N photos of each set, spread evenly over it
    #[arg(long, value_name = "N", value_parser = number::<u32>(1, u64::from(u32::MAX)))]
    limit: Option<u32>,
    #[command(flatten)]
    models: ModelsArgs,
}

/// The JSON file.
#[derive(Serialize)]
struct Measured<'a, T> {
    /// SHA-256 of each network's file.
    networks: std::collections::BTreeMap<&'a str, &'a str>,
    intervals: Intervals,
    /// ΔE*ab (CIE 1976) within which colours count as the same.
    same_colour_delta_e: f32,
    sets: Vec<T>,
}

/// The parameters of the intervals: percentile bootstrap over photos.
#[derive(Serialize)]
struct Intervals {
    level: f64,
    resamples: usize,
    seed: u64,
}

pub(super) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Retrieval(args) => retrieval(args),
        Command::Segmentation(args) => segmentation(args),
        Command::Way(args) => way(args),
        Command::Garments(args) => garments(args),
        Command::Catalogue(args) => catalogue::run(args),
        Command::Sheet(args) => draw_sheet(args),
    }
}

fn retrieval(args: &RetrievalArgs) -> anyhow::Result<ExitCode> {
    let sets = open(&args.sets, TestSetKind::Retrieval, args.common.limit)?;
    let models = super::inputs::open_models(&args.common.models)?;
    let all_methods = args.methods.is_empty();
    let options = RetrievalOptions {
        views: if args.views.is_empty() { View::value_variants().to_vec() } else { args.views.clone() },
        methods: if all_methods { Method::value_variants().to_vec() } else { args.methods.clone() },
        imagenet: args.imagenet.clone(),
        threads: available_threads(),
    };
    let is_imagenet_wanted = options.methods.contains(&Method::Imagenet);
    ensure!(
        all_methods || !is_imagenet_wanted || options.imagenet.is_some(),
        "the method imagenet needs its network: give --imagenet FILE.onnx"
    );
    if is_imagenet_wanted && options.imagenet.is_none() {
        eprintln!("left out: the rows of ImageNet features, for want of --imagenet FILE.onnx");
    }
    let networks = Retrieval::load(&models, &options)?;
    measure(&sets, &models, args.json.as_deref(), text::retrieval, |set, progress| Ok(networks.measure(set, progress)?))
}

fn segmentation(args: &SegmentationArgs) -> anyhow::Result<ExitCode> {
    let sets = open(&args.sets, TestSetKind::Segmentation, args.common.limit)?;
    let models = super::inputs::open_models(&args.common.models)?;
    let segmenter = models.segmenter()?;
    measure(&sets, &models, args.json.as_deref(), text::segmentation, |set, progress| {
        Ok(segmentation::measure(&segmenter, set, available_threads(), progress)?)
    })
}

fn way(args: &WayArgs) -> anyhow::Result<ExitCode> {
    let sets = open(&args.sets, TestSetKind::Retrieval, args.common.limit)?;
    let models = super::inputs::open_models(&args.common.models)?;
    let networks = Way::load(&models, args.categories, available_threads())?;
    let networks = if args.numbers { networks.also_by_numbers() } else { networks };
    measure(&sets, &models, args.json.as_deref(), text::way, |set, progress| Ok(networks.measure(set, progress)?))
}

fn garments(args: &SegmentationArgs) -> anyhow::Result<ExitCode> {
    let sets = open(&args.sets, TestSetKind::Segmentation, args.common.limit)?;
    let models = super::inputs::open_models(&args.common.models)?;
    measure(&sets, &models, args.json.as_deref(), text::garments, |set, progress| {
        Ok(garments::measure(&models, set, available_threads(), progress)?)
    })
}

/// Measures one set after the other, prints each table at once, and writes the JSON file at the end.
fn measure<T: Serialize>(
    sets: &[TestSet],
    models: &Models,
    json: Option<&Path>,
    as_text: fn(&T) -> String,
    measure: impl Fn(&TestSet, &mut dyn FnMut(&str, usize, usize)) -> anyhow::Result<T>,
) -> anyhow::Result<ExitCode> {
    let mut reports = Vec::new();
    for set in sets {
        let report = measure(set, &mut progress(&set.name))?;
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{}{}", if reports.is_empty() { "" } else { "\n" }, as_text(&report).trim_end())?;
        stdout.flush()?;
        reports.push(report);
    }
    if let Some(path) = json {
        let measured = Measured {
            networks: models.sha256_by_file(),
            intervals: Intervals { level: LEVEL, resamples: RESAMPLES, seed: SEED },
            same_colour_delta_e: SAME_COLOUR_DELTA_E,
            sets: reports,
        };
        let text = serde_json::to_string_pretty(&measured)?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn draw_sheet(args: &SheetArgs) -> anyhow::Result<ExitCode> {
    let mut set = TestSet::open(&args.set, TestSetKind::Retrieval)?;
    set.limit_queries(args.count as usize);
    let models = super::inputs::open_models(&args.models)?;
    let picture = sheet::draw(&models, &set, available_threads(), &mut progress(&set.name))?;
    let mut file = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, SHEET_QUALITY))?;
    std::fs::write(&args.out, file).with_context(|| format!("cannot write {}", args.out.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Reads all sets before measuring, so that a damaged one fails at once.
fn open(folders: &[PathBuf], kind: TestSetKind, limit: Option<u32>) -> anyhow::Result<Vec<TestSet>> {
    folders
        .iter()
        .map(|folder| {
            let mut set = TestSet::open(folder, kind)?;
            if let Some(limit) = limit {
                set.limit_queries(limit as usize);
            }
            Ok(set)
        })
        .collect()
}

/// Prints the progress on stderr: the last item of each step, and one every [`PROGRESS_INTERVAL`]. On a terminal it
/// rewrites one line.
fn progress(name: &str) -> impl FnMut(&str, usize, usize) + use<'_> {
    let mut printed = Instant::now();
    let (start, end) = if io::stderr().is_terminal() { ("\r", "") } else { ("", "\n") };
    move |step, done, total| {
        if done == total || printed.elapsed() >= PROGRESS_INTERVAL {
            printed = Instant::now();
            let last = if done == total && end.is_empty() { "\n" } else { end };
            eprint!("{start}{name}: {done} of {total} {step}{last}");
        }
    }
}
