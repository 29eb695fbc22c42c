//! What runs a segmenter's network. In: its normalised input. Out: its logits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use separable::Scratch;
use stl_types::manifest::NetworkSpec;

use crate::error::SegmentError;

/// Choices of [`Engine::set_tile`] for a packed network. The fastest depends on the number of vector registers and on fused multiply-add: on
/// x86, six with it and four without.
const TILES: [usize; 3] = [4, 6, 8];

/// What runs the network.
#[derive(Debug)]
pub(crate) enum Engine {
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
    /// Any other network.
    #[cfg(feature = "tract")]
    Tract(crate::tract_network::TractNetwork),
}

impl Engine {
    /// Runs a packed network, whose shapes must be those of its manifest entry.
    pub(crate) fn packed(network: separable::Network, spec: &NetworkSpec) -> Result<Self, SegmentError> {
        spec.fits(&network.input(), &network.output())?;
        let tile = if cfg!(target_feature = "relaxed-simd") { 6 } else { 4 };
        Ok(Self::Packed { network, tile: AtomicUsize::new(tile), idle: Mutex::default() })
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Packed { .. } => "separable",
            #[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
            Self::Graph(_) => "separable",
            #[cfg(feature = "tract")]
            Self::Tract(_) => "tract",
        }
    }

    pub(crate) const fn tiles(&self) -> &'static [usize] {
        match self {
            Self::Packed { .. } => &TILES,
            #[cfg(feature = "tract")]
            _ => &[],
        }
    }

    pub(crate) fn set_tile(&self, new: usize) {
        match self {
            Self::Packed { tile, idle, .. } => {
                tile.store(new, Ordering::Relaxed);
                idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
            }
            #[cfg(feature = "tract")]
            _ => {}
        }
    }

    pub(crate) fn scratch_bytes(&self) -> usize {
        match self {
            Self::Packed { idle, .. } => {
                idle.lock().unwrap_or_else(PoisonError::into_inner).iter().map(Scratch::bytes).sum()
            }
            #[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
            Self::Graph(network) => network.workspace_bytes(),
            #[cfg(feature = "tract")]
            Self::Tract(_) => 0,
        }
    }

    /// `(1, 3, H, W) → (1, C, h, w)`, both row-major, with the shapes of `spec`.
    pub(crate) fn run(&self, input: &[f32], spec: &NetworkSpec) -> Result<Vec<f32>, SegmentError> {
        let expected = spec.input.iter().product();
        if input.len() != expected {
            return Err(separable::InputError { expected, received: input.len() }.into());
        }
        match self {
            Self::Packed { network, tile, idle } => {
                let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
                let taken = idle().pop();
                let mut scratch = taken.unwrap_or_else(|| Scratch::new(tile.load(Ordering::Relaxed)));
                let logits = network.run(input, &mut scratch)?;
                idle().push(scratch);
                Ok(logits)
            }
            #[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
            Self::Graph(network) => Ok(network.run(input)?),
            #[cfg(feature = "tract")]
            Self::Tract(network) => Ok(network.run(input)?),
        }
    }
}
