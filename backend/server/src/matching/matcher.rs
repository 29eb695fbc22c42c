//! A catalogue's articles, ready to be searched. In: match weights, projected rows, categories. Out: a [`Matcher`].

use std::borrow::Cow;

use stl_types::Category;

use crate::matching::device::Device;
use crate::matching::engine::Engine;
use crate::matching::gpu::GpuError;
use crate::matching::grid::Grid;
use crate::matching::offsets::Offsets;
use crate::matching::positions::Positions;
use crate::matching::projected_rows::ProjectedRows;
use crate::matching::quantised_rows::QuantisedRows;
use crate::matching::threads::Threads;
use crate::matching::weights::MatchWeights;

#[cfg(test)]
pub(super) mod fixtures;
mod search;
#[cfg(test)]
mod tests;

/// A catalogue's articles, ready to be searched.
#[derive(Debug)]
pub struct Matcher {
    weights: MatchWeights,
    projected: ProjectedRows,
    grid: Grid,
    rows: QuantisedRows,
    positions: Positions,
    engine: Engine,
    threads: Threads,
}

/// Why a matcher cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum MatcherError {
    /// The system has no memory left.
    #[error("the system refuses memory or threads for the match")]
    System(#[from] std::io::Error),
    /// The threads cannot be started.
    #[error("the system refuses threads for the match")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// There are more articles than positions.
    #[error("expected at most {limit} articles, got {received}")]
    TooMany {
        /// The largest number.
        limit: usize,
        /// The catalogue's number.
        received: usize,
    },
    /// The requested graphics processor cannot be used.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

impl Matcher {
    /// Prepares the articles of `projected`, with the category of each. Their order decides ties. Passes run on `device`; on
    /// the processor they share `threads` threads.
    ///
    /// # Errors
    /// When the system refuses memory or threads, or a graphics processor was requested and cannot be used.
    pub fn new(
        weights: MatchWeights,
        projected: ProjectedRows,
        categories: &[Category],
        threads: usize,
        device: Device,
    ) -> Result<Self, MatcherError> {
        if projected.len() > Positions::MAX_ARTICLES {
            return Err(MatcherError::TooMany { limit: Positions::MAX_ARTICLES, received: projected.len() });
        }
        let positions = Positions::new(categories);
        let threads = Threads::new(threads)?;
        let (grid, rows) = QuantisedRows::quantise(&weights.w2, &projected, &positions)?;
        let engine = Engine::open(device, &rows)?;
        Ok(Self { weights, projected, grid, rows, positions, engine, threads })
    }

    /// The order of articles whose rows are in shards on other machines. It finds nothing by itself.
    ///
    /// # Errors
    /// When there are more articles than positions, or the system refuses memory.
    pub fn of_shards(weights: MatchWeights, categories: &[Category]) -> Result<Self, MatcherError> {
        if categories.len() > Positions::MAX_ARTICLES {
            return Err(MatcherError::TooMany { limit: Positions::MAX_ARTICLES, received: categories.len() });
        }
        let (positions, projected) = (Positions::new(categories), ProjectedRows::project(&weights, &[]));
        let (grid, rows) = QuantisedRows::quantise(&weights.w2, &projected, &Positions::new(&[]))?;
        Ok(Self { weights, projected, grid, rows, positions, engine: Engine::Shards, threads: Threads::Caller })
    }

    /// [`Matcher::new`] for articles given by category and f(A), on one thread of the processor.
    ///
    /// # Errors
    /// As for [`Matcher::new`].
    ///
    /// # Panics
    /// When a feature is not as long as the weights' width.
    pub fn from_features<'a>(
        weights: MatchWeights,
        articles: impl Iterator<Item = (Category, &'a [f32])>,
    ) -> Result<Self, MatcherError> {
        let (categories, features): (Vec<Category>, Vec<&[f32]>) = articles.unzip();
        let projected = ProjectedRows::project(&weights, &features);
        Self::new(weights, projected, &categories, 1, Device::Cpu)
    }

    /// The categories that have articles.
    pub fn categories(&self) -> impl Iterator<Item = Category> {
        self.positions.categories.iter().copied()
    }

    /// The article at each position of a selection. A position without an article has a number that no article has.
    #[must_use]
    pub fn articles(&self) -> &[u32] {
        &self.positions.articles
    }

    /// What a query adds to the articles' scores, from an offset `of` each article; nothing where shards score, which compute it themselves.
    #[must_use]
    pub fn offsets(&self, of: impl Fn(usize) -> f32) -> Offsets {
        let positions = if matches!(self.engine, Engine::Shards) { &[][..] } else { self.articles() };
        Offsets::new(positions, self.grid.step(), of)
    }

    /// Whether it scores with these weights.
    #[must_use]
    pub fn has_weights(&self, weights: &MatchWeights) -> bool {
        self.weights == *weights
    }

    /// The SHA-256 of the weights.
    #[must_use]
    pub fn weights_sha256(&self) -> [u8; 32] {
        self.weights.sha256()
    }

    /// What scores the articles: the graphics processor's name, or the processor's vector instructions.
    #[must_use]
    pub fn engine_name(&self) -> Cow<'_, str> {
        self.engine.name()
    }

    /// Bytes in memory for all articles. Rows in a mapped file do not count: the system may drop them.
    #[must_use]
    pub fn resident_bytes(&self) -> usize {
        let projected_bytes =
            if self.projected.are_mapped() { 0 } else { self.projected.len() * self.weights.hidden * size_of::<f32>() };
        self.rows.bytes().len() + size_of_val(self.articles()) + projected_bytes
    }

    /// Breaks the graphics processor that scores as if it had been unplugged.
    ///
    /// # Panics
    /// When the processor scores.
    #[cfg(test)]
    pub(crate) fn lose_device(&self) {
        let Engine::Gpu(gpu) = &self.engine else { panic!("expected a graphics processor") };
        gpu.destroy();
    }
}
