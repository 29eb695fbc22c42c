//! An article as the catalogue stores it. In: a checked row of a feed. Out: an [`Article`], and its price at a moment.
//!
//! It holds what the shop says: the regular price and the sale with its period. What depends on the moment (the price now) or on
//! this server (the picture's address) is added where the API's `Product` is made, in the pipeline.

use std::collections::BTreeMap;

use jiff::Timestamp;
use stl_types::wire::Availability;
use stl_types::{Category, Price};

use super::sale::Sale;
use crate::digest::Digest;

/// An article of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// The shop's own id.
    pub id: String,
    /// Name of the article.
    pub title: String,
    /// What the shop says about it, may be empty.
    pub description: String,
    /// The article's page in the shop.
    pub link: String,
    /// The regular price.
    pub price: Price,
    /// A lower price for some time.
    pub sale: Option<Sale>,
    /// Whether it can be bought.
    pub availability: Availability,
    /// May be empty.
    pub brand: String,
    /// Colour in the shop's words, may be empty.
    pub color: String,
    /// `female`, `male`, `unisex`, or empty if unknown.
    pub gender: String,
    /// The shop's own classification, may be empty.
    pub product_type: String,
    /// `newborn`, `infant`, `toddler`, `kids`, `adult`, or empty if unknown.
    pub age_group: String,
    /// What it is made of, may be empty.
    pub material: String,
    /// Its pattern or print, may be empty.
    pub pattern: String,
    /// The shop's own labels by name, which answers to visitors do not have.
    pub labels: BTreeMap<String, String>,
    /// One of the eight categories.
    pub category: Category,
    /// Whether FashionDNA predicted the category from the picture.
    pub category_predicted: bool,
    /// SHA-256 of the feed's picture file. It names the stored copy.
    pub picture_sha256: Digest,
    /// The same of its further pictures, in the feed's order, without the title picture.
    pub further_pictures: Vec<Digest>,
}

impl Article {
    /// All of its pictures, the title picture first.
    pub fn pictures(&self) -> impl Iterator<Item = &Digest> {
        std::iter::once(&self.picture_sha256).chain(&self.further_pictures)
    }

    /// The sale, if it lowers the price at this moment.
    #[must_use]
    pub fn sale_at(&self, now: Timestamp) -> Option<&Sale> {
        self.price_cut().filter(|sale| sale.is_on(now))
    }

    /// What it costs at this moment, in minor units of its currency.
    #[must_use]
    pub fn amount_minor_at(&self, now: Timestamp) -> u64 {
        self.sale_at(now).map_or(self.price.amount_minor, |sale| sale.amount_minor)
    }

    /// What it costs at this moment.
    #[must_use]
    pub fn price_at(&self, now: Timestamp) -> Price {
        Price { amount_minor: self.amount_minor_at(now), currency: self.price.currency.clone() }
    }

    /// The sale, if it lowers the price while it is on: a shop may list one that does not.
    pub(super) fn price_cut(&self) -> Option<&Sale> {
        self.sale.as_ref().filter(|sale| sale.amount_minor < self.price.amount_minor)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An article in stock that costs 19.95 EUR.
    pub(crate) fn article(id: &str) -> Article {
        Article {
            id: id.to_owned(),
            title: "Linen shirt".to_owned(),
            description: String::new(),
            link: "https://shop.example/article".to_owned(),
            price: Price { amount_minor: 1995, currency: "EUR".to_owned() },
            sale: None,
            availability: Availability::InStock,
            brand: String::new(),
            color: String::new(),
            gender: String::new(),
            product_type: String::new(),
            age_group: String::new(),
            material: String::new(),
            pattern: String::new(),
            labels: BTreeMap::new(),
            category: Category::Shirts,
            category_predicted: false,
            picture_sha256: Digest::of(id.as_bytes()),
            further_pictures: Vec::new(),
        }
    }

    #[test]
    fn a_sale_lowers_the_price_while_it_is_on_and_never_raises_it() {
        let (from, until) = Sale::period("2026-11-27T00:00Z/2026-11-30T00:00Z").expect("a period");
        let sale = |amount_minor| Some(Sale { amount_minor, from: Some(from), until: Some(until) });
        let before: Timestamp = "2026-11-26T23:59:59Z".parse().expect("a moment");
        let cheaper = Article { sale: sale(995), ..article("a") };
        assert_eq!([before, from, until].map(|now| cheaper.amount_minor_at(now)), [1995, 995, 1995]);
        let dearer = Article { sale: sale(1995), ..article("a") };
        assert_eq!((dearer.amount_minor_at(from), dearer.sale_at(from)), (1995, None));
    }
}
