//! What articles are filtered by, in columns. In: articles. Out: [`Facets`], a [`Selection`] for a filter, and what there is
//! to choose from.

use jiff::Timestamp;
use stl_types::wire::{Availability, FacetCounts};

use self::column::Column;
use self::prices::Prices;
use crate::catalogue::article::Article;
use crate::catalogue::filter::{Filter, GENDERS, parts};
use crate::matching::Selection;

mod column;
mod prices;

/// The filtered properties of the articles at a matcher's positions: 25 bytes for each, and below 100 for each sale.
#[derive(Debug)]
pub struct Facets {
    genders: Column,
    colors: Column,
    brands: Column,
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
            prices: Vec::new(),
        }
    }

    /// The positions that pass a filter at a moment; `None` if all do.
    #[must_use]
    pub fn selection(&self, filter: &Filter, now: Timestamp) -> Option<Selection> {
        if filter.is_empty() {
            return None;
        }
        // Each distinct text is compared once; each position then takes four look-ups.
        let genders = self.genders.passing(|gender| filter.admits_gender(gender));
        let colors = self.colors.passing(|color| filter.admits_color(color));
        let brands = self.brands.passing(|brand| filter.admits_brand(brand));
        let currencies = self.prices.currencies().passing(|currency| filter.admits_currency(currency));
        let (prices, prices_now) = (filter.price_minor.lowest..=filter.price_minor.highest, self.prices.at(now));
        let (amounts, possible) = (&prices_now.amounts_minor, if filter.in_stock { &self.in_stock } else { &self.all });
        let codes = [&self.genders, &self.colors, &self.brands, self.prices.currencies()].map(Column::codes);
        let [gender_codes, color_codes, brand_codes, currency_codes] = codes;
        Some(Selection::from_fn(amounts.len(), |position| {
            possible.contains(position)
                && prices.contains(&amounts[position])
                && genders[gender_codes[position] as usize]
                && colors[color_codes[position] as usize]
                && brands[brand_codes[position] as usize]
                && currencies[currency_codes[position] as usize]
        }))
    }
}

#[cfg(test)]
mod tests;
