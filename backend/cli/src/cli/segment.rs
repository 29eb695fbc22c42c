//! `segment`: cuts people out of photos. In: photos. Out: files.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use image::{GrayImage, ImageFormat, RgbImage};
use serde::Serialize;
use stl_server::config::ModelsArgs;
use stl_server::networks::encode::EncodeError;
use stl_server::parallel::{available_threads, for_each_in_order};
use stl_server::pictures::scale::pixels_of;
use stl_server::pipeline::cutout::bounded_cutout;
use stl_server::pipeline::look::Look;
use stl_server::pipeline::recognise::Recogniser;
use stl_types::wire::LikelyCategory;
use stl_types::{Category, Class, Layer, Mask, Rect, Region};
use stl_vision::{Segmentation, Segmenter};

use super::inputs::read_picture;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Photos: JPEG, PNG or WebP
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Folder for the results: STEM.png, the person on white, at the photo's size
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Also STEM.mask.png: 0 is background, 128 to 255 the person
    #[arg(long)]
    masks: bool,
    /// Also STEM.classes.png: the index of each pixel's class
    #[arg(long)]
    classes: bool,
    /// Also STEM.garments.json: boxes of the garments seen and of face, hair and skin, in the photo's pixels
    #[arg(long)]
    garments: bool,
    #[command(flatten)]
    models: ModelsArgs,
}

/// A photo and its output files.
struct Task {
    photo: PathBuf,
    cutout: PathBuf,
    mask: Option<PathBuf>,
    classes: Option<PathBuf>,
    garments: Option<PathBuf>,
}

/// The garments and body parts seen in a photo.
#[derive(Serialize)]
struct Seen {
    garments: Vec<Garment>,
    face: Option<Area>,
    hair: Option<Area>,
    skin: Option<Area>,
}

#[derive(Serialize)]
struct Garment {
    layer: Layer,
    /// The most probable category, as a search would say.
    category: Category,
    /// The likely categories, whose products are in the garment's row.
    likely: Vec<LikelyCategory>,
    /// Whether it is a jacket or coat.
    outerwear: bool,
    /// Mean probability over the garment of the kind of most of its pixels: how sure the segmenter is.
    probability: f64,
    /// Share of the person's pixels.
    share: f64,
    #[serde(flatten)]
    area: Area,
}

#[derive(Serialize)]
struct Area {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make the folder {}", args.out.display()))?;
    let tasks = tasks(args)?;
    let models = super::inputs::open_models(&args.models)?;
    let segmenter = models.segmenter()?;
    let recogniser = args.garments.then(|| Recogniser::load(&models)).transpose()?;
    let (mut stdout, mut any_failed) = (io::stdout().lock(), false);
    let segment = |task: &Task| segment(&segmenter, recogniser.as_ref(), task);
    for_each_in_order(&tasks, available_threads(), segment, |index, outcome| {
        let task = &tasks[index];
        match outcome {
            Ok(()) => writeln!(stdout, "{}", task.cutout.display()),
            Err(error) => {
                any_failed = true;
                eprintln!("{}: {error:#}", task.photo.display());
                Ok(())
            }
        }
    })?;
    Ok(if any_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Names all files before any work, so that no file is written twice and no photo is overwritten.
fn tasks(args: &Args) -> anyhow::Result<Vec<Task>> {
    let mut writer_of: HashMap<PathBuf, &Path> = HashMap::new();
    let mut tasks = Vec::new();
    for photo in &args.images {
        let stem = photo.file_stem().with_context(|| format!("{} is no file", photo.display()))?.to_string_lossy();
        let named = |ending: &str| args.out.join(format!("{stem}{ending}"));
        let task = Task {
            photo: photo.clone(),
            cutout: named(".png"),
            mask: args.masks.then(|| named(".mask.png")),
            classes: args.classes.then(|| named(".classes.png")),
            garments: args.garments.then(|| named(".garments.json")),
        };
        let others = [&task.mask, &task.classes, &task.garments].map(Option::as_ref);
        for path in std::iter::once(&task.cutout).chain(others.into_iter().flatten()) {
            if let Some(other) = writer_of.insert(path.clone(), photo) {
                let (photo, other, path) = (photo.display(), other.display(), path.display());
                bail!("{other} and {photo} would both become {path}: rename one of them");
            }
        }
        tasks.push(task);
    }
    for photo in &args.images {
        let overwritten = photo
            .canonicalize()
            .ok()
            .and_then(|photo| writer_of.keys().find(|path| path.canonicalize().is_ok_and(|path| path == photo)));
        ensure!(overwritten.is_none(), "{} would be overwritten: choose another --out", photo.display());
    }
    Ok(tasks)
}

fn segment(segmenter: &Segmenter, recogniser: Option<&Recogniser>, task: &Task) -> anyhow::Result<()> {
    let mut picture = read_picture(&task.photo)?;
    let (width, height) = picture.dimensions();
    let segmentation = segmenter.segment(pixels_of(&picture)?)?;
    let grey = |path: &Path, values: Vec<u8>| -> anyhow::Result<()> {
        let map = GrayImage::from_raw(width, height, values).context("a map of another size than the photo")?;
        map.save_with_format(path, ImageFormat::Png).with_context(|| format!("cannot write {}", path.display()))
    };
    let mask = segmentation.mask()?;
    if let Some(path) = &task.classes {
        grey(path, segmentation.class_map())?;
    }
    if let Some(path) = &task.mask {
        grey(path, mask.as_slice().to_vec())?;
    }
    mask.cut_out(&mut picture)?;
    if let (Some(path), Some(recogniser)) = (&task.garments, recogniser) {
        let seen = serde_json::to_vec_pretty(&seen(&segmentation, &mask, &picture, recogniser)?)?;
        std::fs::write(path, seen).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let path = &task.cutout;
    picture.save_with_format(path, ImageFormat::Png).with_context(|| format!("cannot write {}", path.display()))
}

/// What is seen in a photo; `cutout` is the person on white, at the photo's size.
fn seen(segmentation: &Segmentation, mask: &Mask, cutout: &RgbImage, recogniser: &Recogniser) -> anyhow::Result<Seen> {
    let regions = segmentation.regions(mask);
    let at_photo = |region: Option<Region>| Some(area(&region?.at_size(mask.size())?));
    let recognised = match recogniser.garments(&Look::with_regions(bounded_cutout(cutout.clone())?, &regions)) {
        Err(EncodeError::Blank) => Vec::new(),
        outcome => outcome?,
    };
    let garment = |seen: stl_vision::SeenGarment| {
        let recognised = recognised.iter().find(|garment| garment.seen.layer == seen.layer)?;
        Some(Garment {
            layer: seen.layer,
            category: recognised.kinds.category(),
            likely: recognised.kinds.likely(),
            outerwear: recognised.seen.outerwear,
            probability: seen.probability,
            share: seen.share,
            area: area(&seen.region),
        })
    };
    Ok(Seen {
        garments: segmentation.garments(&regions).into_iter().filter_map(garment).collect(),
        face: at_photo(regions.face()),
        hair: at_photo(regions.region(Class::Hair)),
        skin: at_photo(regions.region(Class::Skin)),
    })
}

fn area(region: &Region) -> Area {
    let Rect { left, top, width, height } = region.bounds();
    Area { left, top, width, height }
}
