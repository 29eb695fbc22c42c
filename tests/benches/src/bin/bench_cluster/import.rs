//! An import that workers share. In: numbers of workers. Out: a line for each: pictures a second, and what one costs the workers.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use image::imageops::crop_imm;
use image::{DynamicImage, ImageReader};
use serde_json::{Value, json};
use stl_cluster::Process;

use crate::setup::{Setup, processors_s, run as run_command, timed};

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
}

pub(crate) fn run(args: &Args, setup: impl Fn() -> Result<Setup>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_feed(&args.feed, args.pictures, folder.path())?;
    for &count in &args.workers {
        let setup = setup()?;
        // Each worker computes one picture at a time and fetches the next one meanwhile: a machine of one core.
        let start = || setup.command(&["worker", "--workers", "2"]).spawn().map(Process);
        let workers = (0..count).map(|_| start()).collect::<std::io::Result<Vec<Process>>>()?;
        let job_pictures = args.job_pictures.to_string();
        let words = ["catalogue", "import", "--only-workers", "--cache", "importer", "--job-pictures", &job_pictures];
        let seconds = timed(|| run_command(setup.command(&words).arg(folder.path())))?;
        let spent_s = processors_s(workers.iter().map(|worker| &worker.0))?;
        println!(
            "{count} workers: {} pictures in {seconds:.1} s, {:.0} a second; a picture takes {:.2} ms of a worker's processor",
            args.pictures,
            args.pictures as f64 / seconds,
            spent_s * 1e3 / args.pictures as f64,
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
