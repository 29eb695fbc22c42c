//! An article as the catalogue stores it. In: a checked row of a feed. Out: an [`Article`], and its price at a moment.
//!
//! It holds what the shop says: the regular price and the sale with its period. What depends on the moment (the price now) or on
//! this server (the picture's address) is added where the API's `Product` is made, in the pipeline.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use stl_types::wire::Availability;
use stl_types::{Category, Price};

use super::sale::Sale;
use super::variant::{self, Offer, Variant};
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
    /// The regular price; with variants that of the cheapest one, see [`Article::settle`].
    pub price: Price,
    /// A lower price for some time; with variants that of the same one.
    pub sale: Option<Sale>,
    /// Whether it can be bought; with variants the best of theirs.
    pub availability: Availability,
    /// What it shares with the shop's other colours of it, Google's `item_group_id`; may be empty.
    pub group: String,
    /// Its sizes, in the feed's order, at most [`Variant::MOST`]; none if the feed tells of none.
    pub variants: Vec<Variant>,
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

    /// What its price may be: its own offer, or those of the variants that can be bought, or of all variants if none can.
    pub fn offers(&self) -> impl Iterator<Item = Offer<'_>> {
        let own = Offer { regular_minor: self.price.amount_minor, sale: self.sale.as_ref() };
        let own = self.variants.is_empty().then_some(own);
        own.into_iter().chain(variant::counted(&self.variants).map(Variant::offer))
    }

    /// The cheapest offer at this moment.
    #[must_use]
    pub fn offer_at(&self, now: Timestamp) -> Offer<'_> {
        let own = || Offer { regular_minor: self.price.amount_minor, sale: self.sale.as_ref() };
        self.offers().min_by_key(|offer| offer.amount_minor_at(now)).unwrap_or_else(own)
    }

    /// What it costs at this moment, in minor units of its currency.
    #[must_use]
    pub fn amount_minor_at(&self, now: Timestamp) -> u64 {
        self.offer_at(now).amount_minor_at(now)
    }

    /// What the most expensive of its offers costs at this moment.
    #[must_use]
    pub fn highest_minor_at(&self, now: Timestamp) -> u64 {
        self.offers().map(|offer| offer.amount_minor_at(now)).max().unwrap_or(self.price.amount_minor)
    }

    /// Its page, or if that is of a size that is sold out, the page of one that can be bought.
    #[must_use]
    pub fn link_to_buy(&self) -> &str {
        let is_sold_out = self.variants.iter().any(|variant| variant.link == self.link)
            && !self.variants.iter().any(|variant| variant.link == self.link && variant.can_be_bought());
        let other = || self.variants.iter().find(|variant| variant.can_be_bought());
        if is_sold_out { other().map_or(&self.link, |variant| &variant.link) } else { &self.link }
    }

    /// Takes price, sale and availability from the variants, if there are any.
    pub fn settle(&mut self) {
        variant::settle(&self.variants, &mut self.price, &mut self.sale, &mut self.availability);
    }

    /// What it costs at this moment.
    #[must_use]
    pub fn price_at(&self, now: Timestamp) -> Price {
        Price { amount_minor: self.amount_minor_at(now), currency: self.price.currency.clone() }
    }
}

impl Article {
    /// Whether an id that finds this article is its group's, and so names all articles of the group.
    pub(super) fn is_named_by_its_group(&self, id: &str) -> bool {
        self.group == id && self.id != id && self.variants.iter().all(|variant| variant.id != id)
    }
}

/// Where to find the articles. An article's own id counts before a variant's, and that before a group's.
pub(super) fn by_id(articles: &[Article]) -> HashMap<String, usize> {
    let positions = || articles.iter().enumerate();
    let mut found: HashMap<String, usize> =
        positions().map(|(position, article)| (article.id.clone(), position)).collect();
    let variants =
        positions().flat_map(|(position, article)| article.variants.iter().map(move |variant| (&variant.id, position)));
    let groups = positions().map(|(position, article)| (&article.group, position));
    for (id, position) in variants.chain(groups).filter(|(id, _)| !id.is_empty()) {
        found.entry(id.clone()).or_insert(position);
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::catalogue::variant::tests::variant;

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
            group: String::new(),
            variants: Vec::new(),
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
        assert_eq!((dearer.amount_minor_at(from), dearer.offer_at(from).sale_at(from)), (1995, None));
    }

    #[test]
    fn an_article_costs_what_its_cheapest_size_costs_at_the_moment() {
        let (from, until) = Sale::period("2026-11-27T00:00Z/2026-11-30T00:00Z").expect("a period");
        let sale = Some(Sale { amount_minor: 800, from: Some(from), until: Some(until) });
        let gone = Variant { availability: Availability::OutOfStock, ..variant("XS", 500) };
        let reduced = Variant { sale, ..variant("S", 1500) };
        let variants = vec![gone, reduced, variant("M", 1000), variant("L", 1200)];
        let link = variants[0].link.clone();
        let mut sized = Article { variants, link, availability: Availability::OutOfStock, ..article("a") };
        sized.settle();
        assert_eq!((sized.price.amount_minor, &sized.sale, sized.availability), (1000, &None, Availability::InStock));
        for (now, lowest, highest, regular) in [(until, 1000, 1500, 1000), (from, 800, 1200, 1500)] {
            assert_eq!((sized.amount_minor_at(now), sized.highest_minor_at(now)), (lowest, highest), "{now}");
            assert_eq!(sized.offer_at(now).regular_minor, regular, "{now}");
        }
        assert_eq!(sized.link_to_buy(), "https://shop.example/article?size=S");
        assert_eq!(article("a").link_to_buy(), "https://shop.example/article");
    }
}
