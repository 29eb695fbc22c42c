//! What articles are filtered by, in columns. In: products. Out: [`Facets`], and a [`Selection`] for a filter.

use std::collections::HashMap;

use stl_shared::wire::{Availability, Product};

use crate::filter::Filter;
use crate::matching::Selection;

/// The filtered properties of the articles at a matcher's positions: 28 bytes for each.
#[derive(Debug)]
pub struct Facets {
    genders: Column,
    colors: Column,
    brands: Column,
    currencies: Column,
    amounts_minor: Vec<u64>,
    in_stock: Selection,
    is_there: Selection,
}

/// Texts that repeat: each once, and for each position which one.
#[derive(Debug)]
struct Column {
    values: Vec<String>,
    codes: Vec<u32>,
}

impl Facets {
    /// The facets of `product(article)` for each of a matcher's `articles`; a position without a product is never found.
    #[must_use]
    pub fn new<'a>(articles: &[u32], product: impl Fn(usize) -> Option<&'a Product>) -> Self {
        let products: Vec<Option<&Product>> = articles.iter().map(|&article| product(article as usize)).collect();
        let column = |of: fn(&Product) -> &str| Column::new(products.iter().map(|product| product.map_or("", of)));
        let selection = |passes: fn(&Product) -> bool| {
            Selection::of(products.len(), |position| products[position].is_some_and(passes))
        };
        Self {
            genders: column(|product| &product.gender),
            colors: column(|product| &product.color),
            brands: column(|product| &product.brand),
            currencies: column(|product| &product.price.currency),
            amounts_minor: products
                .iter()
                .map(|product| product.map_or(0, |product| product.price.amount_minor))
                .collect(),
            in_stock: selection(|product| product.availability == Availability::InStock),
            is_there: selection(|_| true),
        }
    }

    /// The positions that pass a filter; `None` if all do.
    #[must_use]
    pub fn selection(&self, filter: &Filter) -> Option<Selection> {
        if filter.is_empty() {
            return None;
        }
        // Each distinct text is judged once, each position by four look-ups.
        let genders = self.genders.judged(|gender| filter.admits_gender(gender));
        let colors = self.colors.judged(|color| filter.admits_color(color));
        let brands = self.brands.judged(|brand| filter.admits_brand(brand));
        let currencies = self.currencies.judged(|currency| filter.admits_currency(currency));
        let prices = filter.price_minor.lowest..=filter.price_minor.highest;
        let possible = if filter.in_stock { &self.in_stock } else { &self.is_there };
        Some(Selection::of(self.amounts_minor.len(), |position| {
            possible.has(position)
                && prices.contains(&self.amounts_minor[position])
                && genders[self.genders.codes[position] as usize]
                && colors[self.colors.codes[position] as usize]
                && brands[self.brands.codes[position] as usize]
                && currencies[self.currencies.codes[position] as usize]
        }))
    }

    /// Bytes held for all positions.
    #[must_use]
    pub fn resident_bytes(&self) -> usize {
        let texts = |column: &Column| column.codes.len() * 4 + column.values.iter().map(String::len).sum::<usize>();
        [&self.genders, &self.colors, &self.brands, &self.currencies].map(texts).iter().sum::<usize>()
            + self.amounts_minor.len() * 8
            + self.amounts_minor.len() / 4
    }
}

impl Column {
    fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let (mut known, mut values) = (HashMap::new(), Vec::new());
        let codes = texts
            .map(|text| {
                *known.entry(text).or_insert_with(|| {
                    values.push(text.to_owned());
                    values.len() as u32 - 1
                })
            })
            .collect();
        Self { values, codes }
    }

    fn judged(&self, passes: impl Fn(&str) -> bool) -> Vec<bool> {
        self.values.iter().map(|value| passes(value)).collect()
    }
}
