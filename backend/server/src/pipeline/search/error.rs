//! Why searches fail.

use stl_vision::SegmentError;

use crate::catalogue::{CatalogueError, StoreError, UnknownMarket};
use crate::networks::encode::EncodeError;
use crate::networks::models::ModelsError;
use crate::pictures::decode::DecodeError;
use crate::pipeline::regions::RegionsError;
use crate::pipeline::told::ToldError;
use crate::shards::ShardsError;

/// Why a search engine cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The networks cannot be loaded.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The catalogue cannot be loaded.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl LoadError {
    /// Whether nothing was imported yet.
    #[must_use]
    pub const fn is_missing_catalogue(&self) -> bool {
        matches!(self, Self::Catalogue(CatalogueError::Store(StoreError::Missing { .. })))
    }
}

/// Why a search failed.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The cutout cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The regions cannot be read or do not fit the cutout.
    #[error(transparent)]
    Regions(#[from] RegionsError),
    /// The picture has no embedding.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The numbers cannot be searched with.
    #[error(transparent)]
    Told(#[from] ToldError),
    /// No market has the name that was asked for.
    #[error(transparent)]
    Market(#[from] UnknownMarket),
    /// A photo shows neither a person nor a garment.
    #[error("neither a person nor a garment is seen: {0}")]
    Nothing(&'static str),
    /// Nobody can be cut out of a product's picture, since the network fails.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The shards find nothing.
    #[error(transparent)]
    Shards(#[from] ShardsError),
}

impl SearchError {
    /// Whether shards have another version of the catalogue: with that one, the search may succeed.
    #[must_use]
    pub const fn is_of_another_version(&self) -> bool {
        matches!(self, Self::Shards(ShardsError::OtherVersion))
    }
}
