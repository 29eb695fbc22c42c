//! A shard: a part of a catalogue that fronts search. In: a catalogue's folder, then [`ShardSearch`]es. Out: [`ShardAnswer`]s.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use jiff::Timestamp;

use super::message::{PackedScores, ServedVersion, ShardAnswer, ShardRules, ShardSearch};
use crate::catalogue::rules::Rules;
use crate::catalogue::rules::served::ServedRules;
use crate::catalogue::rules::stored::StoredRules;
use crate::catalogue::{Catalogue, CatalogueError, CatalogueOptions, Held};
use crate::digest::Digest;
use crate::matching::{Batcher, MatchQuery, Part};
use crate::networks::models::Models;
use crate::parallel::locked;

/// Sets of rules that are kept: fronts change to new ones within seconds.
const MOST_RULES: usize = 4;

/// A part of one version of a catalogue.
#[derive(Debug)]
pub struct Shard {
    /// Its articles.
    pub catalogue: Catalogue,
    /// Which version it is.
    pub version: ServedVersion,
    part: Part,
    networks: String,
    batcher: Batcher,
    /// The rules that fronts have sent, by the digest of their text; the latest first.
    rules: Mutex<VecDeque<(String, Arc<ServedRules>)>>,
    /// When it was searched last, or loaded.
    searched_at: Mutex<Instant>,
}

/// Why a search is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The search is for another part.
    #[error("is part {own}: expected a search of it, got one of {received}")]
    OtherPart {
        /// The shard's.
        own: Part,
        /// The search's.
        received: Part,
    },
    /// The front has other networks.
    #[error("has other networks than the front: expected {received}, got {own}")]
    OtherNetworks {
        /// The shard's.
        own: String,
        /// The front's.
        received: String,
    },
    /// It has not this version, or has it no longer.
    #[error("has not version {} of the catalogue", received.version)]
    OtherVersion {
        /// The search's.
        received: ServedVersion,
    },
    /// The rules' text is needed.
    #[error("does not know the shop's rules {received}")]
    UnknownRules {
        /// Their digest.
        received: String,
    },
    /// The search cannot be read.
    #[error("refuses the search: {0}")]
    Bad(String),
}

impl Refusal {
    /// A word that stays.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherPart { .. } => "other-part",
            Self::OtherNetworks { .. } => "other-networks",
            Self::OtherVersion { .. } => "other-version",
            Self::UnknownRules { .. } => "unknown-rules",
            Self::Bad(_) => "bad-search",
        }
    }
}

impl Shard {
    /// Loads a part of the catalogue that a folder holds.
    ///
    /// # Errors
    /// When the catalogue cannot be loaded.
    pub fn load(models: &Models, folder: &Path, options: CatalogueOptions, part: Part) -> Result<Self, CatalogueError> {
        Ok(Self::of(Catalogue::load_held(folder, models, options, Held::Part(part))?, models, part))
    }

    /// The same part of what the folder holds now.
    ///
    /// # Errors
    /// When the catalogue cannot be loaded.
    pub fn reloaded(&self, models: &Models, folder: &Path, options: CatalogueOptions) -> Result<Self, CatalogueError> {
        Ok(Self::of(self.catalogue.reloaded(folder, models, options)?, models, self.part))
    }

    fn of(catalogue: Catalogue, models: &Models, part: Part) -> Self {
        let (version, networks) = (ServedVersion::of(&catalogue), models.networks_sha256().to_string());
        let (batcher, rules, searched_at) = (Batcher::default(), Mutex::default(), Mutex::new(Instant::now()));
        Self { catalogue, version, part, networks, batcher, rules, searched_at }
    }

    /// When it was searched last; when it was loaded, if it was never.
    #[must_use]
    pub fn searched_at(&self) -> Instant {
        *locked(&self.searched_at)
    }

    /// Refuses a search that is for another part, or of a front with other networks.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn check(search: &ShardSearch, part: Part, networks: &str) -> Result<(), Refusal> {
        if search.part != part {
            return Err(Refusal::OtherPart { own: part, received: search.part });
        }
        if search.networks != networks {
            return Err(Refusal::OtherNetworks { own: networks.to_owned(), received: search.networks.clone() });
        }
        Ok(())
    }

    /// The candidates of a search in this part.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn search(&self, search: &ShardSearch) -> Result<ShardAnswer, Refusal> {
        Self::check(search, self.part, &self.networks)?;
        if search.version != self.version {
            return Err(Refusal::OtherVersion { received: search.version.clone() });
        }
        *locked(&self.searched_at) = Instant::now();
        let market = self.catalogue.market(&search.market).map_err(|error| Refusal::Bad(error.to_string()))?;
        let now: Timestamp = search.now.parse().map_err(|error: jiff::Error| Refusal::Bad(error.to_string()))?;
        let embeddings = search.embeddings(self.catalogue.width()).map_err(Refusal::Bad)?;
        let rules = match &search.rules {
            None => None,
            Some(asked) => self.catalogue.rules_of(&*self.rules(asked)?, market, &asked.choice(), now),
        };
        let rules = rules.as_deref();
        let selection = self.catalogue.selection(market, &search.filter, rules, now);
        let offsets = rules.and_then(|rules| rules.offsets.clone());
        let pinned: Vec<usize> = search.pinned.iter().filter_map(|number| self.part.own(*number)).collect();
        let query = |embeddings| MatchQuery {
            embeddings,
            selection: selection.clone(),
            offsets: offsets.clone(),
            pinned: pinned.clone(),
            limit: search.limit,
        };
        let queries = embeddings.into_iter().map(query).collect();
        let found = self.batcher.scores(&self.catalogue.matcher, queries);
        let packed = |scores: Vec<_>| scores.iter().map(|scores| PackedScores::of(scores, self.part)).collect();
        Ok(ShardAnswer { queries: found.into_iter().map(packed).collect() })
    }

    /// The rules of a search: those that are kept, else those of its text.
    fn rules(&self, asked: &ShardRules) -> Result<Arc<ServedRules>, Refusal> {
        let kept = |rules: &VecDeque<(String, Arc<ServedRules>)>| {
            rules.iter().find(|(sha256, _)| *sha256 == asked.sha256).map(|(_, rules)| Arc::clone(rules))
        };
        if let Some(known) = kept(&locked(&self.rules)) {
            return Ok(known);
        }
        let unknown = || Refusal::UnknownRules { received: asked.sha256.chars().take(64).collect() };
        let text = asked.text.as_deref().ok_or_else(unknown)?;
        if Digest::of(text.as_bytes()).to_string() != asked.sha256 {
            return Err(Refusal::Bad("expected rules of their digest, got others".to_owned()));
        }
        let rules = Rules::from_toml(text).map_err(|error| Refusal::Bad(error.to_string()))?;
        let rules = StoredRules { rules: Arc::new(rules), text: text.into(), stamp: None };
        let mut all = locked(&self.rules);
        // Another search may have brought them meanwhile.
        if let Some(known) = kept(&all) {
            return Ok(known);
        }
        let rules = Arc::new(ServedRules::new(rules));
        all.push_front((asked.sha256.clone(), Arc::clone(&rules)));
        all.truncate(MOST_RULES);
        Ok(rules)
    }
}
