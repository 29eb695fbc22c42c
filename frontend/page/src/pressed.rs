//! Which product a press on a link, or a card, is of. In: an element or event, and the answer. Out: a [`Pressed`] product with its place.

use leptos::prelude::*;
use serde::Serialize;
use stl_types::wire::{Product, SearchResponse};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use crate::journey::Journey;
use crate::state::{Answer, ProductQuery};

/// A product with its place in the answer: the detail of `stl-product-click`.
#[derive(Serialize)]
pub(crate) struct Pressed {
    pub(crate) product: Product,
    pub(crate) category: &'static str,
    /// Rank within its category, from 1; none for the product that was searched with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) position: Option<usize>,
}

impl Pressed {
    /// The product of a card or of a link in one.
    pub(crate) fn of(journey: Journey, element: &Element) -> Option<Self> {
        let id = attribute_around(element, "data-product-id")?;
        let category = attribute_around(element, "data-category");
        let found = |answer: &Option<Answer>| find(&answer.as_ref()?.response, category.as_deref(), &id);
        let in_answer = journey.results.answer.with_untracked(found);
        in_answer.or_else(|| journey.query.product.with_untracked(|product| Self::alone(product.as_ref()?, &id)))
    }

    /// The product that was searched with, if it has this id.
    fn alone(query: &ProductQuery, id: &str) -> Option<Self> {
        let product = query.product.clone().filter(|product| product.id == id)?;
        Some(Self { category: product.category.as_str(), product, position: None })
    }
}

fn find(response: &SearchResponse, category: Option<&str>, id: &str) -> Option<Pressed> {
    response
        .categories
        .iter()
        .filter(|found| category.is_none_or(|category| category == found.category.as_str()))
        .find_map(|found| {
            let index = found.cards.iter().position(|card| card.product.id == id)?;
            let product = found.cards[index].product.clone();
            Some(Pressed { product, category: found.category.as_str(), position: Some(index + 1) })
        })
}

/// The innermost element around an event that a selector matches.
pub(crate) fn closest(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok().flatten()
}

fn attribute_around(element: &Element, name: &str) -> Option<String> {
    element.closest(&format!("[{name}]")).ok().flatten()?.get_attribute(name)
}

#[cfg(test)]
mod tests {
    use stl_types::wire::SearchTiming;

    use super::*;

    #[test]
    fn a_followed_card_is_found_with_its_rank_in_its_category() {
        let card = |id: &str| {
            format!(
                r#"{{"id":"{id}","title":"","link":"https://shop.example","image_url":"/i","availability":"in_stock",
                "price":{{"amount_minor":1,"currency":"EUR"}},"category":"tops","score":1}}"#
            )
        };
        let categories = format!(
            r#"[{{"category":"tops","cards":[{},{}]}},{{"category":"shirts","cards":[{}]}}]"#,
            card("a"),
            card("b"),
            card("b")
        );
        let categories = serde_json::from_str(&categories).expect("cards");
        let response = SearchResponse {
            categories,
            articles_scored: 3,
            timing: SearchTiming::default(),
            missing_shards: Vec::new(),
            events: false,
        };
        let found =
            |category, id| find(&response, category, id).and_then(|found| Some((found.category, found.position?)));
        assert_eq!(found(Some("tops"), "b"), Some(("tops", 2)));
        assert_eq!(found(Some("shirts"), "b"), Some(("shirts", 1)));
        assert_eq!(found(None, "a"), Some(("tops", 1)));
        assert_eq!(found(Some("shirts"), "a"), None);
    }
}
