//! The `garment-renderer` program. In: flags. Out: pictures, label maps and feeds in a folder.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use garment_renderer::feed::{LookLine, ProductLine};
use garment_renderer::{Catalogue, DrawnLook, render_product};
use image::codecs::jpeg::JpegEncoder;
use image::{RgbImage, imageops};
use serde::Serialize;

/// Draws products and the people who wear them.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Draw product pictures and write their feed, products.jsonl.
    Products {
        #[command(flatten)]
        batch: Batch,
        /// Keep pictures that exist already.
        #[arg(long)]
        keep: bool,
    },
    /// Draw people who wear products, with label maps, and write looks.jsonl.
    Looks {
        #[command(flatten)]
        batch: Batch,
        /// The seed of the worn products.
        #[arg(long, default_value_t = 1)]
        products_seed: u64,
        /// Number of products to choose from.
        #[arg(long, default_value_t = 4000)]
        products_count: usize,
        /// Write no label maps.
        #[arg(long)]
        no_labels: bool,
    },
    /// Draw many pictures on one sheet.
    #[command(hide = true)]
    Sheet {
        /// The PNG to write.
        #[arg(long)]
        out: PathBuf,
        /// Draw looks with their products instead of products.
        #[arg(long)]
        looks: bool,
        /// The seed of products and looks.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The first product or look.
        #[arg(long, default_value_t = 0)]
        from: usize,
        /// Draw four pictures in full size.
        #[arg(long)]
        large: bool,
    },
}

#[derive(Args)]
struct Batch {
    /// The output folder; created if missing.
    #[arg(long)]
    out: PathBuf,
    /// Number of pictures.
    #[arg(long)]
    count: usize,
    /// The same seed draws the same pictures.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of threads; all processors by default.
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Products { batch, keep } => {
            let catalogue = Catalogue::new(batch.seed, batch.count);
            make_folder(&batch.out.join("images"))?;
            let lines = in_parallel(&batch, |i| {
                let product = catalogue.product(i);
                let line = ProductLine::from(&product);
                let path = batch.out.join(&line.image_link);
                if !(keep && path.is_file()) {
                    write_jpeg(&path, &render_product(&product))?;
                }
                Ok(line)
            })?;
            write_lines(&batch.out.join("products.jsonl"), &lines)
        }
        Command::Looks { batch, products_seed, products_count, no_labels } => {
            if products_count < 8 {
                bail!("--products-count is {products_count}: at least 8 are needed, one of each category");
            }
            let catalogue = Catalogue::new(products_seed, products_count);
            make_folder(&batch.out.join("images"))?;
            if !no_labels {
                make_folder(&batch.out.join("labels"))?;
            }
            let lines = in_parallel(&batch, |i| {
                let look = DrawnLook::new(batch.seed, i, &catalogue);
                let line = LookLine::new(&look, !no_labels);
                let rendered = look.render();
                write_jpeg(&batch.out.join(&line.image), &rendered.image)?;
                if let Some(labels) = &line.labels {
                    let path = batch.out.join(labels);
                    rendered.labels.save(&path).with_context(|| format!("could not write {}", path.display()))?;
                }
                Ok(line)
            })?;
            write_lines(&batch.out.join("looks.jsonl"), &lines)
        }
        Command::Sheet { out, looks, seed, from, large } => {
            let sheet = match (large, looks) {
                (true, _) => large_sheet(seed, from, looks),
                (false, true) => look_sheet(seed, from),
                (false, false) => product_sheet(seed, from),
            };
            sheet.save(&out).with_context(|| format!("could not write {}", out.display()))
        }
    }
}

/// Runs `work` for `0..count` on several threads and returns the results in order.
fn in_parallel<T: Send>(batch: &Batch, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let threads =
        batch.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1).max(1);
    let next = AtomicUsize::new(0);
    let run = || -> Result<Vec<(usize, T)>> {
        let mut done = vec![];
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= batch.count {
                return Ok(done);
            }
            done.push((i, work(i)?));
        }
    };
    let mut all = std::thread::scope(|scope| -> Result<Vec<_>> {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let mut all = vec![];
        for worker in workers {
            match worker.join() {
                Ok(done) => all.extend(done?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(all)
    })?;
    all.sort_by_key(|(i, _)| *i);
    Ok(all.into_iter().map(|(_, item)| item).collect())
}

fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("could not create the folder {}", path.display()))
}

fn write_jpeg(path: &Path, image: &RgbImage) -> Result<()> {
    let file = File::create(path).with_context(|| format!("could not write {}", path.display()))?;
    let mut file = BufWriter::new(file);
    JpegEncoder::new_with_quality(&mut file, 90)
        .encode_image(image)
        .with_context(|| format!("could not encode {}", path.display()))?;
    file.flush().with_context(|| format!("could not write {}", path.display()))
}

fn write_lines<T: Serialize>(path: &Path, lines: &[T]) -> Result<()> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line)?);
        text.push('\n');
    }
    fs::write(path, text).with_context(|| format!("could not write {}", path.display()))
}

/// 8×6 products.
fn product_sheet(seed: u64, from: usize) -> RgbImage {
    let catalogue = Catalogue::new(seed, from + 48);
    let mut sheet = RgbImage::new(8 * 240, 6 * 320);
    for i in 0..48 {
        let picture = imageops::thumbnail(&render_product(&catalogue.product(from + i)), 240, 320);
        imageops::replace(&mut sheet, &picture, (i % 8 * 240) as i64, (i / 8 * 320) as i64);
    }
    sheet
}

/// 6×2 looks, each with its products and its label map below.
fn look_sheet(seed: u64, from: usize) -> RgbImage {
    let catalogue = Catalogue::new(seed, 4000);
    let mut sheet = RgbImage::from_pixel(6 * 360, 2 * 640, image::Rgb([255, 255, 255]));
    for i in 0..12 {
        let look = DrawnLook::new(seed, from + i, &catalogue);
        let rendered = look.render();
        let (x, y) = ((i % 6 * 360) as i64, (i / 6 * 640) as i64);
        imageops::replace(&mut sheet, &imageops::thumbnail(&rendered.image, 360, 480), x, y);
        for (k, product) in look.products().iter().enumerate() {
            let picture = imageops::thumbnail(&render_product(product), 90, 120);
            imageops::replace(&mut sheet, &picture, x + k as i64 * 90, y + 490);
        }
        let labels = RgbImage::from_fn(rendered.labels.width(), rendered.labels.height(), |px, py| {
            let label = rendered.labels.get_pixel(px, py).0[0];
            image::Rgb([label.wrapping_mul(47), label.wrapping_mul(97), label.wrapping_mul(19)])
        });
        imageops::replace(&mut sheet, &imageops::thumbnail(&labels, 90, 120), x + 270, y + 490);
    }
    sheet
}

/// Four pictures in full size.
fn large_sheet(seed: u64, from: usize, looks: bool) -> RgbImage {
    let catalogue = Catalogue::new(seed, 4000);
    let mut sheet = RgbImage::from_pixel(4 * 600, 800, image::Rgb([255, 255, 255]));
    for i in 0..4 {
        let picture = if looks {
            DrawnLook::new(seed, from + i, &catalogue).render().image
        } else {
            render_product(&catalogue.product(from + i))
        };
        imageops::replace(&mut sheet, &picture, (i * 600) as i64, 0);
    }
    sheet
}
