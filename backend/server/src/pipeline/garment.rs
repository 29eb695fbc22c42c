//! One garment's cutout. In: a person's cutout and the garment's region. Out: the garment on white.

use image::RgbImage;
use stl_vision::keep_garment;

use crate::pictures::scale::size_of;

/// Makes everything white that is not near `region`, `(H, W)` row-major, of the cutout's size ([`keep_garment`]).
///
/// # Panics
/// When `region` has another number of pixels than the cutout.
#[must_use]
pub fn garment_cutout(cutout: &RgbImage, region: &[bool]) -> RgbImage {
    let mut garment = cutout.clone();
    keep_garment(size_of(cutout), &mut garment, region);
    garment
}
