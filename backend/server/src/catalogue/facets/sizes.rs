//! The sizes that articles are sold in. In: articles. Out: for each the set of its sizes, as columns.
//!
//! Articles share few sets of sizes, so that each distinct set is compared once with a filter.

use std::borrow::Cow;

use stl_types::wire::FacetValues;

use super::column::{Column, Condition};
use crate::catalogue::article::Article;
use crate::catalogue::filter::Filter;
use crate::catalogue::sizes::{distinct, is_of_a_system, is_offered, order, same};
use crate::catalogue::variant::Variant;

/// Between the sizes of a set, and between a size and the system before it. Texts of feeds have neither.
const BETWEEN: char = '\u{1f}';
const AFTER_SYSTEM: char = '\u{1e}';

/// Two columns of sets of sizes.
#[derive(Debug)]
pub(super) struct Sizes {
    /// Those that can be bought.
    offered: Column,
    /// Those in stock.
    in_stock: Column,
    /// Whether numbers are of several systems, so that they are named with them.
    has_systems: bool,
}

impl Sizes {
    /// The sizes of the article at each position.
    pub(super) fn new(articles: &[Option<&Article>]) -> Self {
        let set = |article: &Option<&Article>, in_stock: bool| -> String {
            let variants = article.map_or([].as_slice(), |article| &article.variants);
            let offered = variants.iter().filter(|variant| is_offered(variant, in_stock));
            distinct(offered, stored).join(&BETWEEN.to_string())
        };
        let column = |in_stock: bool| {
            let sets: Vec<String> = articles.iter().map(|article| set(article, in_stock)).collect();
            Column::new(sets.iter().map(String::as_str))
        };
        let variants = articles.iter().flatten().flat_map(|article| &article.variants);
        let mut systems = variants.filter(|variant| is_of_a_system(variant)).map(|variant| &variant.size_system);
        let first = systems.next();
        let has_systems = systems.any(|system| Some(system) != first);
        Self { offered: column(false), in_stock: column(true), has_systems }
    }

    /// The positions that a filter by sizes admits.
    pub(super) fn condition(&self, filter: &Filter) -> Condition<'_> {
        let column = if filter.in_stock { &self.in_stock } else { &self.offered };
        let wanted: Vec<String> = filter.sizes.iter().map(|size| same(size)).collect();
        let is_wanted = |stored: &str| wanted.contains(&same(bare(stored))) || wanted.contains(&same(&named(stored)));
        column.condition(|set| wanted.is_empty() || !set.is_empty() && set.split(BETWEEN).any(is_wanted))
    }

    /// The sizes that can be bought, in their order.
    pub(super) fn values(&self) -> FacetValues {
        let name = |stored: &str| if self.has_systems { named(stored) } else { bare(stored).to_owned() };
        let names = |set: &str| set.split(BETWEEN).map(|stored| Cow::Owned(name(stored))).collect();
        let mut values = self.offered.values_alike(names, same);
        values.values.sort_by(|a, b| order(&a.value, &b.value));
        values
    }
}

/// A variant's size in a set, with its system before it.
fn stored(variant: &Variant) -> String {
    if is_of_a_system(variant) {
        format!("{}{AFTER_SYSTEM}{}", variant.size_system, variant.size)
    } else {
        variant.size.clone()
    }
}

/// A size of a set as people write it: `EU 38`.
fn named(stored: &str) -> String {
    stored.replace(AFTER_SYSTEM, " ")
}

/// The same without its system.
fn bare(stored: &str) -> &str {
    stored.rsplit(AFTER_SYSTEM).next().unwrap_or_default()
}
