//! How well the match finds the articles that people wear in a catalogue's own further pictures. In: a catalogue. Out: an
//! [`Evaluation`].

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use stl_types::Category;

use super::embeddings::encode;
use super::error::AdaptError;
use super::pairs::{Gallery, Pair, View, pairs};
use super::ranks::{Figures, Way, ranks};
use super::shown::ShownArticles;
use crate::catalogue::features::{self, ReadFeatures};
use crate::catalogue::lock::lock_embeddings;
use crate::catalogue::{Article, ServedMatch, Store};
use crate::networks::models::Models;

/// What was found in a catalogue's further pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Articles of the catalogue.
    pub articles: usize,
    /// Distinct further pictures.
    pub pictures: usize,
    /// Those in which somebody is.
    pub with_wearer: usize,
    /// Those that were encoded now; the others were kept from earlier.
    pub encoded: usize,
    /// Pictures left out, since more than [`MAX_ARTICLES_OF_PICTURE`](super::shown::MAX_ARTICLES_OF_PICTURE) articles show them.
    pub of_too_many: usize,
    /// Pictures left out, since there are more than [`MAX_PICTURES`](super::shown::MAX_PICTURES).
    pub beyond_limit: usize,
    /// Pictures whose stored copy is missing or damaged.
    pub unreadable: usize,
    /// Articles that somebody wears in a picture, by category.
    pub worn: BTreeMap<Category, usize>,
}

/// A row of a table: the pairs of one view, of one category or of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What the queries show.
    pub view: View,
    /// None for all categories together.
    pub category: Option<Category>,
    /// Pairs.
    pub pairs: usize,
    /// Articles that are ranked, of all categories together if there is none.
    pub ranked: usize,
    /// What each way found, in the order of [`Table::ways`].
    pub figures: Vec<Figures>,
}

/// Figures of several ways on the same pairs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Names of the ways.
    pub ways: Vec<&'static str>,
    /// For each view all categories, then each one.
    pub rows: Vec<Row>,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// The catalogue's version.
    pub version: u64,
    /// What was measured on.
    pub found: Found,
    /// The match that serves, the shipped one if it is another, and cosine.
    pub table: Table,
}

/// A catalogue as it is measured or learnt from.
#[derive(Debug)]
pub struct Opened {
    /// Its version.
    pub version: u64,
    /// Its articles.
    pub articles: Vec<Article>,
    features: ReadFeatures,
    /// What its further pictures show.
    pub shown: ShownArticles,
    /// The people in them.
    pub pairs: Vec<Pair>,
    /// What was found.
    pub found: Found,
}

/// Measures a catalogue: encodes its further pictures, unless that was done before, and ranks the articles that are worn in them.
/// Calls `progress(done, total)` after each picture.
///
/// # Errors
/// When there is no catalogue, nobody wears anything in its pictures, or a network fails.
pub fn evaluate(
    catalogue: &Path,
    models: &Models,
    threads: usize,
    progress: impl FnMut(usize, usize),
) -> Result<Evaluation, AdaptError> {
    let opened = Opened::of(catalogue, models, threads, progress)?;
    let gallery = opened.gallery();
    let served = ServedMatch::of(&Store::open(catalogue)?, models)?;
    let shipped = models.match_weights()?;
    let mut ways = vec![("match", Way::Match(&served.weights))];
    if served.adapted.is_some() {
        ways.push(("shipped", Way::Match(&shipped)));
    }
    ways.push(("cosine", Way::Cosine));
    let table = Table::of(&opened.pairs, &gallery, &ways);
    Ok(Evaluation { version: opened.version, found: opened.found, table })
}

impl Opened {
    /// Reads a catalogue and encodes its further pictures.
    ///
    /// # Errors
    /// See [`evaluate`].
    pub fn of(
        catalogue: &Path,
        models: &Models,
        threads: usize,
        progress: impl FnMut(usize, usize),
    ) -> Result<Self, AdaptError> {
        let (published, articles) = Store::open(catalogue)?.read()?;
        let features = features::read(&catalogue.join(&published.features_file), models.fashion_dna_sha256())?;
        if !features.features.ids.iter().eq(articles.iter().map(|article| &article.id)) {
            return Err(AdaptError::Inconsistent);
        }
        let shown = ShownArticles::of(&articles);
        let _lock = lock_embeddings(catalogue)?;
        let worn = encode(catalogue, &articles, &shown, models, threads, progress)?;
        let mut found = Found {
            articles: articles.len(),
            pictures: shown.pictures.len() + shown.of_too_many + shown.beyond_limit,
            with_wearer: worn.with_wearer,
            encoded: worn.encoded,
            of_too_many: shown.of_too_many,
            beyond_limit: shown.beyond_limit,
            unreadable: worn.unreadable,
            worn: BTreeMap::new(),
        };
        let mut positions: Vec<usize> = worn.worn.iter().map(|(article, _)| *article).collect();
        positions.sort_unstable();
        positions.dedup();
        if positions.is_empty() {
            return Err(AdaptError::NoWearer { pictures: found.pictures });
        }
        for position in positions {
            *found.worn.entry(articles[position].category).or_default() += 1;
        }
        Ok(Self { version: published.version, features, shown, pairs: pairs(worn.worn), found, articles })
    }

    /// The articles that its pairs are matched with.
    #[must_use]
    pub fn gallery(&self) -> Gallery<'_> {
        Gallery::new(&self.articles, self.features.features.rows().collect())
    }
}

impl Table {
    /// Measures each way on the same pairs.
    #[must_use]
    pub fn of(pairs: &[Pair], gallery: &Gallery<'_>, ways: &[(&'static str, Way<'_>)]) -> Self {
        let by_way: Vec<Vec<usize>> = ways.iter().map(|(_, way)| ranks(pairs, gallery, *way)).collect();
        let names: Vec<&'static str> = ways.iter().map(|(name, _)| *name).collect();
        Self::of_ranks(pairs, gallery, &names, &by_way)
    }

    /// Of ranks that are known, those of each way in the order of `names`.
    pub(super) fn of_ranks(
        pairs: &[Pair],
        gallery: &Gallery<'_>,
        names: &[&'static str],
        by_way: &[Vec<usize>],
    ) -> Self {
        let mut rows = Vec::new();
        for view in [View::Person, View::Garment] {
            for category in std::iter::once(None).chain(Category::ALL.map(Some)) {
                let is_of_row = |pair: &Pair| {
                    pair.view == view && category.is_none_or(|category| gallery.categories[pair.article] == category)
                };
                let of_row: Vec<usize> = (0..pairs.len()).filter(|&pair| is_of_row(&pairs[pair])).collect();
                let figures = by_way.iter().map(|ranks| Figures::of(of_row.iter().map(|&pair| ranks[pair]).collect()));
                // Without pairs there are no figures and no row.
                let Some(figures) = figures.collect() else { continue };
                let ranked = gallery.categories.iter().filter(|of| category.is_none_or(|category| **of == category));
                rows.push(Row { view, category, pairs: of_row.len(), ranked: ranked.count(), figures });
            }
        }
        Self { ways: names.to_vec(), rows }
    }
}
