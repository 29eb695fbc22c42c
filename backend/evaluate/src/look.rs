//! A photo as the product sees it, and as its label map does. In: a photo. Out: a [`Look`] and its [`Seen`] queries.

use clap::ValueEnum;
use image::{Rgb, RgbImage};
use palette::Lab;
use serde::Serialize;
use stl_types::limits::MAX_WORK_SIDE;
use stl_types::{Category, Class, WHITE};
use stl_vision::{SeenGarment, SegmentError, Segmenter};

use crate::testset::Query;
use crate::{EvaluateError, PictureProblem, colour, pictures};
use stl_server::pictures::scale::{bounded, pixels_of, size_of};
use stl_server::pipeline::cutout::bounded_cutout;
use stl_server::pipeline::garment::garment_cutout;

/// What of a photo is the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// One garment, where the segmenter finds it.
    Garment,
    /// One garment, where the label map has it.
    GarmentTrue,
    /// The person's cut-out.
    Person,
    /// The photo as it is, without segmentation.
    Photo,
}

impl View {
    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Garment => "garment",
            Self::GarmentTrue => "garment-true",
            Self::Person => "person",
            Self::Photo => "person, no segmentation",
        }
    }

    /// Whether each garment of a photo is a query of its own.
    #[must_use]
    pub const fn is_of_one_garment(self) -> bool {
        matches!(self, Self::Garment | Self::GarmentTrue)
    }
}

/// A segmented photo.
#[derive(Debug)]
pub struct Look {
    /// The photo, at the size at which the page works.
    pub photo: RgbImage,
    /// The person on white.
    pub cutout: RgbImage,
    person: Vec<bool>,
    /// What the segmenter sees of garments, the largest first.
    pub garments: Vec<SeenGarment>,
    labels: Option<Vec<u8>>,
}

/// A query: what an encoder gets to see, and the pixels of the photo that it shows.
#[derive(Debug)]
pub struct Seen {
    /// The picture, white outside of what is asked for.
    pub picture: RgbImage,
    /// The colours of what is asked for.
    pub pixels: Vec<Rgb<u8>>,
    /// Whether what is asked for was found; otherwise this is the person.
    pub is_found: bool,
}

impl Look {
    /// Reads and segments the photo of a query.
    ///
    /// # Errors
    /// When photo or label map cannot be used, or the network fails.
    pub fn open(segmenter: &Segmenter, query: &Query) -> Result<Self, EvaluateError> {
        let photo = pictures::read(&query.photo).map_err(|problem| problem.of(&query.photo))?;
        let size = size_of(&photo);
        let labels = query.labels.as_ref().map(|path| {
            if size.width.max(size.height) > MAX_WORK_SIDE {
                let expected = format!("a photo of {MAX_WORK_SIDE} pixels a side at most");
                let received = format!("{}×{}", size.width, size.height);
                return Err(PictureProblem::Labels { expected, received }.of(path));
            }
            pictures::read_labels(path, size).map_err(|problem| problem.of(path))
        });
        Self::new(segmenter, photo, labels.transpose()?).map_err(|problem| problem.of(&query.photo))
    }

    /// Segments a photo, with a label map of its size.
    fn new(segmenter: &Segmenter, photo: RgbImage, labels: Option<Vec<u8>>) -> Result<Self, PictureProblem> {
        let photo = bounded(photo, MAX_WORK_SIDE).map_err(SegmentError::from)?;
        let segmentation = segmenter.segment(pixels_of(&photo).map_err(SegmentError::from)?)?;
        let mask = segmentation.mask()?;
        let mut cutout = photo.clone();
        mask.cut_out(&mut cutout).map_err(SegmentError::from)?;
        let person = mask.as_slice().iter().map(|&alpha| alpha > 0).collect();
        let garments = segmentation.garments(&segmentation.regions(&mask));
        Ok(Self { photo, cutout, garments, person, labels })
    }

    /// The query for a garment of `category`; none where the label map is asked for and there is none.
    ///
    /// A garment that is not found leaves the whole person as the query, as for a visitor who looks through that
    /// category's articles.
    ///
    /// # Errors
    /// When the picture cannot be resampled.
    pub fn see(&self, view: View, category: Category) -> Result<Option<Seen>, PictureProblem> {
        let seen = match (view, &self.labels) {
            (View::Photo, _) => Some(self.shown(self.photo.clone(), &vec![true; self.person.len()])),
            (View::Person, _) => Some(self.shown(self.cutout.clone(), &self.person)),
            (View::Garment, _) => Some(self.garment(&self.cutout, &self.person, self.found(category))),
            (View::GarmentTrue, Some(labels)) => {
                let person: Vec<bool> = labels.iter().map(|&label| label > 0).collect();
                let cutout = kept(&self.photo, &person);
                Some(self.garment(&cutout, &person, labelled(labels, category).as_deref()))
            }
            (View::GarmentTrue, None) => None,
        };
        let Some(mut seen) = seen else { return Ok(None) };
        seen.picture = bounded_cutout(seen.picture).map_err(SegmentError::from)?;
        Ok(Some(seen))
    }

    /// The mean colour of a garment, by the label map if there is one, else where the segmenter finds it; none if it
    /// is nowhere.
    #[must_use]
    pub fn colour(&self, category: Category) -> Option<Lab> {
        let labelled = self.labels.as_ref().map(|labels| labelled(labels, category));
        let region = labelled.as_ref().map_or_else(|| self.found(category), Option::as_deref)?;
        colour::mean(inside(&self.photo, region))
    }

    /// Where the segmenter sees a garment.
    fn found(&self, category: Category) -> Option<&[bool]> {
        self.garments.iter().find(|garment| garment.category == category).map(|garment| garment.region.as_slice())
    }

    fn garment(&self, cutout: &RgbImage, person: &[bool], region: Option<&[bool]>) -> Seen {
        match region {
            Some(region) => self.shown(garment_cutout(cutout, region), region),
            None => Seen { is_found: false, ..self.shown(cutout.clone(), person) },
        }
    }

    fn shown(&self, picture: RgbImage, region: &[bool]) -> Seen {
        let pixels: Vec<Rgb<u8>> = inside(&self.photo, region).collect();
        Seen { picture, is_found: !pixels.is_empty(), pixels }
    }
}

/// The pixels of a region of the photo's size.
fn inside<'a>(photo: &'a RgbImage, region: &'a [bool]) -> impl Iterator<Item = Rgb<u8>> + 'a {
    photo.pixels().zip(region).filter(|&(_, &is_inside)| is_inside).map(|(&pixel, _)| pixel)
}

/// Where a label map has a garment; none if it is nowhere.
fn labelled(labels: &[u8], category: Category) -> Option<Vec<bool>> {
    let class = Class::from_category(category) as u8;
    labels.contains(&class).then(|| labels.iter().map(|&label| label == class).collect())
}

/// The picture with everything outside `region` white.
fn kept(picture: &RgbImage, region: &[bool]) -> RgbImage {
    let mut kept = picture.clone();
    for (pixel, _) in kept.pixels_mut().zip(region).filter(|&(_, &inside)| !inside) {
        *pixel = Rgb([WHITE; 3]);
    }
    kept
}
