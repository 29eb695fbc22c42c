//! Street2Fashion: who is in a photo and what they wear. In: [`Pixels`]. Out: a [`Segmentation`].

use stl_shared::manifest::Network;
use stl_shared::{Class, Letterbox, Mask, Size, SizeMismatch};

use crate::{InputError, NetworkError, OnnxNetwork, Pixels, network_input};

/// The segmentation network, ready to run.
#[derive(Clone, Debug)]
pub struct Segmenter {
    network: OnnxNetwork,
    spec: Network,
}

/// Why a photo could not be segmented.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The photo cannot become an input.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The network cannot be loaded or run.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The output does not fit the photo.
    #[error(transparent)]
    Size(#[from] SizeMismatch),
}

/// What the network said of one photo, at the network's resolution.
#[derive(Clone, Debug)]
pub struct Segmentation {
    /// Class probabilities, `(13, h, w)` row-major.
    probabilities: Vec<f32>,
    map: Map,
}

/// Where a photo's pixels lie in the network's output.
#[derive(Clone, Copy, Debug)]
struct Map {
    photo: Size,
    output: Size,
    letterbox: Letterbox,
    /// Input pixels for each output pixel, along x and y.
    stride: (f32, f32),
}

impl Segmenter {
    /// Loads the network of the manifest's `street2fashion` entry.
    ///
    /// # Errors
    /// When tract cannot load it.
    pub fn load(onnx: &[u8], spec: &Network) -> Result<Self, SegmentError> {
        Ok(Self { network: OnnxNetwork::load(onnx, spec)?, spec: spec.clone() })
    }

    /// Raw logits `(1, 13, h, w)` of a normalised input `(1, 3, H, W)`, for comparing runtimes.
    ///
    /// # Errors
    /// When the input has another length, or running fails.
    pub fn logits(&self, input: &[f32]) -> Result<Vec<f32>, SegmentError> {
        Ok(self.network.run(input)?)
    }

    /// Segments a photo.
    ///
    /// # Errors
    /// When the photo cannot be resampled, or running fails.
    pub fn segment(&self, photo: Pixels<'_>) -> Result<Segmentation, SegmentError> {
        let (input, letterbox) = network_input(photo, &self.spec)?;
        let mut probabilities = self.network.run(&input)?;
        let frame = self.spec.input_size();
        let side = |axis: usize| self.network.output_shape()[axis];
        let (height, width) = (side(2), side(3));
        softmax_over_channels(&mut probabilities, height * width);
        Ok(Segmentation {
            probabilities,
            map: Map {
                photo: photo.size(),
                output: Size { width: width as u32, height: height as u32 },
                letterbox,
                stride: (frame.width as f32 / width as f32, frame.height as f32 / height as f32),
            },
        })
    }
}

impl Segmentation {
    /// The person, at the photo's size: foreground = 1 − p(background), upsampled bilinearly.
    ///
    /// # Errors
    /// Never for a segmentation made by [`Segmenter::segment`].
    pub fn mask(&self) -> Result<Mask, SegmentError> {
        let background = self.upsampled(Class::Background);
        let foreground: Vec<f32> = background.iter().map(|probability| 1.0 - probability).collect();
        Ok(Mask::from_probabilities(self.map.photo, &foreground)?)
    }

    /// The likeliest [`Class`] of every pixel of the photo, `(H, W)` row-major, as its discriminant.
    #[must_use]
    pub fn class_map(&self) -> Vec<u8> {
        let mut best = vec![(0_u8, f32::MIN); self.map.photo.area() as usize];
        for class in Class::ALL {
            for (best, probability) in best.iter_mut().zip(self.upsampled(class)) {
                if probability > best.1 {
                    *best = (class as u8, probability);
                }
            }
        }
        best.into_iter().map(|(class, _)| class).collect()
    }

    /// One class's probability for every pixel of the photo, `(H, W)` row-major in `0..=1`.
    #[must_use]
    pub fn upsampled(&self, class: Class) -> Vec<f32> {
        let plane = self.map.output.area() as usize;
        let probabilities = &self.probabilities[class as usize * plane..][..plane];
        let Map { photo, output, letterbox, stride } = self.map;
        let columns = taps(photo.width, letterbox.inner.width, letterbox.left, stride.0, output.width);
        let rows = taps(photo.height, letterbox.inner.height, letterbox.top, stride.1, output.height);
        let width = output.width as usize;
        let mut upsampled = Vec::with_capacity(photo.area() as usize);
        let mut blended = vec![0.0; width];
        for row in rows {
            let (above, below) = (&probabilities[row.first * width..], &probabilities[row.second * width..]);
            for (value, (above, below)) in blended.iter_mut().zip(above.iter().zip(below)) {
                *value = above + (below - above) * row.weight;
            }
            upsampled.extend(columns.iter().map(|column| {
                blended[column.first] + (blended[column.second] - blended[column.first]) * column.weight
            }));
        }
        upsampled
    }
}

/// Two neighbours along an axis and the weight of the second.
#[derive(Clone, Copy)]
struct Tap {
    first: usize,
    second: usize,
    weight: f32,
}

/// For each of the photo's pixels along one axis, the output pixels it lies between (pixel centres at ½).
fn taps(photo: u32, inner: u32, offset: u32, stride: f32, output: u32) -> Vec<Tap> {
    let last = output.saturating_sub(1) as usize;
    let scale = inner as f32 / photo as f32;
    (0..photo)
        .map(|pixel| {
            let at = (((pixel as f32 + 0.5) * scale + offset as f32) / stride - 0.5).clamp(0.0, last as f32);
            let first = at as usize;
            Tap { first, second: (first + 1).min(last), weight: at - first as f32 }
        })
        .collect()
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
    use super::*;

    #[test]
    fn softmax_gives_probabilities_without_overflow() {
        let mut logits = vec![1000.0, 0.0, 1000.0, f32::ln(3.0)];
        softmax_over_channels(&mut logits, 2);
        assert_eq!([logits[0], logits[2]], [0.5, 0.5]);
        assert!((logits[1] - 0.25).abs() < 1e-6 && (logits[3] - 0.75).abs() < 1e-6);
    }

    #[test]
    fn an_edge_in_the_output_stands_at_its_place_in_the_photo() {
        // The left half of the output is background; the photo fills the middle half of the frame's height.
        let output = Size { width: 4, height: 4 };
        let photo = Size { width: 16, height: 8 };
        let mut probabilities = vec![0.0; 13 * 16];
        for pixel in 0..16 {
            probabilities[pixel] = if pixel % 4 < 2 { 1.0 } else { 0.0 };
            probabilities[16 + pixel] = 1.0 - probabilities[pixel];
        }
        let letterbox = Letterbox::fit(photo, Size { width: 8, height: 8 });
        let segmentation = Segmentation { probabilities, map: Map { photo, output, letterbox, stride: (2.0, 2.0) } };
        let mask = segmentation.mask().expect("sizes fit");
        for (pixel, &alpha) in mask.as_slice().iter().enumerate() {
            assert_eq!(alpha > 0, pixel % 16 >= 8, "pixel {pixel}");
        }
        assert!(segmentation.class_map().iter().all(|&class| class <= Class::Hair as u8));
    }
}
