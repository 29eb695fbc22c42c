//! Street2Fashion: finds the person in a photo and their garments. In: [`Pixels`]. Out: a [`Segmentation`].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use separable::Scratch;
use stl_types::manifest::NetworkSpec;
use stl_types::{Rect, Size};

use crate::closer::closer_part;
use crate::error::SegmentError;
use crate::input::{InputError, Pixels, network_input};
use crate::placement::Placement;
use crate::segmentation::Segmentation;

/// The segmentation network, ready to run.
#[derive(Debug)]
pub struct Segmenter {
    engine: Engine,
    spec: NetworkSpec,
}

/// What runs the network.
#[derive(Debug)]
enum Engine {
    /// The packed network, as in the browser.
    Packed {
        network: separable::Network,
        /// Pixels that a matrix product keeps in registers, see [`Scratch::new`].
        tile: AtomicUsize,
        /// Scratches that no run uses at the moment.
        idle: Mutex<Vec<Scratch>>,
    },
    /// The same with this processor's widest vectors.
    #[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
    Graph(crate::graph_network::GraphNetwork),
}

impl Segmenter {
    /// Choices of [`Self::set_tile`]. The fastest depends on the number of vector registers and on fused multiply-add: on x86, six with
    /// it and four without.
    pub const TILES: [usize; 3] = [4, 6, 8];

    /// A segmenter that runs `network`, which `spec`, the manifest's `street2fashion` entry, describes.
    ///
    /// # Errors
    /// When its shapes are not those of the manifest.
    pub fn new(network: separable::Network, spec: &NetworkSpec) -> Result<Self, SegmentError> {
        let shapes = |input: &[usize], output: &[usize]| format!("{input:?} → {output:?}");
        let expected = shapes(&spec.input[1..], spec.output.get(1..).unwrap_or_default());
        let received = shapes(&network.input(), &network.output());
        if expected != received {
            return Err(SegmentError::Shape { expected, received });
        }
        let tile = if cfg!(target_feature = "relaxed-simd") { 6 } else { 4 };
        let engine = Engine::Packed { network, tile: AtomicUsize::new(tile), idle: Mutex::default() };
        Ok(Self { engine, spec: spec.clone() })
    }

    /// A segmenter that runs the network of an ONNX file with this processor's widest vectors; if it has a node that these do not know, as
    /// the packed network.
    ///
    /// # Errors
    /// When it cannot be packed, or its shapes are not those of the manifest.
    #[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
    pub fn from_onnx(onnx: &[u8], spec: &NetworkSpec) -> Result<Self, SegmentError> {
        match crate::graph_network::GraphNetwork::load(onnx, spec) {
            Ok(network) => Ok(Self { engine: Engine::Graph(network), spec: spec.clone() }),
            Err(_) => Self::new(separable::pack(onnx)?, spec),
        }
    }

    /// Sets the number of pixels that the packed network's matrix products keep in registers. It changes the time of a run, not its
    /// result.
    pub fn set_tile(&self, new: usize) {
        match &self.engine {
            Engine::Packed { tile, idle, .. } => {
                tile.store(new, Ordering::Relaxed);
                idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
            }
            #[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
            Engine::Graph(_) => {}
        }
    }

    /// Bytes of the working memory that is allocated at the moment.
    #[must_use]
    pub fn scratch_bytes(&self) -> usize {
        match &self.engine {
            Engine::Packed { idle, .. } => {
                idle.lock().unwrap_or_else(PoisonError::into_inner).iter().map(Scratch::bytes).sum()
            }
            #[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
            Engine::Graph(network) => network.workspace_bytes(),
        }
    }

    /// The raw output `(1, 17, h, w)` for a normalised input `(1, 3, 2h, 2w)`, row-major.
    ///
    /// # Errors
    /// When the input has another length.
    pub fn logits(&self, input: &[f32]) -> Result<Vec<f32>, SegmentError> {
        match &self.engine {
            Engine::Packed { network, tile, idle } => {
                let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
                let taken = idle().pop();
                let mut scratch = taken.unwrap_or_else(|| Scratch::new(tile.load(Ordering::Relaxed)));
                let logits = network.run(input, &mut scratch)?;
                idle().push(scratch);
                Ok(logits)
            }
            #[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
            Engine::Graph(network) => {
                let expected = self.spec.input[1..].iter().product();
                if input.len() != expected {
                    return Err(separable::InputError { expected, received: input.len() }.into());
                }
                Ok(network.run(input)?)
            }
        }
    }

    /// Segments a photo. If people fill a small part of it, the network runs a second time, on that part alone.
    ///
    /// # Errors
    /// When the photo cannot be resampled, or running fails.
    pub fn segment(&self, photo: Pixels<'_>) -> Result<Segmentation, SegmentError> {
        let whole = self.segment_once(photo)?;
        let closer = whole.foreground_box().map(|found| self.closer(photo, found)).transpose()?.flatten();
        // A closer look that finds nobody is no reason to drop whom the first one found.
        Ok(closer.unwrap_or(whole))
    }

    /// A closer look at the part around `found`; `None` if it would not show it clearly larger, or nobody is seen in it.
    pub(crate) fn closer(&self, photo: Pixels<'_>, found: Rect) -> Result<Option<Segmentation>, SegmentError> {
        let Some(part) = closer_part(found, photo.size(), self.spec.input_size()) else { return Ok(None) };
        let cropped = photo.cropped(part);
        let size = Size { width: part.width, height: part.height };
        let closer = self.segment_once(Pixels::new(size, &cropped)?)?;
        Ok(closer.foreground_box().is_some().then(|| closer.placed_in(photo.size(), part)))
    }

    /// Size of the network's input.
    pub(crate) fn input_size(&self) -> Size {
        self.spec.input_size()
    }

    /// Segments a photo by one run of the network.
    ///
    /// # Errors
    /// When the photo cannot be resampled, or running fails.
    pub fn segment_once(&self, photo: Pixels<'_>) -> Result<Segmentation, SegmentError> {
        self.segment_by(photo, |input| self.logits(input))
    }

    /// [`Self::segment_once`] with logits `(17, h, w)` that another runtime computes from the input `(3, 2h, 2w)`. For comparing
    /// runtimes.
    ///
    /// # Errors
    /// When the photo cannot be resampled, and any error of `logits_of`.
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
