//! The segmentation of one photo. In: the network's logits. Out: mask, class map and garments.

use std::borrow::Cow;
use std::sync::OnceLock;

use stl_types::{Class, ClassMap, Garment, Kinds, Layer, Mask, Rect, Region, Size, Specks};

use crate::error::SegmentError;
use crate::foreground::foreground;
use crate::guided_filter::{self, EPSILON, RADIUS};
use crate::input::Pixels;
use crate::placement::{Placement, taps};
use crate::softmax::softmax_over_channels;

/// All classes except the background.
const FOREGROUND: [Class; 12] = {
    let [_, foreground @ ..] = Class::ALL;
    foreground
};

/// The segmentation of one photo: classes at the network's resolution, foreground at the photo's.
///
/// The network has seen a part of the photo, usually all of it; outside the part is background.
#[derive(Clone, Debug)]
pub struct Segmentation {
    /// Logits of each class of [`FOREGROUND`], `(12, h, w)` row-major.
    class_logits: Vec<f32>,
    /// Share of each in the foreground, once it is needed: most photos need the most probable class alone.
    class_shares: OnceLock<Vec<f32>>,
    /// Foreground probabilities at the size of the part, row-major.
    foreground: Vec<f32>,
    /// The part in the network's input.
    placement: Placement,
    photo: Size,
    part: Rect,
    /// Mean probability of the foreground's pixels, at the input's resolution; 0 without any.
    pub(crate) mean_probability: f32,
}

/// A garment in a photo.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenGarment {
    /// Its layer.
    pub layer: Layer,
    /// Its pixels, at the photo's size.
    pub region: Region,
    /// Its share of the person's pixels, in `0..=1`.
    pub share: f64,
    /// The share of its pixels that are most probably of each kind.
    pub votes: Kinds,
    /// The mean probability of the kind with most votes over the region, in `0..=1`.
    pub probability: f64,
}

impl Segmentation {
    /// `logits` are `(17, h, w)` for an input `(2h, 2w)`. `guide` is the photo as it is in the input, RGB in `0..=1`.
    pub(crate) fn new(logits: &[f32], placement: Placement, guide: &[[f32; 3]], photo: Pixels<'_>) -> Self {
        let output = placement.output();
        let coarse = foreground(logits, output);
        let coarse: Vec<f32> = placement.inner_pixels().map(|at| coarse[at]).collect();
        let kept = coarse.iter().filter(|&&probability| probability >= Mask::THRESHOLD);
        let (sum, count) = kept.fold((0.0, 0_u32), |(sum, count), probability| (sum + probability, count + 1));
        let mean_probability = if count > 0 { sum / count as f32 } else { 0.0 };
        let mut foreground = refined(&coarse, placement.letterbox.inner, guide, photo);
        clean(&mut foreground, placement.photo);
        let plane = output.area() as usize;
        let class_logits = logits[plane..Class::ALL.len() * plane].to_vec();
        let Size { width, height } = placement.photo;
        let part = Rect { left: 0, top: 0, width, height };
        Self {
            class_logits,
            class_shares: OnceLock::new(),
            foreground,
            placement,
            photo: placement.photo,
            part,
            mean_probability,
        }
    }

    /// This segmentation of `part` as one of a whole `photo`, whose other pixels are background.
    ///
    /// # Panics
    /// When the part is outside the photo or of another size than what was segmented.
    pub(crate) fn placed_in(self, photo: Size, part: Rect) -> Self {
        let size = Size { width: part.width, height: part.height };
        assert!(part.within(photo) == Some(part) && size == self.photo, "a part of the photo");
        // Of that the network may have seen a part only.
        let part = Rect { left: part.left + self.part.left, top: part.top + self.part.top, ..self.part };
        Self { photo, part, ..self }
    }

    /// The bounding box of the foreground; `None` if there is none.
    pub(crate) fn foreground_box(&self) -> Option<Rect> {
        let is_kept = |probability: &f32| *probability >= Mask::THRESHOLD;
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        for (y, row) in self.foreground.chunks_exact(self.part.width as usize).enumerate() {
            // What lies between the first and the last one is not read.
            let Some(first) = row.iter().position(is_kept) else { continue };
            let last = row.iter().rposition(is_kept).unwrap_or(first);
            (left, right, top, bottom) = (left.min(first), right.max(last), top.min(y), y);
        }
        let Rect { left: x, top: y, .. } = self.part;
        (left <= right).then(|| Rect {
            left: x + left as u32,
            top: y + top as u32,
            width: (right - left + 1) as u32,
            height: (bottom - top + 1) as u32,
        })
    }

    /// The mask of the person at the photo's size: the foreground at the input's resolution, refined along the photo's edges.
    ///
    /// # Errors
    /// Never for a segmentation by `Segmenter::segment`.
    pub fn mask(&self) -> Result<Mask, SegmentError> {
        Ok(Mask::from_probabilities(self.photo, &self.on_photo(&self.foreground))?)
    }

    /// The [`Class`] discriminant of every pixel of the photo, `(H, W)` row-major: background where the mask removes the photo, elsewhere
    /// the most probable other class. Specks of hair or skin that other classes enclose count as other clothes.
    #[must_use]
    pub fn class_map(&self) -> Vec<u8> {
        let mut best = vec![(Class::Background, 0.0); self.foreground.len()];
        for class in FOREGROUND {
            for (best, share) in best.iter_mut().zip(self.placement.at_photo(self.class_share(class))) {
                if share > best.1 {
                    *best = (class, share);
                }
            }
        }
        let kept = self.foreground.iter().map(|&probability| probability >= Mask::THRESHOLD);
        let mut classes: Vec<Class> =
            best.iter().zip(kept).map(|((class, _), kept)| if kept { *class } else { Class::Background }).collect();
        // Otherwise a removed face would leave holes in cloth.
        let is_cloth = |class: &Class| *class != Class::Background && !class.is_of_the_body();
        let cloth: Vec<bool> = classes.iter().map(is_cloth).collect();
        for at in Specks::of(self.placement.photo, &cloth).holes {
            if classes[at].is_of_the_body() {
                classes[at] = Class::OtherWorn;
            }
        }
        let classes: Vec<u8> = classes.into_iter().map(|class| class as u8).collect();
        self.on_photo(&classes).into_owned()
    }

    /// The classes at about the network's resolution: background where the mask removes the photo, elsewhere the most probable other
    /// class. `mask` is the one of [`Self::mask`].
    ///
    /// A pixel with a class reveals nothing that the mask removes: the mask keeps the photo's pixel under its centre.
    #[must_use]
    pub fn regions(&self, mask: &Mask) -> ClassMap {
        let (photo, part, inner) = (self.photo, self.part, self.placement.letterbox.inner);
        // The part at half the input's resolution, so the photo at that times as much as the part is smaller.
        let side = |inner: u32, part: u32, photo: u32| {
            let side = u64::from(inner.div_ceil(2).min(part)) * u64::from(photo) / u64::from(part);
            (side as u32).clamp(1, photo)
        };
        let size = Size {
            width: side(inner.width, part.width, photo.width),
            height: side(inner.height, part.height, photo.height),
        };
        let mut classes = Vec::with_capacity(size.area() as usize);
        for y in 0..size.height {
            for x in 0..size.width {
                let [column, row] =
                    [(x, size.width, photo.width), (y, size.height, photo.height)].map(|(at, length, photo)| {
                        (u64::from(2 * at + 1) * u64::from(photo) / u64::from(2 * length)) as u32
                    });
                // The mask keeps pixels of the part only.
                let is_kept = mask.as_slice()[(row * photo.width + column) as usize] > 0;
                classes.push(if is_kept {
                    self.most_probable_class(self.placement.output_pixel([column - part.left, row - part.top]))
                } else {
                    Class::Background
                });
            }
        }
        ClassMap::new(size, classes)
    }

    /// The garments of `regions` with their pixels in the photo, the largest first.
    #[must_use]
    pub fn garments(&self, regions: &ClassMap) -> Vec<SeenGarment> {
        let seen = |Garment { layer, region, share, votes }: Garment| {
            let region = region.at_size(self.photo)?;
            let of_most = if votes.is_outerwear() { Class::Outerwear } else { Class::from_category(votes.category()) };
            let probabilities = self.probability(of_most);
            let inside = probabilities.iter().zip(region.as_slice()).filter(|(_, inside)| **inside);
            let sum: f64 = inside.map(|(probability, _)| f64::from(*probability)).sum();
            let probability = sum / region.area() as f64;
            Some(SeenGarment { layer, region, share, votes, probability })
        };
        regions.garments().into_iter().filter_map(seen).collect()
    }

    /// The most probable class, except the background, at a pixel of the output.
    fn most_probable_class(&self, at: usize) -> Class {
        let plane = self.placement.output().area() as usize;
        let logit = |class: &Class| self.class_logits[(*class as usize - 1) * plane + at];
        FOREGROUND.into_iter().max_by(|a, b| logit(a).total_cmp(&logit(b))).unwrap_or(Class::OtherWorn)
    }

    /// The probability of a class of [`FOREGROUND`], `(H, W)` row-major in `0..=1`: the foreground's probability times the class's share.
    fn probability(&self, class: Class) -> Vec<f32> {
        let shares = self.placement.at_photo(self.class_share(class));
        let probabilities: Vec<f32> =
            shares.iter().zip(&self.foreground).map(|(share, foreground)| share * foreground).collect();
        self.on_photo(&probabilities).into_owned()
    }

    /// Values of the part's pixels as values of the photo's, with zeros elsewhere.
    fn on_photo<'a, T: Copy + Default>(&self, part: &'a [T]) -> Cow<'a, [T]> {
        if part.len() as u64 == self.photo.area() {
            return Cow::Borrowed(part);
        }
        let Rect { left, top, width, .. } = self.part;
        let mut photo = vec![T::default(); self.photo.area() as usize];
        for (row, values) in part.chunks_exact(width as usize).enumerate() {
            let start = (top as usize + row) * self.photo.width as usize + left as usize;
            photo[start..start + width as usize].copy_from_slice(values);
        }
        Cow::Owned(photo)
    }

    /// The share of a class of [`FOREGROUND`] at each pixel of the output, `(h, w)`.
    fn class_share(&self, class: Class) -> &[f32] {
        let plane = self.placement.output().area() as usize;
        let shares = self.class_shares.get_or_init(|| {
            let mut shares = self.class_logits.clone();
            softmax_over_channels(&mut shares, plane);
            shares
        });
        &shares[(class as usize - 1) * plane..][..plane]
    }
}

/// Removes small islands from the foreground and fills small holes in it, in place.
fn clean(foreground: &mut [f32], size: Size) {
    let kept: Vec<bool> = foreground.iter().map(|&probability| probability >= Mask::THRESHOLD).collect();
    let Specks { islands, holes } = Specks::of(size, &kept);
    for at in islands {
        foreground[at] = 0.0;
    }
    for at in holes {
        foreground[at] = 1.0;
    }
}

/// Refines probabilities from the grid that the photo covers in the network's input to the photo's own pixels.
pub(crate) fn refined(coarse: &[f32], inner: Size, guide: &[[f32; 3]], photo: Pixels<'_>) -> Vec<f32> {
    let width = inner.width as usize;
    let coefficients = guided_filter::fit(guide, coarse, width, RADIUS, EPSILON);
    let taps = |photo: u32, inner: u32| taps(photo, inner, 0, 1.0, inner);
    let (columns, rows) = (taps(photo.size().width, inner.width), taps(photo.size().height, inner.height));
    guided_filter::apply(&coefficients, width, (&columns, &rows), photo.bytes(), photo.channels())
}

#[cfg(test)]
mod tests {
    use stl_types::{Letterbox, Rect};

    use super::*;

    /// A segmentation of a grey photo, which has no edges of its own.
    fn segmentation_of(logits: Vec<f32>, placement: Placement) -> Segmentation {
        let grey = vec![128; placement.photo.area() as usize * 3];
        let guide = vec![[0.5; 3]; placement.letterbox.inner.area() as usize];
        Segmentation::new(&logits, placement, &guide, Pixels::new(placement.photo, &grey).expect("sizes fit"))
    }

    #[test]
    fn specks_of_skin_in_cloth_are_cloth_and_gaps_are_filled() {
        // 40 × 40 outputs that are the photo's pixels: a shirt with one pixel of skin, one hole, and a pixel beside it.
        let side = 40;
        let photo = Size { width: side, height: side };
        let mut logits = vec![0.0; 17 * (side * side) as usize];
        let mut set = |x: u32, y: u32, class: usize| {
            let at = (y * side + x) as usize;
            for channel in 0..17 {
                logits[channel * (side * side) as usize + at] = if channel == class { 30.0 } else { 0.0 };
            }
        };
        for y in 0..side {
            for x in 0..side {
                let class = match (x, y) {
                    (20, 20) => Class::Skin,
                    (10, 10) | (_, 0..2) | (_, 38..) | (0..2 | 34.., _) => Class::Background,
                    _ => Class::Shirts,
                };
                set(x, y, class as usize);
            }
        }
        let input = Size { width: 2 * side, height: 2 * side };
        let letterbox = Letterbox::fit(photo, input);
        let classes = segmentation_of(logits, Placement { photo, input, letterbox }).class_map();
        let at = |x: u32, y: u32| classes[(y * side + x) as usize];
        assert_eq!((at(15, 15), at(1, 20)), (Class::Shirts as u8, Class::Background as u8));
        assert_ne!(at(20, 20), Class::Skin as u8);
        assert_ne!(at(10, 10), Class::Background as u8);
    }

    #[test]
    fn an_edge_in_the_output_stands_at_its_place_in_the_photo() {
        // The left half of the output is background; the photo fills the middle half of the frame's height.
        let photo = Size { width: 16, height: 8 };
        let mut logits = vec![0.0; 17 * 16];
        for pixel in 0..16 {
            logits[pixel] = if pixel % 4 < 2 { 20.0 } else { 0.0 };
            logits[16 + pixel] = 20.0 - logits[pixel];
        }
        let input = Size { width: 8, height: 8 };
        let letterbox = Letterbox::fit(photo, input);
        let segmentation = segmentation_of(logits, Placement { photo, input, letterbox });
        let mask = segmentation.mask().expect("sizes fit");
        for (pixel, &alpha) in mask.as_slice().iter().enumerate() {
            assert_eq!(alpha > 0, pixel % 16 >= 8, "pixel {pixel}");
        }
        assert!(segmentation.class_map().iter().all(|&class| class <= Class::Hair as u8));
    }

    #[test]
    fn garments_stand_at_their_place_in_the_photo_and_never_where_the_mask_removes_it() {
        // The photo fills the middle half of the frame's height. A top is above trousers in its right half.
        let photo = Size { width: 160, height: 80 };
        let input = Size { width: 64, height: 64 };
        let plane = 32 * 32;
        let mut logits = vec![0.0; 17 * plane];
        for pixel in 0..plane {
            let class = match (pixel % 32, pixel / 32) {
                (..16, _) => Class::Background,
                (_, ..16) => Class::Tops,
                _ => Class::Trousers,
            };
            logits[class as usize * plane + pixel] = 20.0;
        }
        let segmentation = segmentation_of(logits, Placement { photo, input, letterbox: Letterbox::fit(photo, input) });
        let mask = segmentation.mask().expect("sizes fit");
        let regions = segmentation.regions(&mask);
        assert_eq!(regions.size(), Size { width: 32, height: 16 });
        for (pixel, class) in regions.classes().iter().enumerate() {
            let (x, y) = (pixel % 32 * 5 + 2, pixel / 32 * 5 + 2);
            assert_eq!(*class != Class::Background, mask.as_slice()[y * 160 + x] > 0, "pixel {pixel}");
        }
        let garments = segmentation.garments(&regions);
        let found: Vec<_> = garments.iter().map(|seen| (seen.layer, seen.region.bounds())).collect();
        let bounds = |top| Rect { left: 80, top, width: 80, height: 40 };
        assert_eq!(found, [(Layer::Upper, bounds(0)), (Layer::Lower, bounds(40))]);
        for seen in garments {
            // Short of certain by what is blended along the edges.
            assert!((seen.share - 0.5).abs() < 1e-9 && seen.probability > 0.9, "{:?}", seen.probability);
        }
    }

    #[test]
    fn a_part_stands_at_its_place_and_the_rest_of_the_photo_is_background() {
        // A person fills the right half of a part of 16 × 24 in a photo of 64 × 96.
        let (photo, size) = (Size { width: 64, height: 96 }, Size { width: 16, height: 24 });
        let part = Rect { left: 40, top: 8, width: 16, height: 24 };
        let plane = 8 * 12;
        let mut logits = vec![0.0; 17 * plane];
        for pixel in 0..plane {
            let class = if pixel % 8 < 4 { Class::Background } else { Class::Skirts };
            logits[class as usize * plane + pixel] = 20.0;
        }
        let placement = Placement { photo: size, input: size, letterbox: Letterbox::fit(size, size) };
        let segmentation = segmentation_of(logits, placement).placed_in(photo, part);
        let expected = Rect { left: 48, top: 8, width: 8, height: 24 };
        assert_eq!(segmentation.foreground_box(), Some(expected));
        let inside = |at: usize| {
            let (x, y) = (at as u32 % photo.width, at as u32 / photo.width);
            (48..56).contains(&x) && (8..32).contains(&y)
        };
        let mask = segmentation.mask().expect("sizes fit");
        assert!(mask.as_slice().iter().enumerate().all(|(at, &alpha)| (alpha > 0) == inside(at)));
        let classes = segmentation.class_map();
        assert!(classes.iter().enumerate().all(|(at, &class)| (class == Class::Skirts as u8) == inside(at)));
        let regions = segmentation.regions(&mask);
        assert_eq!(
            regions.size(),
            Size { width: 32, height: 48 },
            "half of the part's resolution, for the whole photo"
        );
        let garments = segmentation.garments(&regions);
        assert_eq!(garments.iter().map(|seen| seen.region.bounds()).collect::<Vec<_>>(), [expected]);
    }
}
