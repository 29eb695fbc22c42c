//! Where articles are scored. In: a loaded catalogue, and shards if there are any. Out: [`Scoring`].

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::matching::Batcher;
use crate::shards::{ServedVersion, Shards};

/// Where articles are scored.
#[derive(Debug)]
pub(super) enum Scoring {
    /// Here, with the catalogue's matcher.
    Here(Batcher),
    /// In shards, which have this version of the catalogue.
    Shards(Arc<Shards>, ServedVersion),
}

impl Scoring {
    pub(super) fn of(shards: Option<Arc<Shards>>, catalogue: &Catalogue) -> Self {
        match shards {
            None => Self::Here(Batcher::default()),
            Some(shards) => Self::Shards(shards, ServedVersion::of(catalogue)),
        }
    }
}
