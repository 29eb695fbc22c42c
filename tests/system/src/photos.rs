//! Labelled street photos (Clothing Co-Parsing), if the data is present. In: ids. Out: photos with their masks.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context, Result};
use image::{GrayImage, RgbImage};

use crate::root;

/// A photo and its label map.
#[derive(Clone, Debug)]
pub struct LabelledPhoto {
    /// The photo's number in the data set.
    pub id: String,
    /// The file's bytes, a JPEG.
    pub jpeg: Vec<u8>,
    /// Its pixels.
    pub photo: RgbImage,
    /// The label map; 0 is background.
    pub labels: GrayImage,
}

/// The ids of the training code's validation split; no network was trained on them.
///
/// # Errors
/// When the list is missing.
pub fn validation_ids() -> Result<Vec<String>> {
    let path = root().join("models/training/splits/ccp-validation.txt");
    let text = fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}

/// The photos with these ids, in their order. If the data is absent, prints that and returns `None`.
///
/// The data is in `../shared/data` beside the repository, or in the folder `SHOP_THE_LOOK_DATA`.
///
/// # Errors
/// When the archive exists and a photo is missing or unreadable.
pub fn labelled_photos(ids: &[String]) -> Result<Option<Vec<LabelledPhoto>>> {
    let data = std::env::var_os("SHOP_THE_LOOK_DATA")
        .map_or_else(|| root().parent().unwrap_or(root()).join("shared/data"), PathBuf::from);
    let archive = data.join("ccp-parsed.tar");
    if !archive.is_file() {
        // Not with eprintln!: the test harness hides its output when a test passes.
        writeln!(std::io::stderr(), "SKIPPED: {} is absent: nothing is tested with real photos", archive.display())?;
        return Ok(None);
    }
    let mut files = HashMap::new();
    for entry in tar::Archive::new(File::open(&archive)?).entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().trim_start_matches("./").to_owned();
        let wanted = name.rsplit('/').next().and_then(|file| file.split('.').next());
        if wanted.is_some_and(|stem| ids.iter().any(|id| id == stem)) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            files.insert(name, bytes);
        }
    }
    let mut take = |folder: &str, id: &str, extension: &str| {
        let end = format!("{folder}/{id}.{extension}");
        let name = files.keys().find(|name| name.ends_with(&end)).cloned().with_context(|| format!("no {end}"))?;
        files.remove(&name).with_context(|| format!("no {end}"))
    };
    let photos = ids.iter().map(|id| {
        let jpeg = take("photos", id, "jpg")?;
        let photo = image::load_from_memory(&jpeg)?.into_rgb8();
        let labels = image::load_from_memory(&take("labels", id, "png")?)?.into_luma8();
        Ok(LabelledPhoto { id: id.clone(), jpeg, photo, labels })
    });
    photos.collect::<Result<_>>().map(Some)
}

/// Intersection over union of two masks of the same length; 1 if both are empty.
#[must_use]
pub fn iou(a: impl IntoIterator<Item = bool>, b: impl IntoIterator<Item = bool>) -> f64 {
    let (mut both, mut either) = (0_u64, 0_u64);
    for (a, b) in a.into_iter().zip(b) {
        both += u64::from(a && b);
        either += u64::from(a || b);
    }
    if either == 0 { 1.0 } else { both as f64 / either as f64 }
}
