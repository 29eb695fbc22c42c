//! `segment`: cuts people out of photos, or a garment that nobody wears. In: photos. Out: files.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use image::{GrayImage, ImageFormat, RgbImage};
use serde::Serialize;
use stl_server::config::ModelsArgs;
use stl_server::config::values::number;
use stl_server::networks::encode::EncodeError;
use stl_server::parallel::{available_threads, for_each_in_order};
use stl_server::pictures::scale::pixels_of;
use stl_server::pipeline::cutout::bounded_cutout;
use stl_server::pipeline::look::Look;
use stl_server::pipeline::recognise::Recogniser;
use stl_types::wire::LikelyCategory;
use stl_types::worker::Cause;
use stl_types::{Category, Class, Layer, MAX_PEOPLE, Mask, Rect, Region};
use stl_vision::{Nobody, Seen as Person, Segmenter, Sight};

use super::inputs::read_picture;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Photos: JPEG, PNG or WebP
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Folder for the results: STEM.png, the person on white, at the photo's size. Of several people the one beside whom all others are
    /// small, otherwise everybody; of nobody, a garment alone
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Also STEM.mask.png: 0 is background, 128 to 255 the person
    #[arg(long)]
    masks: bool,
    /// Also STEM.classes.png: the index of each pixel's class
    #[arg(long)]
    classes: bool,
    /// Also STEM.garments.json: boxes of the garments seen, of face, hair and skin, and of each of several people, in the photo's pixels;
    /// "certainty", how much what is found looks like a person, and why "nobody" is seen. A thing that is no garment is not cut out
    #[arg(long)]
    garments: bool,
    /// Of several people, cut out this one, counted from the left
    #[arg(long, value_name = "N", value_parser = number::<u8>(1, MAX_PEOPLE as u64))]
    who: Option<u8>,
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

/// What runs on each photo.
struct Tools {
    segmenter: Segmenter,
    recogniser: Recogniser,
}

/// The garments and body parts seen in a photo.
#[derive(Default, Serialize)]
struct Seen {
    garments: Vec<Garment>,
    face: Option<Area>,
    hair: Option<Area>,
    skin: Option<Area>,
    /// Everybody, from left to right.
    people: Vec<Area>,
    /// How much what is found looks like a person, in `0..=1`. The outline has to be sure, too, for somebody to be seen.
    certainty: f64,
    /// Why nobody is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    nobody: Option<Cause>,
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
    let tools = Tools { segmenter: models.segmenter()?, recogniser: Recogniser::load(&models)? };
    let (mut stdout, mut any_failed) = (io::stdout().lock(), false);
    let segment = |task: &Task| segment(&tools, task, args.who);
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

/// Names all files before any work, so that no file is written twice and none is overwritten.
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
            ensure!(!path.exists(), "{} would be overwritten: choose another --out", path.display());
        }
        tasks.push(task);
    }
    Ok(tasks)
}

/// What is cut out of a photo.
struct Cut {
    mask: Mask,
    /// Class of each pixel of the photo.
    classes: Vec<u8>,
    seen: Seen,
}

fn segment(tools: &Tools, task: &Task, who: Option<u8>) -> anyhow::Result<()> {
    let mut picture = read_picture(&task.photo)?;
    let (width, height) = picture.dimensions();
    let Cut { mask, classes, seen } = cut(tools, &picture, who, task.garments.is_some())?;
    if let Some(cause) = seen.nobody {
        let found = if seen.garments.is_empty() { "nothing is cut out" } else { "a garment alone is" };
        eprintln!("{}: {}; {found}", task.photo.display(), cause.in_words());
    }
    let grey = |path: &Path, values: Vec<u8>| -> anyhow::Result<()> {
        let map = GrayImage::from_raw(width, height, values).context("a map of another size than the photo")?;
        map.save_with_format(path, ImageFormat::Png).with_context(|| format!("cannot write {}", path.display()))
    };
    if let Some(path) = &task.classes {
        grey(path, classes)?;
    }
    if let Some(path) = &task.mask {
        grey(path, mask.as_slice().to_vec())?;
    }
    if let Some(path) = &task.garments {
        std::fs::write(path, serde_json::to_vec_pretty(&seen)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    mask.cut_out(&mut picture)?;
    let path = &task.cutout;
    picture.save_with_format(path, ImageFormat::Png).with_context(|| format!("cannot write {}", path.display()))
}

/// Cuts out who or what is meant. The garments of people are named if they are `listed`.
fn cut(tools: &Tools, picture: &RgbImage, who: Option<u8>, listed: bool) -> anyhow::Result<Cut> {
    let photo = pixels_of(picture)?;
    let sight = tools.segmenter.look(photo)?;
    let certainty = sight.certainty.of_person();
    if !sight.is_anybody() {
        return nobody(tools, picture, &sight);
    }
    let size = photo.size();
    let count = sight.people.count();
    let people = (0..count).map(|person| area(sight.people.bounds(person, size))).collect();
    let meant = match who {
        Some(who) => {
            ensure!(usize::from(who) <= count, "expected person {who}, but {count} are seen");
            Some(usize::from(who) - 1)
        }
        None => sight.people.main(),
    };
    let everybody: Vec<usize> = meant.map_or_else(|| (0..count).collect(), |meant| vec![meant]);
    let mut cut: Option<Cut> = None;
    for person in everybody {
        let seen = tools.segmenter.person(photo, &sight, person)?;
        let of_person = if listed { self::seen(&seen, picture, &tools.recogniser)? } else { Seen::default() };
        let kept = seen.mask.as_slice().iter();
        let classes: Vec<u8> = seen
            .segmentation
            .class_map()
            .into_iter()
            .zip(kept)
            .map(|(class, kept)| class * u8::from(*kept > 0))
            .collect();
        cut = Some(match cut {
            None => Cut { mask: seen.mask, classes, seen: of_person },
            Some(before) => before.and(&seen.mask, &classes, of_person)?,
        });
    }
    let cut = cut.context("a person is seen")?;
    Ok(Cut { seen: Seen { people, certainty, ..cut.seen }, ..cut })
}

impl Cut {
    /// One more person; face, hair and skin are the first one's.
    fn and(self, mask: &Mask, classes: &[u8], seen: Seen) -> anyhow::Result<Self> {
        let both: Vec<u8> = self.mask.as_slice().iter().zip(mask.as_slice()).map(|(a, b)| *a.max(b)).collect();
        let classes = self.classes.iter().zip(classes).map(|(a, b)| if *a > 0 { *a } else { *b }).collect();
        let mut garments = self.seen.garments;
        garments.extend(seen.garments);
        Ok(Self { mask: self.mask.mended(&both)?, classes, seen: Seen { garments, ..self.seen } })
    }
}

/// The thing in a photo of nobody, if it is a garment.
fn nobody(tools: &Tools, picture: &RgbImage, sight: &Sight) -> anyhow::Result<Cut> {
    let photo = pixels_of(picture)?;
    let Nobody { cause, thing } = tools.segmenter.nobody(photo, sight)?;
    let nothing = vec![0.0; photo.size().area() as usize];
    let mut seen = Seen { certainty: sight.certainty.of_person(), nobody: Some(cause), ..Seen::default() };
    let mut mask = Mask::from_probabilities(photo.size(), &nothing)?;
    if let Some(thing) = thing {
        let mut cutout = picture.clone();
        thing.cut_out(&mut cutout)?;
        let recognised = tools.recogniser.garments(&Look::garment(bounded_cutout(cutout)?))?;
        if let Some(garment) = recognised.first() {
            seen.garments.push(Garment {
                layer: garment.seen.layer,
                category: garment.kinds.category(),
                likely: garment.kinds.likely(),
                outerwear: false,
                probability: f64::from(garment.kinds.likely()[0].probability),
                share: 1.0,
                area: area(bounds(&thing)),
            });
            mask = thing;
        }
    }
    let classes = mask.as_slice().iter().map(|kept| u8::from(*kept > 0) * Class::OtherWorn as u8).collect();
    Ok(Cut { mask, classes, seen })
}

/// What is seen of a person.
fn seen(person: &Person, picture: &RgbImage, recogniser: &Recogniser) -> anyhow::Result<Seen> {
    let Person { segmentation, mask, regions } = person;
    let mut cutout = picture.clone();
    mask.cut_out(&mut cutout)?;
    let at_photo = |region: Option<Region>| Some(area(region?.at_size(mask.size())?.bounds()));
    let recognised = match recogniser.garments(&Look::with_regions(bounded_cutout(cutout)?, regions)) {
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
            area: area(seen.region.bounds()),
        })
    };
    Ok(Seen {
        garments: segmentation.garments(regions).into_iter().filter_map(garment).collect(),
        face: at_photo(regions.face()),
        hair: at_photo(regions.region(Class::Hair)),
        skin: at_photo(regions.region(Class::Skin)),
        ..Seen::default()
    })
}

/// The box of a mask.
fn bounds(mask: &Mask) -> Rect {
    let kept = mask.as_slice().iter().enumerate().filter(|(_, kept)| **kept > 0).map(|(at, _)| at as u32);
    let width = mask.size().width;
    let (mut left, mut right, mut top, mut bottom) = (u32::MAX, 0, u32::MAX, 0);
    for at in kept {
        (left, right, top, bottom) =
            (left.min(at % width), right.max(at % width), top.min(at / width), bottom.max(at / width));
    }
    if left > right {
        return Rect { left: 0, top: 0, width, height: mask.size().height };
    }
    Rect { left, top, width: right + 1 - left, height: bottom + 1 - top }
}

fn area(bounds: Rect) -> Area {
    let Rect { left, top, width, height } = bounds;
    Area { left, top, width, height }
}
