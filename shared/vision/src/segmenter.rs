//! Street2Fashion, or another segmenter: finds the person in a photo and their garments. In: [`Pixels`]. Out: a [`Segmentation`].

use stl_types::manifest::{NetworkSpec, SegmenterLayout};
use stl_types::{Rect, Size};

use crate::closer::closer_part;
use crate::engine::Engine;
use crate::error::SegmentError;
use crate::input::{InputError, Pixels, network_input};
use crate::layout::in_standard_form;
use crate::placement::Placement;
use crate::segmentation::Segmentation;

/// The segmentation network, ready to run.
#[derive(Debug)]
pub struct Segmenter {
    engine: Engine,
    spec: NetworkSpec,
    layout: SegmenterLayout,
}

impl Segmenter {
    /// A segmenter that runs the packed `network`, which `spec`, the manifest's `street2fashion` entry, describes.
    ///
    /// # Errors
    /// When its shapes are not those of the manifest, or these are not a segmenter's.
    pub fn new(network: separable::Network, spec: &NetworkSpec) -> Result<Self, SegmentError> {
        Self::by(Engine::packed(network, spec)?, spec)
    }

    /// A segmenter that runs the network of an ONNX file by tract.
    ///
    /// # Errors
    /// When tract cannot run it, its shapes are not those of the manifest, or these are not a segmenter's.
    #[cfg(feature = "tract")]
    pub fn by_tract(onnx: &[u8], spec: &NetworkSpec) -> Result<Self, SegmentError> {
        Self::by(Engine::Tract(crate::tract_network::TractNetwork::load(onnx, spec)?), spec)
    }

    /// A segmenter that runs the network of an ONNX file with this processor's widest vectors; if it has a node that these do not know, as
    /// the packed network; and if that has not all of them either, by tract.
    ///
    /// # Errors
    /// When none of the three can run it, or its shapes are not those of the manifest.
    #[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
    pub fn from_onnx(onnx: &[u8], spec: &NetworkSpec) -> Result<Self, SegmentError> {
        if let Ok(network) = crate::graph_network::GraphNetwork::load(onnx, spec) {
            return Self::by(Engine::Graph(network), spec);
        }
        match separable::pack(onnx) {
            Ok(network) => Self::new(network, spec),
            Err(_) => Self::by_tract(onnx, spec),
        }
    }

    fn by(engine: Engine, spec: &NetworkSpec) -> Result<Self, SegmentError> {
        Ok(Self { engine, layout: spec.segmenter_layout()?, spec: spec.clone() })
    }

    /// The numbers of pixels that a matrix product can keep in registers, for [`Self::set_tile`]; none if the engine has no such choice.
    #[must_use]
    pub const fn tiles(&self) -> &'static [usize] {
        self.engine.tiles()
    }

    /// Sets the number of pixels that the packed network's matrix products keep in registers, one of [`Self::tiles`]. It changes the time
    /// of a run, not its result.
    pub fn set_tile(&self, new: usize) {
        self.engine.set_tile(new);
    }

    /// The network's entry in the manifest.
    #[must_use]
    pub const fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// What runs the network: `separable` or `tract`.
    #[must_use]
    pub const fn engine(&self) -> &'static str {
        self.engine.name()
    }

    /// Bytes of the working memory that is allocated at the moment; 0 by tract, which frees it after each run.
    #[must_use]
    pub fn scratch_bytes(&self) -> usize {
        self.engine.scratch_bytes()
    }

    /// The raw output for a normalised input `(1, 3, H, W)`, of the manifest's shape and row-major.
    ///
    /// # Errors
    /// When the input has another length, or running fails.
    pub fn logits(&self, input: &[f32]) -> Result<Vec<f32>, SegmentError> {
        self.engine.run(input, &self.spec)
    }

    /// Whether the network tells hair and skin from clothes, so that they can be removed.
    #[must_use]
    pub fn knows_body(&self) -> bool {
        self.layout.knows_body()
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

    /// [`Self::segment_once`] with logits that another runtime computes from the input. For comparing runtimes.
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
        let logits = in_standard_form(logits_of(&input)?, &self.layout, self.spec.input_size());
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
