//! The hits of planned rows. In: rows, what may be found. Out: hits of the match here, or of shards.

use std::sync::Arc;

use jiff::Timestamp;

use super::scoring::Scoring;
use super::{SearchEngine, SearchParams};
use crate::catalogue::{AppliedRules, Market};
use crate::matching::{Hits, Part};
use crate::networks::encode::QueryEmbedding;
use crate::pipeline::rows::{self, RowPlan};
use crate::shards::{Asked, ServedVersion, Shards, ShardsError};

impl SearchEngine {
    /// Which version of a catalogue shards must have; none if there are no shards.
    #[must_use]
    pub const fn version_of_shards(&self) -> Option<(&Arc<Shards>, &ServedVersion)> {
        match &self.scoring {
            Scoring::Here(_) => None,
            Scoring::Shards(shards, version) => Some((shards, version)),
        }
    }

    /// The hits of planned rows, for each of their queries, and the parts of the catalogue that are not in them.
    pub(super) fn hits(
        &self,
        market: &Market,
        plans: &[RowPlan<'_>],
        person: Option<&QueryEmbedding>,
        (params, rules): (&SearchParams, Option<&AppliedRules>),
        limit: usize,
        now: Timestamp,
    ) -> Result<(Vec<Vec<Hits>>, Vec<Part>), ShardsError> {
        match &self.scoring {
            Scoring::Here(batcher) => {
                let selection = self.catalogue.selection(market, &params.filter, rules, now);
                let queries = rows::queries(plans, person, selection.as_ref(), rules, limit);
                Ok((batcher.search(&self.catalogue.matcher, queries), Vec::new()))
            }
            Scoring::Shards(shards, version) => {
                // Shards know themselves what may be found.
                let queries = rows::queries(plans, person, None, rules, limit);
                let asked = Asked {
                    version,
                    articles: self.catalogue.len(),
                    market: market.name(),
                    filter: &params.filter,
                    rules,
                    now,
                    queries: &queries,
                };
                let found = shards.search(&asked)?;
                Ok((found.hits, found.missing))
            }
        }
    }
}
