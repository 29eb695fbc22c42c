//! What articles are filtered by, in columns. In: articles. Out: [`Facets`], a [`Selection`] for a filter, and what there is
//! to choose from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use stl_types::wire::{Availability, FacetCounts};

use self::column::Column;
pub(in crate::catalogue) use self::prepared::Prepared;
use self::prices::Prices;
use self::sizes::Sizes;
use crate::catalogue::article::Article;
use crate::catalogue::filter::{Filter, GENDERS};
use crate::catalogue::words::parts;
use crate::matching::Selection;

mod column;
mod prepared;
mod prices;
mod sizes;

/// The filtered properties of the articles at a matcher's positions: 45 bytes for each, 4 for each name of a label, and below 100 for each sale.
#[derive(Debug)]
pub struct Facets {
    genders: Column,
    colors: Column,
    brands: Column,
    age_groups: Column,
    materials: Column,
    patterns: Column,
    sizes: Sizes,
    /// By the label's name.
    labels: BTreeMap<String, Column>,
    prices: Prices,
    in_stock: Selection,
    /// Positions that hold an article.
    all: Selection,
    /// All but the prices.
    counts: FacetCounts,
}

impl Facets {
    /// The facets of `article(number)` for the number at each of a matcher's positions; a position without an article is never
    /// found.
    #[must_use]
    pub fn new<'a>(numbers: &[u32], article: impl Fn(usize) -> Option<&'a Article>, now: Timestamp) -> Self {
        let articles: Vec<Option<&Article>> = numbers.iter().map(|&number| article(number as usize)).collect();
        let column = |text: fn(&Article) -> &str| Column::new(articles.iter().map(|article| article.map_or("", text)));
        let selection = |passes: fn(&Article) -> bool| {
            Selection::from_fn(articles.len(), |position| articles[position].is_some_and(passes))
        };
        let mut facets = Self {
            genders: column(|article| &article.gender),
            colors: column(|article| &article.color),
            brands: column(|article| &article.brand),
            age_groups: column(|article| &article.age_group),
            materials: column(|article| &article.material),
            patterns: column(|article| &article.pattern),
            sizes: Sizes::new(&articles),
            labels: labels(&articles),
            prices: Prices::new(&articles, now),
            in_stock: selection(|article| article.availability == Availability::InStock),
            all: selection(|_| true),
            counts: FacetCounts::default(),
        };
        facets.counts = facets.count();
        facets
    }

    /// What there is to choose from, with the prices of a moment.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> FacetCounts {
        FacetCounts { prices: self.prices.at(now).spans.clone(), ..self.counts.clone() }
    }

    fn count(&self) -> FacetCounts {
        // As a filter does: what is unisex is for everybody.
        let genders = self
            .genders
            .values_by(|gender| GENDERS.into_iter().filter(|known| *known == gender || gender == "unisex").collect());
        let count = |selection: &Selection| selection.words().iter().map(|word| word.count_ones() as usize).sum();
        FacetCounts {
            articles: count(&self.all),
            in_stock: count(&self.in_stock),
            brands: self.brands.values_by(|brand| vec![brand]),
            colors: self.colors.values_by(|color| parts(color).collect()),
            genders,
            age_groups: self.age_groups.values_by(|age_group| vec![age_group]),
            materials: self.materials.values_by(|material| parts(material).collect()),
            patterns: self.patterns.values_by(|pattern| parts(pattern).collect()),
            sizes: self.sizes.values(),
            prices: Vec::new(),
        }
    }

    /// The filter at a moment, which decides prices.
    pub(in crate::catalogue) fn prepared(&self, filter: &Filter, now: Timestamp) -> Prepared<'_> {
        // Each distinct text is compared once; each position then takes a look-up for each property that the filter is about.
        let mut conditions = vec![
            self.genders.condition(|gender| filter.admits_gender(gender)),
            self.colors.condition(|color| filter.admits_color(color)),
            self.brands.condition(|brand| filter.admits_brand(brand)),
            self.age_groups.condition(|age_group| filter.admits_age_group(age_group)),
            self.materials.condition(|material| filter.admits_material(material)),
            self.patterns.condition(|pattern| filter.admits_pattern(pattern)),
            self.sizes.condition(filter),
            self.prices.currencies().condition(|currency| filter.admits_currency(currency)),
        ];
        // An article without a label has the empty text; a name that no article has is a label that none has.
        let unknown =
            filter.labels.iter().any(|(name, _)| !self.labels.contains_key(name) && !filter.admits_label(name, ""));
        for name in filter.labels.keys() {
            conditions
                .extend(self.labels.get(name).map(|texts| texts.condition(|text| filter.admits_label(name, text))));
        }
        conditions.retain(|condition| !condition.admits_all());
        Prepared {
            conditions,
            unknown,
            possible: if filter.in_stock { &self.in_stock } else { &self.all },
            range_minor: filter.price_minor.lowest..=filter.price_minor.highest,
            prices: self.prices.at(now),
        }
    }

    /// The positions that pass a filter at a moment; `None` if all do.
    #[must_use]
    pub fn selection(&self, filter: &Filter, now: Timestamp) -> Option<Selection> {
        if filter.is_empty() {
            return None;
        }
        let prepared = self.prepared(filter, now);
        Some(Selection::from_fn(prepared.positions(), |position| prepared.admits(position)))
    }
}

/// The labels of each name that an article has.
fn labels(articles: &[Option<&Article>]) -> BTreeMap<String, Column> {
    let names: BTreeSet<&String> = articles.iter().flatten().flat_map(|article| article.labels.keys()).collect();
    let column = |name: &String| {
        let texts = articles.iter().map(|article| article.map_or("", |article| label(article, name)));
        (name.clone(), Column::new(texts))
    };
    names.into_iter().map(column).collect()
}

/// An article's label of a name; empty without one.
fn label<'a>(article: &'a Article, name: &str) -> &'a str {
    article.labels.get(name).map_or("", String::as_str)
}

#[cfg(test)]
mod tests;
