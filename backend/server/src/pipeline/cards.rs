//! Rows become cards. In: [`Row`]s, the [`Catalogue`] and the time. Out: [`CategoryCards`].
//!
//! Only here an [`Article`] becomes the API's [`Product`]: with the price of the moment and the address of its picture.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stl_types::wire::{Card, CategoryCards, Product, paths};

use crate::catalogue::{Article, Catalogue};
use crate::digest::Digest;
use crate::pipeline::rows::Row;

/// In a part of a path, everything but RFC 3986's unreserved characters is escaped.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Looks up each hit's product; rows and cards stay in their order.
#[must_use]
pub fn cards(catalogue: &Catalogue, rows: Vec<Row>, now: Timestamp) -> Vec<CategoryCards> {
    rows.into_iter()
        .map(|Row { category, likely, garment, best, .. }| CategoryCards {
            category,
            likely,
            cards: best
                .iter()
                .filter_map(|hit| {
                    let product = product(catalogue.get(hit.article)?, now);
                    Some(Card { product, score: hit.score })
                })
                .collect(),
            garment,
        })
        .collect()
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
        price: article.price.clone(),
        regular_price: None,
        price_valid_until: None,
        availability: article.availability,
        brand: article.brand.clone(),
        color: article.color.clone(),
        gender: article.gender.clone(),
        product_type: article.product_type.clone(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Sale;
    use crate::catalogue::article::tests::article;

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
