//! Rows become cards. In: [`Row`]s, those of their articles that are shown, and the time. Out: [`CategoryCards`].
//!
//! Only here an [`Article`] becomes the API's [`Product`]: with the price of the moment and the address of its picture.

use std::collections::BTreeMap;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stl_types::wire::{self, Availability, Card, CategoryCards, FurtherCard, Product, WholeProduct, paths};
use stl_types::{Category, Price};

use crate::catalogue::sizes::{distinct, order};
use crate::catalogue::{Article, Variant};
use crate::digest::Digest;
use crate::matching::Hit;
use crate::pipeline::rows::Row;

/// In a part of a path, everything but RFC 3986's unreserved characters is escaped.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An article of a row, before its card is made: most of what is found is never shown.
#[derive(Clone, Copy, Debug)]
pub struct RankedArticle<'a> {
    /// What the market sells.
    pub article: &'a Article,
    /// How it was found.
    pub hit: Hit,
}

/// A row with the cards of the `shown` articles, in their order. `floors` tell whether it is weak.
#[must_use]
pub fn row_of_cards(
    row: &Row,
    shown: &[RankedArticle<'_>],
    floors: &BTreeMap<Category, f32>,
    now: Timestamp,
) -> CategoryCards {
    let card = |ranked: &RankedArticle<'_>| Card { product: product(ranked.article, now), score: ranked.hit.score };
    CategoryCards {
        category: row.category,
        likely: row.likely.clone(),
        cards: shown.iter().map(card).collect(),
        further: Vec::new(),
        weak: row.is_weak(floors),
        garment: row.garment,
    }
}

/// What is needed to fetch the cards of articles later.
#[must_use]
pub fn further_cards(later: &[RankedArticle<'_>]) -> Vec<FurtherCard> {
    later.iter().map(|ranked| FurtherCard { id: ranked.article.id.clone(), score: ranked.hit.score }).collect()
}

/// Articles whose ranks count as equal: about as many as a visitor sees of a row before looking further.
const RANK_CLASS: usize = 10;

/// Of each ten neighbours in a row, puts those that can be bought before those that are sold out; else the order stays. Articles that
/// `is_fixed` keep their places.
pub fn put_in_stock_first(row: &mut [RankedArticle<'_>], is_fixed: impl Fn(&RankedArticle<'_>) -> bool) {
    for class in row.chunks_mut(RANK_CLASS) {
        let places: Vec<usize> = (0..class.len()).filter(|place| !is_fixed(&class[*place])).collect();
        let mut sorted: Vec<RankedArticle<'_>> = places.iter().map(|place| class[*place]).collect();
        // Stable.
        sorted.sort_by_key(|ranked| ranked.article.availability == Availability::OutOfStock);
        places.into_iter().zip(sorted).for_each(|(place, ranked)| class[place] = ranked);
    }
}

/// The product with its price at a moment, as a card shows it: with the sizes that can be bought.
#[must_use]
pub fn product(article: &Article, now: Timestamp) -> Product {
    let mut product = plain_product(article);
    let (offer, currency) = (article.offer_at(now), &article.price.currency);
    let price = |amount_minor| Price { amount_minor, currency: currency.clone() };
    product.price = price(offer.amount_minor_at(now));
    if let Some(sale) = offer.sale_at(now) {
        product.regular_price = Some(price(offer.regular_minor));
        product.price_valid_until = sale.until.map(|until| until.to_string());
    }
    let highest = article.highest_minor_at(now);
    product.highest_price = (highest > product.price.amount_minor).then(|| price(highest));
    product
}

/// The same with all of its sizes, from small to large.
#[must_use]
pub fn whole_product(article: &Article, now: Timestamp) -> WholeProduct {
    let variant = |variant: &Variant| {
        let offer = variant.offer();
        let price = |amount_minor| Price { amount_minor, currency: article.price.currency.clone() };
        wire::Variant {
            id: variant.id.clone(),
            size: variant.size.clone(),
            size_system: variant.size_system.clone(),
            gtin: variant.gtin.clone(),
            link: variant.link.clone(),
            price: price(offer.amount_minor_at(now)),
            regular_price: offer.sale_at(now).map(|_| price(offer.regular_minor)),
            availability: variant.availability,
        }
    };
    let mut variants: Vec<&Variant> = article.variants.iter().collect();
    // Stable: of one size in several colours the first stays before the others.
    variants.sort_by(|a, b| order(&a.size, &b.size));
    let variants = variants.into_iter().map(variant).collect();
    WholeProduct { product: product(article, now), variants, item_group_id: article.group.clone() }
}

/// The product with its regular price, without any sale, and its sizes alike.
#[must_use]
pub fn regular_product(article: &Article) -> WholeProduct {
    let variants = article.variants.iter().map(|variant| Variant { sale: None, ..variant.clone() }).collect();
    let mut article = Article { sale: None, variants, ..article.clone() };
    article.settle();
    whole_product(&article, Timestamp::UNIX_EPOCH)
}

/// What does not depend on the moment.
fn plain_product(article: &Article) -> Product {
    let mut sizes =
        distinct(article.variants.iter().filter(|variant| variant.can_be_bought()), |variant| variant.size.clone());
    sizes.truncate(Product::MOST_SIZES);
    Product {
        id: article.id.clone(),
        title: article.title.clone(),
        description: article.description.clone(),
        link: article.link_to_buy().to_owned(),
        image_url: image_url(&article.id, &article.picture_sha256),
        further_pictures: (1..)
            .zip(&article.further_pictures)
            .map(|(number, sha256)| further_address(&article.id, number, sha256))
            .collect(),
        price: article.price.clone(),
        highest_price: None,
        regular_price: None,
        price_valid_until: None,
        availability: article.availability,
        sizes,
        brand: article.brand.clone(),
        color: article.color.clone(),
        gender: article.gender.clone(),
        product_type: article.product_type.clone(),
        age_group: article.age_group.clone(),
        material: article.material.clone(),
        pattern: article.pattern.clone(),
        category: article.category,
        category_predicted: article.category_predicted,
    }
}

/// The address of a product's picture. It changes with the picture, so that browsers may cache pictures forever.
#[must_use]
pub fn image_url(id: &str, picture_sha256: &Digest) -> String {
    let id = utf8_percent_encode(id, &ESCAPED);
    format!("{}/{id}?v={}", paths::PRODUCT_IMAGES, picture_sha256.short())
}

/// The address of one of an article's further pictures, from 0; empty if it has none such.
pub(super) fn further_url(article: &Article, place: usize) -> String {
    article
        .further_pictures
        .get(place)
        .map_or_else(String::new, |sha256| further_address(&article.id, place + 1, sha256))
}

/// The address of a further picture, counted from 1.
fn further_address(id: &str, number: usize, picture_sha256: &Digest) -> String {
    let id = utf8_percent_encode(id, &ESCAPED);
    format!("{}/{id}/{number}?v={}", paths::PRODUCT_IMAGES, picture_sha256.short())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Sale;
    use crate::catalogue::article::tests::article;
    use crate::catalogue::variant::tests::variant;

    #[test]
    fn what_is_sold_out_comes_last_of_its_ten_and_nothing_moves_further() {
        let availability = |at: usize| match at {
            0 | 3 | 10 => Availability::OutOfStock,
            1 => Availability::Preorder,
            _ => Availability::InStock,
        };
        let article_at = |at: usize| Article { availability: availability(at), ..article(&at.to_string()) };
        let articles: Vec<Article> = (0..12).map(article_at).collect();
        let ranked = |(at, article)| RankedArticle { article, hit: Hit { article: at, score: 0.0 } };
        let mut row: Vec<RankedArticle<'_>> = articles.iter().enumerate().map(ranked).collect();
        let order = |row: &[RankedArticle<'_>]| row.iter().map(|ranked| ranked.article.id.clone()).collect::<Vec<_>>();
        let mut fixed = row.clone();
        put_in_stock_first(&mut row, |_| false);
        assert_eq!(order(&row), ["1", "2", "4", "5", "6", "7", "8", "9", "0", "3", "11", "10"]);
        put_in_stock_first(&mut fixed, |ranked| ["0", "5"].contains(&&*ranked.article.id));
        assert_eq!(order(&fixed), ["0", "1", "2", "4", "6", "5", "7", "8", "9", "3", "11", "10"]);
    }

    #[test]
    fn a_product_shows_the_price_of_the_moment_and_until_when_it_holds() {
        let (from, until) = Sale::period("2026-11-27T00:00Z/2026-11-30T00:00Z").expect("a period");
        let sale = Sale { amount_minor: 995, from: Some(from), until: Some(until) };
        let article = Article { sale: Some(sale), ..article("a/ü") };
        let now = product(&article, from);
        assert_eq!(
            (now.price.to_string(), now.price_valid_until.as_deref()),
            ("9.95 EUR".into(), Some("2026-11-30T00:00:00Z"))
        );
        assert_eq!(now.regular_price.map(|price| price.to_string()).as_deref(), Some("19.95 EUR"));
        let digest = article.picture_sha256.to_string();
        assert_eq!(now.image_url, format!("/api/v1/images/a%2F%C3%BC?v={}", &digest[..16]));
        assert_eq!(product(&article, until), regular_product(&article).product);
    }

    #[test]
    fn a_card_has_the_sizes_that_can_be_bought_and_the_whole_product_all() {
        let gone = Variant { availability: Availability::OutOfStock, ..variant("XS", 100) };
        let of_size = |at: usize| variant(&(30 + at).to_string(), 1995);
        let variants: Vec<Variant> =
            [variant("L", 2495), gone, variant("s", 1995), variant("S", 1995)].into_iter().collect();
        let mut sized = Article { variants, group: "shirts".to_owned(), ..article("a") };
        sized.settle();
        let now = Timestamp::UNIX_EPOCH;
        let card = product(&sized, now);
        assert_eq!(card.sizes, ["s", "L"]);
        assert_eq!(card.price.amount_minor, 1995);
        assert_eq!(card.highest_price.as_ref().map(|price| price.amount_minor), Some(2495));
        let whole = whole_product(&sized, now);
        let found: Vec<(&str, u64)> =
            whole.variants.iter().map(|variant| (&*variant.size, variant.price.amount_minor)).collect();
        assert_eq!(found, [("XS", 100), ("s", 1995), ("S", 1995), ("L", 2495)]);
        assert_eq!(whole.item_group_id, "shirts");
        assert_eq!(whole.product, card);
        sized.variants = (0..50).map(of_size).collect();
        let card = product(&sized, now);
        assert_eq!((card.sizes.len(), card.highest_price), (Product::MOST_SIZES, None));
    }
}
