//! Street2Fashion: who is in a photo and what they wear. In: [`Pixels`]. Out: a [`Segmentation`].

use stl_shared::manifest::Network;
use stl_shared::{Class, Letterbox, Mask, Size, SizeMismatch};

use crate::bilinear::{Tap, bilinear};
use crate::foreground::foreground;
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
    /// Foreground probabilities at the input's size, `(2h, 2w)` row-major.
    foreground: Vec<f32>,
    map: Map,
}

/// Where a photo's pixels lie in the network's input, whose sides are twice the output's.
#[derive(Clone, Copy, Debug)]
struct Map {
    photo: Size,
    input: Size,
    letterbox: Letterbox,
}

impl Segmenter {
    /// Loads the network of the manifest's `street2fashion` entry.
    ///
    /// # Errors
    /// When tract cannot load it.
    pub fn load(onnx: &[u8], spec: &Network) -> Result<Self, SegmentError> {
        Ok(Self { network: OnnxNetwork::load(onnx, spec)?, spec: spec.clone() })
    }

    /// Raw outputs `(1, 17, h, w)` of a normalised input `(1, 3, 2h, 2w)`, for comparing runtimes.
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
        let logits = self.network.run(&input)?;
        Ok(Segmentation::new(logits, Map { photo: photo.size(), input: self.spec.input_size(), letterbox }))
    }
}

impl Segmentation {
    /// `logits` are `(17, h, w)` of an input `(2h, 2w)`.
    fn new(logits: Vec<f32>, map: Map) -> Self {
        let output = map.output();
        let foreground = foreground(&logits, output);
        let mut probabilities = logits;
        probabilities.truncate(Class::ALL.len() * output.area() as usize);
        softmax_over_channels(&mut probabilities, output.area() as usize);
        Self { probabilities, foreground, map }
    }

    /// The person, at the photo's size: foreground probabilities of the input's pixels, upsampled bilinearly.
    ///
    /// # Errors
    /// Never for a segmentation made by [`Segmenter::segment`].
    pub fn mask(&self) -> Result<Mask, SegmentError> {
        let foreground = self.map.at_photo(&self.foreground, self.map.input);
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
        let output = self.map.output();
        let plane = output.area() as usize;
        self.map.at_photo(&self.probabilities[class as usize * plane..][..plane], output)
    }
}

impl Map {
    /// Size of the network's output.
    const fn output(&self) -> Size {
        Size { width: self.input.width / 2, height: self.input.height / 2 }
    }

    /// A plane that covers the network's input, `(h, w)` = `size`, for every pixel of the photo, `(H, W)`, row-major.
    fn at_photo(&self, plane: &[f32], size: Size) -> Vec<f32> {
        let Self { photo, input, letterbox } = *self;
        let columns = taps(photo.width, letterbox.inner.width, letterbox.left, (size.width, input.width));
        let rows = taps(photo.height, letterbox.inner.height, letterbox.top, (size.height, input.height));
        bilinear(plane, size.width, &columns, &rows)
    }
}

/// For each of the photo's pixels along one axis, the pixels of a plane that it lies between (pixel centres at ½). The
/// plane has `length` pixels where the network's input has `input`.
fn taps(photo: u32, inner: u32, offset: u32, (length, input): (u32, u32)) -> Vec<Tap> {
    let scale = inner as f32 / photo as f32;
    let stride = input as f32 / length as f32;
    (0..photo).map(|pixel| Tap::at(((pixel as f32 + 0.5) * scale + offset as f32) / stride - 0.5, length)).collect()
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
        let photo = Size { width: 16, height: 8 };
        let mut logits = vec![0.0; 17 * 16];
        for pixel in 0..16 {
            logits[pixel] = if pixel % 4 < 2 { 20.0 } else { 0.0 };
            logits[16 + pixel] = 20.0 - logits[pixel];
        }
        let input = Size { width: 8, height: 8 };
        let letterbox = Letterbox::fit(photo, input);
        let segmentation = Segmentation::new(logits, Map { photo, input, letterbox });
        let mask = segmentation.mask().expect("sizes fit");
        for (pixel, &alpha) in mask.as_slice().iter().enumerate() {
            assert_eq!(alpha > 0, pixel % 16 >= 8, "pixel {pixel}");
        }
        assert!(segmentation.class_map().iter().all(|&class| class <= Class::Hair as u8));
    }
}
