//! A photo as the segmenter and its label map see it. In: a photo. Out: an [`EvaluatedLook`] and its [`EvaluatedQuery`]s.

use clap::ValueEnum;
use image::{Rgb, RgbImage};
use palette::Lab;
use serde::Serialize;
use stl_types::limits::MAX_WORK_SIDE;
use stl_types::{Category, Class, WHITE};
use stl_vision::{SeenGarment, SegmentError, Segmenter};

use crate::error::{EvaluateError, PictureProblem};
use crate::testset::TestQuery;
use crate::{colour, pictures};
use stl_server::pictures::scale::{bounded, pixels_of, size_of};
use stl_server::pipeline::cutout::bounded_cutout;
use stl_server::pipeline::garment::garment_cutout;

/// Which part of a photo is the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// One garment, as the segmenter finds it.
    Garment,
    /// One garment, as the label map has it.
    GarmentTrue,
    /// The person's cutout.
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
pub struct EvaluatedLook {
    /// The photo, at the size at which the page works.
    pub photo: RgbImage,
    /// The person on white.
    pub cutout: RgbImage,
    person: Vec<bool>,
    /// The garments that the segmenter finds, the largest first.
    pub garments: Vec<SeenGarment>,
    labels: Option<Vec<u8>>,
}

/// A query: the encoder's input, and the pixels of the photo that it shows.
#[derive(Debug)]
pub struct EvaluatedQuery {
    /// The picture, white outside the garment or person.
    pub picture: RgbImage,
    /// The colours of the garment or person.
    pub pixels: Vec<Rgb<u8>>,
    /// Whether the garment or person was found. If not, this is the whole person.
    pub is_found: bool,
}

impl EvaluatedLook {
    /// Reads and segments the photo of a query.
    ///
    /// # Errors
    /// When photo or label map cannot be used, or the network fails.
    pub fn open(segmenter: &Segmenter, query: &TestQuery) -> Result<Self, EvaluateError> {
        let photo = pictures::read(&query.photo).map_err(|problem| problem.at(&query.photo))?;
        let size = size_of(&photo);
        let labels = query.labels.as_ref().map(|path| {
            if size.width.max(size.height) > MAX_WORK_SIDE {
                let expected = format!("a photo of {MAX_WORK_SIDE} pixels a side at most");
                let received = format!("{}×{}", size.width, size.height);
                return Err(PictureProblem::Labels { expected, received }.at(path));
            }
            pictures::read_labels(path, size).map_err(|problem| problem.at(path))
        });
        Self::new(segmenter, photo, labels.transpose()?).map_err(|problem| problem.at(&query.photo))
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

    /// The query for a garment of `category`; `None` if the view needs a label map and there is none.
    ///
    /// If the garment is not found, the query is the whole person, as for a visitor who browses that category.
    ///
    /// # Errors
    /// When the picture cannot be resampled.
    pub fn query(&self, view: View, category: Category) -> Result<Option<EvaluatedQuery>, PictureProblem> {
        let query = match (view, &self.labels) {
            (View::Photo, _) => Some(self.query_of(self.photo.clone(), &vec![true; self.person.len()])),
            (View::Person, _) => Some(self.query_of(self.cutout.clone(), &self.person)),
            (View::Garment, _) => Some(self.garment_query(&self.cutout, &self.person, self.segmented(category))),
            (View::GarmentTrue, Some(labels)) => {
                let person: Vec<bool> = labels.iter().map(|&label| label > 0).collect();
                let cutout = with_white_outside(&self.photo, &person);
                Some(self.garment_query(&cutout, &person, labelled(labels, category).as_deref()))
            }
            (View::GarmentTrue, None) => None,
        };
        let Some(mut query) = query else { return Ok(None) };
        query.picture = bounded_cutout(query.picture).map_err(SegmentError::from)?;
        Ok(Some(query))
    }

    /// The mean colour of a garment: in the label map's region, or in the segmenter's without a label map. `None` if the garment
    /// is missing there.
    #[must_use]
    pub fn colour(&self, category: Category) -> Option<Lab> {
        let labelled = self.labels.as_ref().map(|labels| labelled(labels, category));
        let region = labelled.as_ref().map_or_else(|| self.segmented(category), Option::as_deref)?;
        colour::mean(inside(&self.photo, region))
    }

    /// The region that the segmenter finds for a garment: that of its layer.
    fn segmented(&self, category: Category) -> Option<&[bool]> {
        let layer = category.layer();
        self.garments.iter().find(|garment| garment.layer == layer).map(|garment| garment.region.as_slice())
    }

    fn garment_query(&self, cutout: &RgbImage, person: &[bool], region: Option<&[bool]>) -> EvaluatedQuery {
        match region {
            Some(region) => self.query_of(garment_cutout(cutout, region), region),
            None => EvaluatedQuery { is_found: false, ..self.query_of(cutout.clone(), person) },
        }
    }

    fn query_of(&self, picture: RgbImage, region: &[bool]) -> EvaluatedQuery {
        let pixels: Vec<Rgb<u8>> = inside(&self.photo, region).collect();
        EvaluatedQuery { picture, is_found: !pixels.is_empty(), pixels }
    }
}

/// The pixels of a region of the photo's size.
fn inside<'a>(photo: &'a RgbImage, region: &'a [bool]) -> impl Iterator<Item = Rgb<u8>> + 'a {
    photo.pixels().zip(region).filter(|&(_, &is_inside)| is_inside).map(|(&pixel, _)| pixel)
}

/// The region of a garment in a label map; `None` if it is missing.
fn labelled(labels: &[u8], category: Category) -> Option<Vec<bool>> {
    let class = Class::from_category(category) as u8;
    labels.contains(&class).then(|| labels.iter().map(|&label| label == class).collect())
}

/// The picture with everything outside `region` white.
fn with_white_outside(picture: &RgbImage, region: &[bool]) -> RgbImage {
    let mut cutout = picture.clone();
    for (pixel, _) in cutout.pixels_mut().zip(region).filter(|&(_, &inside)| !inside) {
        *pixel = Rgb([WHITE; 3]);
    }
    cutout
}
