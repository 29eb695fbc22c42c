//! Which match serves a catalogue. In: its database and the networks. Out: [`ServedMatch`]: the shipped weights, or adapted ones.

use stl_types::wire::AdaptedMatch;

use super::store::{Published, Store, StoreError, StoredAdaptation};
use crate::matching::{MatchWeights, WeightsError};
use crate::networks::models::{Models, ModelsError};

/// Why the match of a catalogue is not known.
#[derive(Debug, thiserror::Error)]
pub enum ServedMatchError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The shipped weights cannot be read.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The adapted weights are damaged.
    #[error("the adapted match is damaged: run `shop-the-look adapt --undo`")]
    Weights(#[from] WeightsError),
}

/// The match that serves a catalogue.
#[derive(Clone, Debug)]
pub struct ServedMatch {
    /// The weights.
    pub weights: MatchWeights,
    /// What was measured when they were adapted; none if they are the shipped ones.
    pub adapted: Option<AdaptedMatch>,
}

impl ServedMatch {
    /// The match that serves a catalogue with these networks. An adaptation to other networks is not used, which the log says.
    ///
    /// # Errors
    /// See [`ServedMatchError`].
    pub fn of(store: &Store, models: &Models) -> Result<Self, ServedMatchError> {
        let shipped = models.match_weights()?;
        let Some(stored) = store.adaptation()? else { return Ok(Self { weights: shipped, adapted: None }) };
        if stored.networks_sha256 != models.networks_sha256() {
            tracing::warn!(
                "the match that was adapted in version {} fits other networks: the shipped one serves. Run `shop-the-look adapt` again",
                stored.version
            );
            return Ok(Self { weights: shipped, adapted: None });
        }
        let weights = MatchWeights::from_safetensors(&stored.weights, shipped.hidden, shipped.width)?;
        Ok(Self { weights, adapted: Some(report(&stored)) })
    }

    /// The version as which its rows are published: an adaptation that is not used has none.
    pub(super) fn published(&self, published: &Published) -> Published {
        let adaptation = self.adapted.as_ref().map(|adapted| adapted.version);
        Published { adaptation, ..published.clone() }
    }
}

/// What an adaptation measured.
#[must_use]
pub fn report(stored: &StoredAdaptation) -> AdaptedMatch {
    let report = serde_json::from_str(&stored.report).unwrap_or_default();
    AdaptedMatch { version: stored.version, ..report }
}
