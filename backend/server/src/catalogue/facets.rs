//! What articles are filtered by, in columns. In: products. Out: [`Facets`], a [`Selection`] for a filter, and what there is
//! to choose from.

use std::collections::HashMap;

use stl_types::wire::{Availability, FacetCounts, FacetValue, FacetValues, PriceSpan, Product};

use crate::catalogue::filter::{Filter, folded, parts};
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
    counts: FacetCounts,
}

/// Values of a property that are named: a list of more is not read, and its answer stays below some 10 KB.
pub const MOST_VALUES: usize = 200;

/// Genders that can be asked for.
const GENDERS: [&str; 3] = ["female", "male", "unisex"];

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
        let amounts_minor =
            products.iter().map(|product| product.map_or(0, |product| product.price.amount_minor)).collect();
        let mut facets = Self {
            genders: column(|product| &product.gender),
            colors: column(|product| &product.color),
            brands: column(|product| &product.brand),
            currencies: column(|product| &product.price.currency),
            amounts_minor,
            in_stock: selection(|product| product.availability == Availability::InStock),
            is_there: selection(|_| true),
            counts: FacetCounts::default(),
        };
        facets.counts = facets.counted();
        facets
    }

    /// What there is to choose from.
    #[must_use]
    pub const fn counts(&self) -> &FacetCounts {
        &self.counts
    }

    fn counted(&self) -> FacetCounts {
        // As a filter does: what is unisex is for everybody.
        let genders = self
            .genders
            .values_by(|gender| GENDERS.into_iter().filter(|asked| *asked == gender || gender == "unisex").collect());
        let count = |selection: &Selection| selection.words().iter().map(|word| word.count_ones() as usize).sum();
        FacetCounts {
            articles: count(&self.is_there),
            in_stock: count(&self.in_stock),
            brands: self.brands.values_by(|brand| vec![brand]),
            colors: self.colors.values_by(|color| parts(color).collect()),
            genders,
            prices: self.price_spans(),
        }
    }

    /// Lowest and highest price of each currency, the one of most articles first.
    fn price_spans(&self) -> Vec<PriceSpan> {
        let span = |currency: &String| PriceSpan {
            currency: currency.clone(),
            lowest_minor: u64::MAX,
            highest_minor: 0,
            count: 0,
        };
        let mut spans: Vec<PriceSpan> = self.currencies.values.iter().map(span).collect();
        for (&code, &amount) in self.currencies.codes.iter().zip(&self.amounts_minor) {
            let span = &mut spans[code as usize];
            span.lowest_minor = span.lowest_minor.min(amount);
            span.highest_minor = span.highest_minor.max(amount);
            span.count += 1;
        }
        // A position without a product has no currency.
        spans.retain(|span| !span.currency.is_empty());
        spans.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.currency.cmp(&b.currency)));
        spans
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

    /// The values that each text stands for, all spellings of one together, each with the articles that a filter by it admits;
    /// the most frequent first.
    fn values_by<'a>(&'a self, values_of: impl Fn(&'a str) -> Vec<&'a str>) -> FacetValues {
        let mut articles = vec![0_usize; self.values.len()];
        for &code in &self.codes {
            articles[code as usize] += 1;
        }
        // By the folded value: the most frequent spelling, how often it stands there, and all articles.
        let mut found: HashMap<String, (&str, usize, usize)> = HashMap::new();
        for (text, articles) in self.values.iter().zip(articles) {
            let mut counted = Vec::new();
            for value in values_of(text).into_iter().map(str::trim).filter(|value| !value.is_empty()) {
                let key = folded(value);
                if counted.contains(&key) {
                    continue;
                }
                let (spelling, most, all) = found.entry(key.clone()).or_insert((value, 0, 0));
                // Of spellings that are as frequent, the first in the alphabet: not the order in which they were met.
                if articles > *most || articles == *most && value < *spelling {
                    (*spelling, *most) = (value, articles);
                }
                *all += articles;
                counted.push(key);
            }
        }
        let value = |(value, _, count): (&str, usize, usize)| FacetValue { value: value.to_owned(), count };
        let mut values: Vec<FacetValue> = found.into_values().map(value).collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        let others = values.len().saturating_sub(MOST_VALUES);
        values.truncate(MOST_VALUES);
        FacetValues { values, others }
    }

    fn judged(&self, passes: impl Fn(&str) -> bool) -> Vec<bool> {
        self.values.iter().map(|value| passes(value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use stl_types::{Category, Price};

    use super::*;

    fn product(brand: &str, color: &str, gender: &str, price: (u64, &str), availability: Availability) -> Product {
        Product {
            id: String::new(),
            title: String::new(),
            description: String::new(),
            link: String::new(),
            image_url: String::new(),
            price: Price { amount_minor: price.0, currency: price.1.to_owned() },
            regular_price: None,
            price_valid_until: None,
            availability,
            brand: brand.to_owned(),
            color: color.to_owned(),
            gender: gender.to_owned(),
            product_type: String::new(),
            category: Category::Tops,
            category_predicted: false,
        }
    }

    fn facets(products: &[Product]) -> Facets {
        // Position 1 holds no product, as between two groups of a table.
        let articles: Vec<u32> = std::iter::once(0).chain([u32::MAX]).chain(1..products.len() as u32).collect();
        Facets::new(&articles, |article| products.get(article))
    }

    #[test]
    fn each_value_counts_what_a_filter_by_it_admits() {
        let products = [
            product("Acme", "Navy/White", "female", (1995, "EUR"), Availability::InStock),
            product("ACME", "navy", "unisex", (4995, "EUR"), Availability::OutOfStock),
            product("ACME", "White, white", "male", (2500, "USD"), Availability::InStock),
            product("", "", "", (500, "EUR"), Availability::Preorder),
        ];
        let counts = facets(&products).counts().clone();
        assert_eq!((counts.articles, counts.in_stock), (4, 2));
        let named = |values: &FacetValues| -> Vec<(String, usize)> {
            values.values.iter().map(|value| (value.value.clone(), value.count)).collect()
        };
        let list = |pairs: &[(&str, usize)]| -> Vec<(String, usize)> {
            pairs.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect()
        };
        assert_eq!(named(&counts.brands), list(&[("ACME", 3)]), "the most frequent spelling");
        assert_eq!(named(&counts.colors), list(&[("Navy", 2), ("White", 2)]), "each part once");
        assert_eq!(named(&counts.genders), list(&[("female", 2), ("male", 2), ("unisex", 1)]));
        let eur = PriceSpan { currency: "EUR".to_owned(), lowest_minor: 500, highest_minor: 4995, count: 3 };
        let usd = PriceSpan { currency: "USD".to_owned(), lowest_minor: 2500, highest_minor: 2500, count: 1 };
        assert_eq!(counts.prices, [eur, usd]);
        for (name, values) in [("brand", &counts.brands), ("color", &counts.colors), ("gender", &counts.genders)] {
            for FacetValue { value, count } in &values.values {
                let mut filter = Filter::default();
                assert_eq!(filter.take(name, value), Ok(true));
                let admitted = products.iter().filter(|product| filter.admits(product)).count();
                assert_eq!(admitted, *count, "{name} {value}");
                let selection = facets(&products).selection(&filter).expect("a filter");
                assert_eq!(selection.count(0..5), *count, "{name} {value}");
            }
        }
    }

    #[test]
    fn of_many_values_the_most_frequent_are_named_and_the_others_counted() {
        let brand = |number: usize| format!("Brand {number:03}");
        let products: Vec<Product> = (0..250)
            .flat_map(|number| std::iter::repeat_n(number, 1 + usize::from(number >= 100)))
            .map(|number| product(&brand(number), "", "", (100, "EUR"), Availability::InStock))
            .collect();
        let FacetValues { values, others } = facets(&products).counts().brands.clone();
        assert_eq!((values.len(), others), (MOST_VALUES, 50));
        assert_eq!((values[0].value.clone(), values[0].count), (brand(100), 2));
        assert_eq!((values[150].value.clone(), values[150].count), (brand(0), 1));
    }
}
