//! Sample looks that visitors can try the page with. In: the folder `looks` of a catalogue. Out: their list and pictures.
//!
//! The folder holds pictures (JPEG, PNG or WebP) in the order of their names; or `looks.jsonl` lists them, one object a line:
//! `{"image": "1.jpg", "caption": "Linen suit", "products": {"blazers": "sku-7"}}`. Captions and products may be missing.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use stl_types::limits::{MAX_PHOTO_PIXELS, MAX_UPLOAD_BYTES};
use stl_types::picture::{PictureFormat, inspect};
use stl_types::wire::{SampleLook, paths};

use crate::digest::Digest;
use crate::pictures::copies::narrowed;
use crate::pictures::decode::{Bounds, decode};

/// Name of the folder in a catalogue's folder.
pub(crate) const FOLDER: &str = "looks";
/// Name of the list in that folder.
const LIST: &str = "looks.jsonl";

/// The page shows six.
const MAX_LOOKS: usize = 12;

/// Width in pixels of a copy to choose from: twice what a desktop shows.
const THUMBNAIL_WIDTH: u32 = 320;

/// A look is sent to visitors: as large as an upload at most.
const BOUNDS: Bounds = Bounds { bytes: MAX_UPLOAD_BYTES as u64, pixels: MAX_PHOTO_PIXELS };

/// The sample looks of a catalogue.
#[derive(Debug, Default)]
pub struct Looks(Vec<Look>);

#[derive(Debug)]
struct Look {
    path: PathBuf,
    format: PictureFormat,
    /// Names the picture's content.
    version: String,
    thumbnail: Vec<u8>,
    caption: String,
    products: BTreeMap<String, String>,
}

/// A file of a look.
#[derive(Debug)]
pub enum LookFile<'a> {
    /// The small copy, a JPEG.
    Thumbnail(&'a [u8]),
    /// The picture's path and format.
    Picture(&'a Path, PictureFormat),
}

/// A line of the list. Other fields are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    image: PathBuf,
    caption: String,
    products: BTreeMap<String, String>,
}

impl Looks {
    /// The looks of a catalogue; none without the folder. What cannot be used is left out with a warning.
    #[must_use]
    pub fn load(catalogue: &Path) -> Self {
        let folder = catalogue.join(FOLDER);
        if !folder.is_dir() {
            return Self::default();
        }
        let lines = lines(&folder);
        if lines.len() > MAX_LOOKS {
            tracing::warn!("{}: {} looks, the first {MAX_LOOKS} are used", folder.display(), lines.len());
        }
        let look =
            |line| Look::load(&folder, line).inspect_err(|reason| tracing::warn!("a look is left out: {reason}")).ok();
        Self(lines.into_iter().take(MAX_LOOKS).filter_map(look).collect())
    }

    /// Their list, for the page.
    #[must_use]
    pub fn listed(&self) -> Vec<SampleLook> {
        let listed = |look: &Look| SampleLook {
            image: format!("{}/{}", paths::SAMPLE_PICTURES, look.picture_name()),
            thumbnail: format!("{}/{}", paths::SAMPLE_PICTURES, look.thumbnail_name()),
            caption: look.caption.clone(),
            products: look.products.clone(),
        };
        self.0.iter().map(listed).collect()
    }

    /// The file with this name, if a look has it.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<LookFile<'_>> {
        self.0.iter().find_map(|look| {
            if name == look.thumbnail_name() {
                return Some(LookFile::Thumbnail(&look.thumbnail));
            }
            (name == look.picture_name()).then_some(LookFile::Picture(&look.path, look.format))
        })
    }
}

impl Look {
    fn load(folder: &Path, Line { image, caption, products }: Line) -> Result<Self, String> {
        let path = folder.join(&image);
        let because = |reason: &dyn std::fmt::Display| format!("{}: {reason}", path.display());
        if image.as_os_str().is_empty() || !image.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(because(&"expected a path within the folder"));
        }
        let size_bytes = std::fs::metadata(&path).map_err(|error| because(&error))?.len();
        BOUNDS.admit(size_bytes).map_err(|error| because(&error))?;
        let file = std::fs::read(&path).map_err(|error| because(&error))?;
        let format = inspect(&file, BOUNDS.pixels).map_err(|error| because(&error))?.format;
        let picture = decode(&file, BOUNDS).map_err(|error| because(&error))?;
        let thumbnail = narrowed(&picture, THUMBNAIL_WIDTH).map_err(|error| because(&error))?;
        Ok(Self { version: Digest::of(&file).short(), path, format, thumbnail, caption, products })
    }

    fn picture_name(&self) -> String {
        format!("look-{}.{}", self.version, self.format.media_type().trim_start_matches("image/"))
    }

    fn thumbnail_name(&self) -> String {
        format!("small-{}.jpeg", self.version)
    }
}

/// The lines of the list; without a list, the pictures of the folder.
fn lines(folder: &Path) -> Vec<Line> {
    let list = folder.join(LIST);
    match std::fs::read_to_string(&list) {
        Ok(text) => {
            let line = |(number, line): (usize, &str)| {
                let read = serde_json::from_str::<Line>(line);
                read.inspect_err(|error| tracing::warn!("{}, line {}: {error}", list.display(), number + 1)).ok()
            };
            text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).filter_map(line).collect()
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => pictures(folder),
        Err(error) => {
            tracing::warn!("{}: {error}", list.display());
            Vec::new()
        }
    }
}

fn pictures(folder: &Path) -> Vec<Line> {
    let is_picture = |path: &Path| {
        let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
        matches!(extension.as_deref(), Some("jpg" | "jpeg" | "png" | "webp"))
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<PathBuf> =
        entries.map(|entry| entry.file_name().into()).filter(|name: &PathBuf| is_picture(name)).collect();
    names.sort();
    names.into_iter().map(|image| Line { image, ..Line::default() }).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use image::{Rgb, RgbImage};

    use super::*;

    fn catalogue(names: &[&str]) -> tempfile::TempDir {
        let catalogue = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(catalogue.path().join(FOLDER)).expect("a folder");
        for (index, name) in (0_u8..).zip(names) {
            let picture = RgbImage::from_fn(640, 800, |x, _| Rgb([x as u8, index, 9]));
            picture.save(catalogue.path().join(FOLDER).join(name)).expect("written");
        }
        catalogue
    }

    #[test]
    fn pictures_of_the_folder_are_looks_in_the_order_of_their_names() {
        let catalogue = catalogue(&["b.png", "a.jpg"]);
        fs::write(catalogue.path().join("looks/notes.txt"), "no picture").expect("written");
        fs::write(catalogue.path().join("looks/c.png"), "no picture").expect("written");
        let looks = Looks::load(catalogue.path());
        let listed = looks.listed();
        assert_eq!(listed.len(), 2, "{listed:?}");
        assert!(listed[0].image.starts_with("/samples/look-") && listed[0].image.ends_with(".jpeg"), "{listed:?}");
        let name = |url: &str| url.trim_start_matches("/samples/").to_owned();
        let Some(LookFile::Thumbnail(file)) = looks.file(&name(&listed[0].thumbnail)) else { panic!("{listed:?}") };
        let small = image::load_from_memory(file).expect("a JPEG");
        assert_eq!((small.width(), small.height()), (320, 400));
        let Some(LookFile::Picture(path, PictureFormat::Png)) = looks.file(&name(&listed[1].image)) else { panic!() };
        assert!(path.ends_with("looks/b.png"));
        assert!(looks.file("../catalogue.sqlite").is_none());
    }

    #[test]
    fn a_list_gives_order_captions_and_products_and_leads_out_of_no_folder() {
        let catalogue = catalogue(&["b.png", "a.png"]);
        let list = "{\"image\": \"b.png\", \"caption\": \"Linen\", \"products\": {\"tops\": \"t\"}, \"labels\": \"x\"}\n\n\
                    {\"image\": \"../catalogue.sqlite\"}\n{\"image\": \"missing.png\"}\nnonsense\n{\"image\": \"a.png\"}\n";
        fs::write(catalogue.path().join("looks/looks.jsonl"), list).expect("written");
        let listed = Looks::load(catalogue.path()).listed();
        let captions: Vec<&str> = listed.iter().map(|look| &*look.caption).collect();
        assert_eq!(captions, ["Linen", ""]);
        assert_eq!(listed[0].products.get("tops").map(String::as_str), Some("t"));
    }

    #[test]
    fn a_catalogue_without_the_folder_has_none() {
        assert!(Looks::load(tempfile::tempdir().expect("a folder").path()).listed().is_empty());
    }
}
