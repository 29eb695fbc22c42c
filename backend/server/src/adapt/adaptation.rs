//! A match that is adapted to a catalogue's own further pictures. In: a catalogue. Out: an [`Adaptation`], which is published if it is
//! better than the shipped match on articles that it was not adapted on, beyond chance.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use stl_types::Category;
use stl_types::wire::AdaptedMatch;

use super::batches::BatchSource;
use super::error::AdaptError;
use super::evaluation::{Found, Opened, Table};
use super::gain::{DEPTH, Gain};
use super::pairs::{Gallery, Pair, Split};
use super::ranks::{Way, ranks};
use super::training::{Round, Trained, train};
use crate::catalogue::store::StoredAdaptation;
use crate::catalogue::{ServedMatch, Store};
use crate::matching::MatchWeights;
use crate::networks::models::Models;

/// Articles with a wearer below which nothing is learnt, those that share a picture counted once: 15 % of fewer tell nothing.
pub const LEAST_ARTICLES: usize = 100;

/// Articles of a category below which a loss of that category alone is no reason to refuse: all ranks are small among so few.
const LEAST_RANKED: usize = 30;

/// How a match is adapted.
#[derive(Clone, Copy, Debug)]
pub struct AdaptOptions {
    /// The longest time to learn, encoding apart.
    pub limit: Duration,
    /// Whether nothing is published.
    pub is_dry_run: bool,
    /// Pictures that are encoded at once.
    pub threads: usize,
}

/// How many articles and pairs a split has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SplitSize {
    /// Articles that somebody wears.
    pub articles: usize,
    /// f(I) that show them.
    pub pairs: usize,
}

/// What becomes of the adapted match.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// It serves, from this version of the catalogue on.
    Published {
        /// The version.
        version: u64,
    },
    /// It is better, and was to be measured only.
    WouldBePublished,
    /// There are too few articles with a wearer, those that share a picture counted once.
    TooFew {
        /// As many are there.
        articles: usize,
        /// As many are needed, in all splits.
        needed: usize,
    },
    /// It is not better than the shipped match beyond chance.
    NoGain,
    /// It finds this category's articles worse, beyond chance.
    WorseIn {
        /// The category.
        category: Category,
    },
    /// It is better than the shipped match, but not than the one that serves.
    NotBetterThanServed,
}

/// What was learnt and measured.
#[derive(Clone, Debug, Serialize)]
pub struct Adaptation {
    /// What it was learnt from.
    pub found: Found,
    /// Articles that it learnt from, that said when to stop, and that were measured only.
    pub training: SplitSize,
    /// See `training`.
    pub validation: SplitSize,
    /// See `training`.
    pub held_out: SplitSize,
    /// Figures on the held-out pairs; none if there are too few.
    pub table: Option<Table>,
    /// The gain in the first [`DEPTH`] over the shipped match.
    pub gain: Option<Gain>,
    /// Rounds of training, and the best one.
    pub rounds: [usize; 2],
    /// The adapted match's share of the way from the shipped one to what was learnt.
    pub share: f32,
    /// How long it learnt, in seconds.
    pub training_s: f64,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// Learns a match from a catalogue and measures it. Calls `encoded(done, total)` after each picture and `learnt(round)` after each round. Returns
/// the match as well if it is to serve.
///
/// Nothing of what is served is changed: that is for [`publish`]. An import may run meanwhile.
///
/// # Errors
/// When there is no catalogue, nobody wears anything in its pictures, or a network fails.
pub fn learn(
    catalogue: &Path,
    models: &Models,
    options: AdaptOptions,
    encoded: impl FnMut(usize, usize),
    learnt: impl FnMut(Round),
) -> Result<(Adaptation, Option<StoredAdaptation>), AdaptError> {
    let shipped = models.match_weights()?;
    let opened = Opened::of(catalogue, models, options.threads, encoded)?;
    let gallery = opened.gallery();
    let splits = Splits::new(&opened);
    let worn = splits.groups(&opened.shown.groups);
    let mut adaptation = Adaptation {
        found: opened.found.clone(),
        training: splits.size(Split::Training),
        validation: splits.size(Split::Validation),
        held_out: splits.size(Split::HeldOut),
        table: None,
        gain: None,
        rounds: [0, 0],
        share: 0.0,
        training_s: 0.0,
        outcome: Outcome::TooFew { articles: worn, needed: LEAST_ARTICLES },
    };
    let is_any_empty =
        [adaptation.training, adaptation.validation, adaptation.held_out].iter().any(|split| split.pairs == 0);
    if worn < LEAST_ARTICLES || is_any_empty {
        return Ok((adaptation, None));
    }
    let start = Instant::now();
    let Trained { weights, rounds, best_round, share, .. } =
        splits.train(&shipped, &gallery, &opened.shown.groups, options.limit, learnt);
    (adaptation.rounds, adaptation.share) = ([rounds, best_round], share);
    adaptation.training_s = start.elapsed().as_secs_f64();

    let served = ServedMatch::of(&Store::open(catalogue)?, models)?;
    let measured =
        Measured::new(splits.of(Split::HeldOut), &gallery, &opened.shown.groups, &shipped, &weights, &served);
    adaptation.gain = measured.gain;
    adaptation.outcome = measured.outcome(&gallery);
    let stored = if adaptation.outcome == Outcome::WouldBePublished && !options.is_dry_run {
        let report = measured.report(&adaptation);
        Some(StoredAdaptation {
            version: 0,
            networks_sha256: models.networks_sha256(),
            weights: weights.to_safetensors()?,
            report: serde_json::to_string(&report).unwrap_or_default(),
        })
    } else {
        None
    };
    adaptation.table = Some(measured.table);
    Ok((adaptation, stored))
}

/// Makes a match that was learnt the one that serves, in one transaction of the catalogue's database.
///
/// # Errors
/// When there is no catalogue, or its database fails.
pub fn publish(catalogue: &Path, learnt: &StoredAdaptation) -> Result<Outcome, AdaptError> {
    Ok(Outcome::Published { version: Store::open(catalogue)?.publish_adaptation(learnt)? })
}

/// Goes back to the match that served before the last adaptation. Returns the new version of the catalogue and the match that serves then;
/// none if the shipped one serves already.
///
/// # Errors
/// When there is no catalogue, or its database fails.
pub fn undo(catalogue: &Path, models: &Models) -> Result<Option<(u64, Option<AdaptedMatch>)>, AdaptError> {
    let mut store = Store::open(catalogue)?;
    let Some(version) = store.undo_adaptation()? else { return Ok(None) };
    Ok(Some((version, ServedMatch::of(&store, models)?.adapted)))
}

/// The pairs by split.
struct Splits<'a> {
    pairs: Vec<(Split, &'a Pair)>,
    /// The split of each article that somebody wears; none if nobody does.
    of_articles: Vec<Option<Split>>,
}

impl<'a> Splits<'a> {
    fn new(opened: &'a Opened) -> Self {
        let split = |article: usize| Split::of(&opened.articles[opened.shown.groups[article]].id);
        let mut of_articles = vec![None; opened.articles.len()];
        let pairs: Vec<(Split, &Pair)> = opened.pairs.iter().map(|pair| (split(pair.article), pair)).collect();
        for (split, pair) in &pairs {
            of_articles[pair.article] = Some(*split);
        }
        Self { pairs, of_articles }
    }

    fn of(&self, split: Split) -> Vec<&'a Pair> {
        self.pairs.iter().filter(|(of, _)| *of == split).map(|(_, pair)| *pair).collect()
    }

    fn size(&self, split: Split) -> SplitSize {
        let articles = self.of_articles.iter().filter(|of| **of == Some(split)).count();
        SplitSize { articles, pairs: self.of(split).len() }
    }

    /// Distinct groups of the articles that somebody wears.
    fn groups(&self, groups: &[usize]) -> usize {
        let worn = self.of_articles.iter().zip(groups).filter(|(split, _)| split.is_some());
        worn.map(|(_, group)| group).collect::<HashSet<_>>().len()
    }

    fn train(
        &self,
        start: &MatchWeights,
        gallery: &Gallery<'_>,
        groups: &[usize],
        limit: Duration,
        learnt: impl FnMut(Round),
    ) -> Trained {
        // Held-out articles are never seen, not even as wrong ones; validation articles only as those of their own pairs.
        let is_candidate = |article: usize| matches!(self.of_articles[article], None | Some(Split::Training));
        let training = BatchSource::new(&self.of(Split::Training), gallery, groups, is_candidate);
        let validation = BatchSource::new(&self.of(Split::Validation), gallery, groups, |article| {
            is_candidate(article) || self.of_articles[article] == Some(Split::Validation)
        });
        train(start, &training, &validation, limit, learnt)
    }
}

/// The held-out pairs, ranked.
struct Measured<'a> {
    pairs: Vec<Pair>,
    groups: Vec<usize>,
    shipped: Vec<usize>,
    adapted: Vec<usize>,
    /// By the match that serves, if that is an adapted one.
    served: Option<Vec<usize>>,
    gain: Option<Gain>,
    table: Table,
    gallery: &'a Gallery<'a>,
}

impl<'a> Measured<'a> {
    fn new(
        pairs: Vec<&Pair>,
        gallery: &'a Gallery<'a>,
        groups: &[usize],
        shipped: &MatchWeights,
        adapted: &MatchWeights,
        served: &ServedMatch,
    ) -> Self {
        let pairs: Vec<Pair> = pairs.into_iter().cloned().collect();
        let mut ways = vec![("shipped", Way::Match(shipped)), ("adapted", Way::Match(adapted))];
        if served.adapted.is_some() {
            ways.push(("served", Way::Match(&served.weights)));
        }
        ways.push(("cosine", Way::Cosine));
        let by_way: Vec<Vec<usize>> = ways.iter().map(|(_, way)| ranks(&pairs, gallery, *way)).collect();
        let names: Vec<&'static str> = ways.iter().map(|(name, _)| *name).collect();
        let groups: Vec<usize> = pairs.iter().map(|pair| groups[pair.article]).collect();
        let table = Table::of_ranks(&pairs, gallery, &names, &by_way);
        let gain = Gain::of(&groups, &by_way[0], &by_way[1]);
        let served = served.adapted.is_some().then(|| by_way[2].clone());
        let [shipped, adapted] = [by_way[0].clone(), by_way[1].clone()];
        Self { pairs, groups, shipped, adapted, served, gain, table, gallery }
    }

    /// Whether the adapted match is to serve.
    fn outcome(&self, gallery: &Gallery<'_>) -> Outcome {
        if !self.gain.is_some_and(|gain| gain.is_beyond_chance()) {
            return Outcome::NoGain;
        }
        for category in Category::ALL {
            if gallery.of_category(category).count() < LEAST_RANKED {
                continue;
            }
            let of_category: Vec<usize> = (0..self.pairs.len())
                .filter(|&pair| self.gallery.categories[self.pairs[pair].article] == category)
                .collect();
            let of = |values: &[usize]| of_category.iter().map(|&pair| values[pair]).collect::<Vec<usize>>();
            let gain = Gain::of(&of(&self.groups), &of(&self.shipped), &of(&self.adapted));
            if gain.is_some_and(|gain| gain.is_loss_beyond_chance()) {
                return Outcome::WorseIn { category };
            }
        }
        if self.served.as_ref().is_some_and(|served| within(&self.adapted) <= within(served)) {
            return Outcome::NotBetterThanServed;
        }
        Outcome::WouldBePublished
    }

    fn report(&self, adaptation: &Adaptation) -> AdaptedMatch {
        let gain = self.gain.unwrap_or(Gain { value: 0.0, low: 0.0, high: 0.0, groups: 0 });
        AdaptedMatch {
            version: 0,
            training_articles: adaptation.training.articles,
            held_out_articles: adaptation.held_out.articles,
            held_out_queries: adaptation.held_out.pairs,
            top_10_shipped: within(&self.shipped),
            top_10_adapted: within(&self.adapted),
            gain_low: gain.low,
            gain_high: gain.high,
        }
    }
}

/// Share of ranks within the first [`DEPTH`].
fn within(ranks: &[usize]) -> f64 {
    ranks.iter().filter(|rank| **rank <= DEPTH).count() as f64 / ranks.len().max(1) as f64
}
