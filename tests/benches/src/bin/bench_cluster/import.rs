//! An import that workers share. In: numbers of workers. Out: a line for each: pictures a second, and what one costs the workers.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use image::imageops::crop_imm;
use image::{DynamicImage, ImageReader};
use serde_json::{Value, json};

use crate::setup::{First, Limited, Setup, check_share, processors_s, run as run_command, share_words, timed};

/// Options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Numbers of workers
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    workers: Vec<usize>,
    /// Pictures of the feed, all of them different
    #[arg(long, default_value_t = 2000)]
    pictures: usize,
    /// Pictures of a job
    #[arg(long, default_value_t = 50)]
    job_pictures: usize,
    /// Folder of the feed that the pictures are made from
    #[arg(long, default_value = "target/demo/feed")]
    feed: PathBuf,
    /// How much of a core each worker gets, such as 0.25, by a control group of Linux; without it they share the machine
    #[arg(long, value_name = "SHARE")]
    cpu_share: Option<f64>,
}

pub(crate) fn run(args: &Args, setup: impl Fn() -> Result<Setup>) -> Result<()> {
    check_share(args.cpu_share, args.workers.iter().copied().max().unwrap_or(0))?;
    let (folder, mut first) = (tempfile::tempdir()?, First::default());
    write_feed(&args.feed, args.pictures, folder.path())?;
    for &count in &args.workers {
        let setup = setup()?;
        // Each worker computes one picture at a time and fetches the next one meanwhile: a machine of one core.
        let start = || setup.start_limited(&["worker", "--workers", "2"], args.cpu_share);
        let workers = (0..count).map(|_| start()).collect::<Result<Vec<Limited>>>()?;
        let job_pictures = args.job_pictures.to_string();
        let words = ["catalogue", "import", "--only-workers", "--cache", "importer", "--job-pictures", &job_pictures];
        let seconds = timed(|| run_command(setup.command(&words).arg(folder.path())))?;
        let (spent_s, rate) = (processors_s(&workers)?, args.pictures as f64 / seconds);
        println!(
            "{count} workers: {} pictures in {seconds:.1} s, {rate:.1} a second{}; a picture takes {:.2} ms of a worker's processor{}",
            args.pictures,
            first.words(count, rate),
            spent_s * 1e3 / args.pictures as f64,
            share_words(args.cpu_share, count, spent_s, seconds),
        );
    }
    Ok(())
}

/// A feed of so many products, whose pictures are the given feed's, each time cut by one more pixel.
fn write_feed(from: &Path, count: usize, to: &Path) -> Result<()> {
    let list = std::fs::read_to_string(from.join("products.jsonl")).context("the demo's feed")?;
    let products = list.lines().map(serde_json::from_str).collect::<serde_json::Result<Vec<Value>>>()?;
    let mut out = std::fs::File::create(to.join("products.jsonl"))?;
    for number in 0..count {
        let product = &products[number % products.len()];
        let picture = from.join(product["image_link"].as_str().context("a picture's path")?);
        let picture = ImageReader::open(&picture)?.decode()?.to_rgb8();
        let cut = (number / products.len()) as u32;
        let kept = crop_imm(&picture, 0, 0, picture.width() - cut, picture.height() - cut).to_image();
        let name = format!("{number}.jpg");
        DynamicImage::from(kept).save(to.join(&name))?;
        let line = json!({
            "id": number.to_string(), "title": product["title"], "link": product["link"], "price": product["price"],
            "category": product["category"], "availability": "in_stock", "image_link": name,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
