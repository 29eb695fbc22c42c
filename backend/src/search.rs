//! One search from bytes to cards: decode → encode → match → cards. In: a cut-out's bytes. Out: a [`SearchResponse`].

use std::time::Instant;

use image::RgbImage;
use stl_shared::Category;
use stl_shared::wire::{SearchResponse, SearchTiming};

use crate::cards::cards;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::decode::{Bounds, DecodeError, decode};
use crate::encode::{EncodeError, QueryEncoder};
use crate::matching::Hits;
use crate::models::{Models, ModelsError};

/// A catalogue and the network that queries it.
#[derive(Debug)]
pub struct SearchEngine {
    query_encoder: QueryEncoder,
    /// The articles.
    pub catalogue: Catalogue,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Only this category.
    pub category: Option<Category>,
    /// Most cards for each category.
    pub limit: usize,
}

/// Why there is nothing to search with.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The networks cannot be loaded.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The catalogue cannot be loaded.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Why a search failed.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The bytes are no picture.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The picture has no embedding.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl SearchEngine {
    /// Loads what a search needs; takes seconds for large catalogues.
    ///
    /// # Errors
    /// When networks or catalogue cannot be loaded.
    pub fn load(models: &Models, catalogue: &std::path::Path) -> Result<Self, LoadError> {
        let query_encoder = models.query_encoder()?;
        let catalogue = Catalogue::load(catalogue, models.match_weights()?, models.fashion_dna_sha256())?;
        Ok(Self { query_encoder, catalogue })
    }

    /// Answers an upload. Takes a core for some tens of milliseconds.
    ///
    /// # Errors
    /// When the bytes are no picture, or the picture is blank.
    pub fn answer(&self, upload: &[u8], wish: Wish) -> Result<SearchResponse, SearchError> {
        let mut clock = Clock(Instant::now());
        let cutout = decode(upload, Bounds::UPLOAD)?;
        let decode_ms = clock.lap_ms();
        let query = self.query_encoder.encode(&cutout)?;
        let encode_ms = clock.lap_ms();
        let hits = self.catalogue.matcher.search(|category| query.of(category), wish.category, wish.limit);
        let match_ms = clock.lap_ms();
        let categories = cards(&self.catalogue, &hits);
        let timing = SearchTiming { decode_ms, encode_ms, match_ms, cards_ms: clock.lap_ms() };
        Ok(SearchResponse { categories, articles_scored: hits.iter().map(|hits| hits.scored).sum(), timing })
    }

    /// The best articles for a cut-out's pixels.
    ///
    /// # Errors
    /// When the picture is blank, or the network fails.
    pub fn hits(&self, cutout: &RgbImage, wish: Wish) -> Result<Vec<Hits>, EncodeError> {
        let query = self.query_encoder.encode(cutout)?;
        Ok(self.catalogue.matcher.search(|category| query.of(category), wish.category, wish.limit))
    }
}

struct Clock(Instant);

impl Clock {
    /// Milliseconds since the last call.
    fn lap_ms(&mut self) -> f32 {
        let now = Instant::now();
        let lap = now - self.0;
        self.0 = now;
        lap.as_secs_f32() * 1000.0
    }
}
