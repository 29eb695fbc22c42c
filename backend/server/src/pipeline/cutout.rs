//! A photo becomes the cutout that a browser would send. In: a photo. Out: a [`Look`], the person on white with the
//! garments seen.

use image::RgbImage;
use stl_types::limits::{MAX_CUTOUT_SIDE, MAX_WORK_SIDE};
use stl_vision::{InputError, SegmentError, Segmenter};

use crate::pictures::scale::{bounded, pixels_of};
use crate::pipeline::look::Look;

/// Segments a photo, removes the background and keeps the garments' regions, in the steps of the page: the photo at
/// [`MAX_WORK_SIDE`] at most, its mask, the cutout at [`MAX_CUTOUT_SIDE`] at most.
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

/// Scales a picture that is a cutout already to the size at which the page sends it.
///
/// # Errors
/// When the picture cannot be resampled.
pub fn bounded_cutout(cutout: RgbImage) -> Result<RgbImage, InputError> {
    bounded(cutout, MAX_CUTOUT_SIDE)
}
