//! Street2Fashion: who is in a photo and what they wear. In: [`Pixels`]. Out: a [`Segmentation`].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use separable::Scratch;
use stl_types::manifest::Network;
use stl_types::{Category, Class, ClassMap, Garment, Mask, Region, Size, SizeMismatch};

use crate::foreground::foreground;
use crate::guided_filter::{self, EPSILON, RADIUS};
use crate::placement::{Placement, taps};
use crate::{InputError, Pixels, network_input};

/// All classes but the background: what people wear, and they themselves.
const WORN: [Class; 12] = {
    let [_, worn @ ..] = Class::ALL;
    worn
};

/// The segmentation network, ready to run.
#[derive(Debug)]
pub struct Segmenter {
    network: separable::Network,
    spec: Network,
    /// Pixels that a matrix product holds in registers at once.
    tile: AtomicUsize,
    /// What runs work in: one for each that ran at the same time.
    idle: Mutex<Vec<Scratch>>,
}

/// Why a photo could not be segmented.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The photo cannot become an input.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The network is another one than the manifest describes.
    #[error("the manifest describes a network {expected}, the packed one is {received}")]
    Shape {
        /// Input and output shape by the manifest.
        expected: String,
        /// Those of the network.
        received: String,
    },
    /// The ONNX file holds what the segmenter's runtime does not know.
    #[cfg(feature = "onnx")]
    #[error(transparent)]
    Pack(#[from] separable::PackError),
    /// The network takes another input.
    #[error(transparent)]
    Numbers(#[from] separable::InputError),
    /// The output does not fit the photo.
    #[error(transparent)]
    Size(#[from] SizeMismatch),
}

/// What the network said of one photo: its classes at the network's resolution, its outline at the photo's.
#[derive(Clone, Debug)]
pub struct Segmentation {
    /// How the foreground is shared among the classes of [`WORN`], `(12, h, w)` row-major.
    worn: Vec<f32>,
    /// Foreground probabilities at the photo's size, `(H, W)` row-major.
    foreground: Vec<f32>,
    placement: Placement,
}

/// A garment in a photo.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenGarment {
    /// Its category.
    pub category: Category,
    /// Where it is, at the photo's size.
    pub region: Region,
    /// Its share of the person's pixels, in `0..=1`.
    pub share: f64,
    /// How sure the network is: the mean probability of this category over the region, in `0..=1`.
    pub probability: f64,
}

impl Segmenter {
    /// Pixels that a matrix product may hold in registers. Which is fastest depends on how many vector registers there are, and on
    /// whether multiplication and addition are one instruction: six on x86 with that instruction, four without.
    pub const TILES: [usize; 3] = [4, 6, 8];

    /// The network of the manifest's `street2fashion` entry.
    ///
    /// # Errors
    /// When its shapes are others than the manifest's.
    pub fn new(network: separable::Network, spec: &Network) -> Result<Self, SegmentError> {
        let shapes = |input: &[usize], output: &[usize]| format!("{input:?} → {output:?}");
        let expected = shapes(&spec.input[1..], spec.output.get(1..).unwrap_or_default());
        let received = shapes(&network.input(), &network.output());
        if expected != received {
            return Err(SegmentError::Shape { expected, received });
        }
        let tile = if cfg!(target_feature = "relaxed-simd") { 6 } else { 4 };
        Ok(Self { network, spec: spec.clone(), tile: AtomicUsize::new(tile), idle: Mutex::default() })
    }

    /// The network of an ONNX file.
    ///
    /// # Errors
    /// When it cannot be packed, or its shapes are others than the manifest's.
    #[cfg(feature = "onnx")]
    pub fn from_onnx(onnx: &[u8], spec: &Network) -> Result<Self, SegmentError> {
        Self::new(separable::pack(onnx)?, spec)
    }

    /// Uses one of [`Self::TILES`] from now on. The results stay the same; the time does not.
    pub fn set_tile(&self, tile: usize) {
        self.tile.store(tile, Ordering::Relaxed);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Bytes that runs work in, as far as they have run.
    #[must_use]
    pub fn scratch_bytes(&self) -> usize {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).iter().map(Scratch::bytes).sum()
    }

    /// Raw outputs `(1, 17, h, w)` of a normalised input `(1, 3, 2h, 2w)`, row-major.
    ///
    /// # Errors
    /// When the input has another length.
    pub fn logits(&self, input: &[f32]) -> Result<Vec<f32>, SegmentError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut scratch = taken.unwrap_or_else(|| Scratch::new(self.tile.load(Ordering::Relaxed)));
        let logits = self.network.run(input, &mut scratch)?;
        idle().push(scratch);
        Ok(logits)
    }

    /// Segments a photo.
    ///
    /// # Errors
    /// When the photo cannot be resampled, or running fails.
    pub fn segment(&self, photo: Pixels<'_>) -> Result<Segmentation, SegmentError> {
        self.segment_by(photo, |input| self.logits(input))
    }

    /// Segments a photo with logits `(17, h, w)` that another runtime computes of the input `(3, 2h, 2w)`: for comparing runtimes.
    ///
    /// # Errors
    /// When the photo cannot be resampled, or that runtime's own.
    ///
    /// # Panics
    /// When the logits have another length.
    pub fn segment_by<E: From<InputError>>(
        &self,
        photo: Pixels<'_>,
        logits_of: impl FnOnce(&[f32]) -> Result<Vec<f32>, E>,
    ) -> Result<Segmentation, E> {
        let (input, letterbox) = network_input(photo, &self.spec)?;
        let logits = logits_of(&input)?;
        let placement = Placement { photo: photo.size(), input: self.spec.input_size(), letterbox };
        let colour = |channel: usize, value: f32| {
            (value * self.spec.std[channel] + self.spec.mean[channel]) / f32::from(u8::MAX)
        };
        let guide: Vec<[f32; 3]> = placement
            .inner_pixels()
            .map(|at| [0, 1, 2].map(|channel| colour(channel, input[channel * placement.input.area() as usize + at])))
            .collect();
        Ok(Segmentation::new(&logits, placement, &guide, photo))
    }
}

impl Segmentation {
    /// `logits` are `(17, h, w)` of an input `(2h, 2w)`; `guide` is the photo as it lies in the input, RGB in `0..=1`.
    fn new(logits: &[f32], placement: Placement, guide: &[[f32; 3]], photo: Pixels<'_>) -> Self {
        let output = placement.output();
        let coarse = foreground(logits, output);
        let coarse: Vec<f32> = placement.inner_pixels().map(|at| coarse[at]).collect();
        let foreground = refined(&coarse, placement.letterbox.inner, guide, photo);
        let plane = output.area() as usize;
        let mut worn = logits[plane..Class::ALL.len() * plane].to_vec();
        softmax_over_channels(&mut worn, plane);
        Self { worn, foreground, placement }
    }

    /// The person, at the photo's size: the foreground at the input's resolution, its outline drawn to the photo's edges.
    ///
    /// # Errors
    /// Never for a segmentation made by [`Segmenter::segment`].
    pub fn mask(&self) -> Result<Mask, SegmentError> {
        Ok(Mask::from_probabilities(self.placement.photo, &self.foreground)?)
    }

    /// The [`Class`] of every pixel of the photo, `(H, W)` row-major, as its discriminant: background where the mask
    /// removes the photo, elsewhere the likeliest class that is none.
    #[must_use]
    pub fn class_map(&self) -> Vec<u8> {
        let mut best = vec![(Class::Background, 0.0); self.foreground.len()];
        for class in WORN {
            for (best, share) in best.iter_mut().zip(self.placement.at_photo(self.worn(class))) {
                if share > best.1 {
                    *best = (class, share);
                }
            }
        }
        let kept = self.foreground.iter().map(|&probability| probability >= Mask::THRESHOLD);
        best.iter().zip(kept).map(|((class, _), kept)| if kept { *class as u8 } else { 0 }).collect()
    }

    /// What is worn where, at about the network's resolution: background where the mask removes the photo, elsewhere the
    /// likeliest class that is none. `mask` is [`Self::mask`]'s.
    ///
    /// So a pixel with a class says nothing of what the mask removes: the photo's pixel under its centre is kept.
    #[must_use]
    pub fn regions(&self, mask: &Mask) -> ClassMap {
        let (photo, inner) = (self.placement.photo, self.placement.letterbox.inner);
        let side = |inner: u32, photo: u32| inner.div_ceil(2).min(photo);
        let size = Size { width: side(inner.width, photo.width), height: side(inner.height, photo.height) };
        let mut classes = Vec::with_capacity(size.area() as usize);
        for y in 0..size.height {
            for x in 0..size.width {
                let at = [(x, size.width, photo.width), (y, size.height, photo.height)].map(|(at, length, photo)| {
                    (u64::from(2 * at + 1) * u64::from(photo) / u64::from(2 * length)) as u32
                });
                let is_kept = mask.as_slice()[(at[1] * photo.width + at[0]) as usize] > 0;
                classes.push(if is_kept {
                    self.likeliest_worn(self.placement.output_pixel(at))
                } else {
                    Class::Background
                });
            }
        }
        ClassMap::new(size, classes)
    }

    /// The garments of `regions`, each with where it is in the photo; the largest first.
    #[must_use]
    pub fn garments(&self, regions: &ClassMap) -> Vec<SeenGarment> {
        let seen = |garment: Garment| {
            let region = garment.region.at_size(self.placement.photo)?;
            let probabilities = self.probability(Class::from_category(garment.category));
            let inside = probabilities.iter().zip(region.as_slice()).filter(|(_, inside)| **inside);
            let sum: f64 = inside.map(|(probability, _)| f64::from(*probability)).sum();
            let probability = sum / region.area() as f64;
            Some(SeenGarment { category: garment.category, region, share: garment.share, probability })
        };
        regions.garments().into_iter().filter_map(seen).collect()
    }

    /// The likeliest class but the background at a pixel of the output.
    fn likeliest_worn(&self, at: usize) -> Class {
        let share = |class: &Class| self.worn(*class)[at];
        WORN.into_iter().max_by(|a, b| share(a).total_cmp(&share(b))).unwrap_or(Class::OtherWorn)
    }

    /// The probability of a class that is not the background, `(H, W)` row-major in `0..=1`: the foreground's, shared among
    /// the classes as their softmax has it.
    fn probability(&self, class: Class) -> Vec<f32> {
        let shares = self.placement.at_photo(self.worn(class));
        shares.iter().zip(&self.foreground).map(|(share, foreground)| share * foreground).collect()
    }

    /// Of a class that is not the background, its share of the foreground at each pixel of the output, `(h, w)`.
    fn worn(&self, class: Class) -> &[f32] {
        let plane = self.placement.output().area() as usize;
        &self.worn[(class as usize - 1) * plane..][..plane]
    }
}

/// Probabilities on the grid that the photo covers in the network's input, at the photo's own pixels.
fn refined(coarse: &[f32], inner: Size, guide: &[[f32; 3]], photo: Pixels<'_>) -> Vec<f32> {
    let width = inner.width as usize;
    let coefficients = guided_filter::fit(guide, coarse, width, RADIUS, EPSILON);
    let taps = |photo: u32, inner: u32| taps(photo, inner, 0, 1.0, inner);
    let (columns, rows) = (taps(photo.size().width, inner.width), taps(photo.size().height, inner.height));
    guided_filter::apply(&coefficients, width, (&columns, &rows), photo.bytes(), photo.channels())
}

/// Logits to probabilities, in place, over the channels of `(channels, plane)`.
fn softmax_over_channels(logits: &mut [f32], plane: usize) {
    let mut most = vec![f32::MIN; plane];
    for channel in logits.chunks_exact(plane) {
        for (most, &logit) in most.iter_mut().zip(channel) {
            *most = most.max(logit);
        }
    }
    let mut sum = vec![0.0; plane];
    for channel in logits.chunks_exact_mut(plane) {
        for ((logit, most), sum) in channel.iter_mut().zip(&most).zip(&mut sum) {
            *logit = (*logit - most).exp();
            *sum += *logit;
        }
    }
    for channel in logits.chunks_exact_mut(plane) {
        for (probability, sum) in channel.iter_mut().zip(&sum) {
            *probability /= sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use stl_types::{Letterbox, Rect};

    use super::*;

    #[test]
    fn softmax_gives_probabilities_without_overflow() {
        let mut logits = vec![1000.0, 0.0, 1000.0, f32::ln(3.0)];
        softmax_over_channels(&mut logits, 2);
        assert_eq!([logits[0], logits[2]], [0.5, 0.5]);
        assert!((logits[1] - 0.25).abs() < 1e-6 && (logits[3] - 0.75).abs() < 1e-6);
    }

    /// A segmentation of a grey photo, which has no edges of its own.
    fn segmentation_of(logits: Vec<f32>, placement: Placement) -> Segmentation {
        let grey = vec![128; placement.photo.area() as usize * 3];
        let guide = vec![[0.5; 3]; placement.letterbox.inner.area() as usize];
        Segmentation::new(&logits, placement, &guide, Pixels::new(placement.photo, &grey).expect("sizes fit"))
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
        // The photo fills the middle half of the frame's height. A top stands above trousers in its right half.
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
        let found: Vec<_> = garments.iter().map(|seen| (seen.category, seen.region.bounds())).collect();
        let bounds = |top| Rect { left: 80, top, width: 80, height: 40 };
        assert_eq!(found, [(Category::Trousers, bounds(40)), (Category::Tops, bounds(0))]);
        for seen in garments {
            // Short of certain by what is blended along the edges.
            assert!((seen.share - 0.5).abs() < 1e-9 && seen.probability > 0.9, "{:?}", seen.probability);
        }
    }
}
