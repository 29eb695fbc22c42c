//! Rows become cards. In: [`Row`]s, the [`Catalogue`] and the time. Out: [`CategoryCards`].
//!
//! Only here an [`Article`] becomes the API's [`Product`]: with the price of the moment and the address of its picture.

use std::collections::BTreeMap;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stl_types::Category;
use stl_types::wire::{Availability, Card, CategoryCards, FurtherCard, Product, paths};

use crate::catalogue::{Article, Catalogue};
use crate::digest::Digest;
use crate::pipeline::rows::Row;

/// In a part of a path, everything but RFC 3986's unreserved characters is escaped.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Looks up each hit's product; rows and cards stay in their order. `floors` tell which rows are weak.
#[must_use]
pub fn cards(
    catalogue: &Catalogue,
    rows: Vec<Row>,
    floors: &BTreeMap<Category, f32>,
    now: Timestamp,
) -> Vec<CategoryCards> {
    rows.into_iter()
        .map(|row| (row.is_weak(floors), row))
        .map(|(weak, Row { category, likely, garment, best, .. })| CategoryCards {
            category,
            likely,
            cards: best
                .iter()
                .filter_map(|hit| {
                    let product = product(catalogue.get(hit.article)?, now);
                    Some(Card { product, score: hit.score })
                })
                .collect(),
            further: Vec::new(),
            weak,
            garment,
        })
        .collect()
}

/// Cards whose ranks count as equal: about as many as a visitor sees of a row before looking further.
const RANK_CLASS: usize = 10;

/// Of each ten neighbours in a row, puts those that can be bought before those that are sold out; else the order stays. Cards that
/// `is_fixed` keep their places.
pub fn put_in_stock_first(cards: &mut [Card], is_fixed: impl Fn(&Card) -> bool) {
    for class in cards.chunks_mut(RANK_CLASS) {
        let places: Vec<usize> = (0..class.len()).filter(|place| !is_fixed(&class[*place])).collect();
        let mut sorted: Vec<Card> = places.iter().map(|place| class[*place].clone()).collect();
        // Stable.
        sorted.sort_by_key(|card| card.product.availability == Availability::OutOfStock);
        places.into_iter().zip(sorted).for_each(|(place, card)| class[place] = card);
    }
}

/// Keeps the first `limit` cards of a row, and of the others what is needed to fetch them.
pub fn leave_for_later(row: &mut CategoryCards, limit: usize) {
    let later = row.cards.split_off(limit.min(row.cards.len()));
    row.further = later.into_iter().map(|Card { product, score }| FurtherCard { id: product.id, score }).collect();
}

/// The product with its price at a moment.
#[must_use]
pub fn product(article: &Article, now: Timestamp) -> Product {
    let regular = regular_product(article);
    let Some(sale) = article.sale_at(now) else { return regular };
    Product {
        price: article.price_at(now),
        regular_price: Some(regular.price),
        price_valid_until: sale.until.map(|until| until.to_string()),
        ..regular
    }
}

/// The product with its regular price, without any sale.
#[must_use]
pub fn regular_product(article: &Article) -> Product {
    Product {
        id: article.id.clone(),
        title: article.title.clone(),
        description: article.description.clone(),
        link: article.link.clone(),
        image_url: image_url(&article.id, &article.picture_sha256),
        further_pictures: (1..)
            .zip(&article.further_pictures)
            .map(|(number, sha256)| further_address(&article.id, number, sha256))
            .collect(),
        price: article.price.clone(),
        regular_price: None,
        price_valid_until: None,
        availability: article.availability,
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

    #[test]
    fn what_is_sold_out_comes_last_of_its_ten_and_nothing_moves_further() {
        let availability = |at: usize| match at {
            0 | 3 | 10 => Availability::OutOfStock,
            1 => Availability::Preorder,
            _ => Availability::InStock,
        };
        let card = |at: usize| {
            let article = Article { availability: availability(at), ..article(&at.to_string()) };
            Card { product: product(&article, Timestamp::UNIX_EPOCH), score: 0.0 }
        };
        let mut cards: Vec<Card> = (0..12).map(card).collect();
        let order = |cards: &[Card]| cards.iter().map(|card| card.product.id.clone()).collect::<Vec<_>>();
        let mut fixed = cards.clone();
        put_in_stock_first(&mut cards, |_| false);
        assert_eq!(order(&cards), ["1", "2", "4", "5", "6", "7", "8", "9", "0", "3", "11", "10"]);
        put_in_stock_first(&mut fixed, |card| ["0", "5"].contains(&&*card.product.id));
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
        assert_eq!(product(&article, until), regular_product(&article));
    }
}
