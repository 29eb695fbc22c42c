//! A photo becomes the cutout that a browser would send. In: a photo. Out: a [`Look`]: a person on white with the garments seen, or one
//! garment.

use image::RgbImage;
use stl_types::Class;
use stl_types::limits::{MAX_CUTOUT_SIDE, MAX_WORK_SIDE};
use stl_types::worker::Cause;
use stl_vision::{InputError, SegmentError, Segmenter};

use crate::pictures::scale::{bounded, pixels_of};
use crate::pipeline::look::Look;

/// Segments a photo, removes everything but the people, however unsure they are, and keeps the garments' regions, in the steps of the
/// page: the photo at [`MAX_WORK_SIDE`] at most, its mask, the cutout at [`MAX_CUTOUT_SIDE`] at most.
///
/// # Errors
/// When the photo cannot be resampled, or the network fails.
pub fn look_from_photo(segmenter: &Segmenter, photo: RgbImage) -> Result<Look, SegmentError> {
    let mut photo = bounded(photo, MAX_WORK_SIDE)?;
    let segmentation = segmenter.segment(pixels_of(&photo)?)?;
    let mask = segmentation.mask()?;
    mask.cut_out(&mut photo)?;
    Ok(Look::with_regions(bounded_cutout(photo)?, &segmentation.regions(&mask)))
}

/// A photo as the page would search with it.
#[derive(Clone, Debug)]
pub enum Taken {
    /// A person, or a garment alone.
    Look {
        /// On white.
        look: Look,
        /// Number of people in the photo.
        people: usize,
    },
    /// Nobody and nothing.
    Nothing(Cause),
}

/// Takes the person who is meant from a photo: `person`, from the left from 0, or the one who is clearly meant, or the largest. If nobody
/// is seen, what may be a garment alone is taken.
///
/// # Errors
/// When the photo cannot be resampled, or the network fails.
pub fn taken_from_photo(segmenter: &Segmenter, photo: RgbImage, person: Option<usize>) -> Result<Taken, SegmentError> {
    let mut photo = bounded(photo, MAX_WORK_SIDE)?;
    let sight = segmenter.look(pixels_of(&photo)?)?;
    if sight.is_anybody() {
        let people = sight.people.count();
        let person = person.filter(|person| *person < people).unwrap_or_else(|| sight.people.largest());
        let seen = segmenter.person(pixels_of(&photo)?, &sight, person)?;
        seen.mask.cut_out(&mut photo)?;
        let look = Look::with_regions(bounded_cutout(photo)?, &seen.regions);
        return Ok(Taken::Look { look, people });
    }
    let nobody = segmenter.nobody(pixels_of(&photo)?, &sight)?;
    let Some(mask) = nobody.thing else { return Ok(Taken::Nothing(nobody.cause)) };
    mask.cut_out(&mut photo)?;
    Ok(Taken::Look { look: Look::garment(bounded_cutout(photo)?), people: 0 })
}

/// Least share of hair and skin in the pixels of a person. A garment alone, which the segmenter may take for a person, has none; of 800
/// people in true pairs, whom a shop shows from chin to thigh, none has less.
const LEAST_BODY: f64 = 0.02;

/// The person in a shop's picture who is clearly meant, or the largest; none if the picture shows nobody with at least the probability
/// `least_certainty`, or a garment that looks like somebody.
///
/// # Errors
/// When the picture cannot be resampled, or the network fails.
pub fn wearer(
    segmenter: &Segmenter,
    mut picture: RgbImage,
    least_certainty: f64,
) -> Result<Option<Look>, SegmentError> {
    let sight = segmenter.look_near(pixels_of(&picture)?)?;
    if !sight.is_anybody() || sight.certainty.of_person() < least_certainty {
        return Ok(None);
    }
    let person = sight.people.main().unwrap_or_else(|| sight.people.largest());
    let seen = segmenter.person(pixels_of(&picture)?, &sight, person)?;
    let classes = seen.regions.classes().iter();
    let (body, all) = classes.fold((0_usize, 0_usize), |(body, all), class| {
        (body + usize::from(class.is_of_the_body()), all + usize::from(*class != Class::Background))
    });
    if all == 0 || (body as f64) < LEAST_BODY * all as f64 {
        return Ok(None);
    }
    seen.mask.cut_out(&mut picture)?;
    Ok(Some(Look::with_regions(bounded_cutout(picture)?, &seen.regions)))
}

/// Scales a picture that is a cutout already to the size at which the page sends it.
///
/// # Errors
/// When the picture cannot be resampled.
pub fn bounded_cutout(cutout: RgbImage) -> Result<RgbImage, InputError> {
    bounded(cutout, MAX_CUTOUT_SIDE)
}
