//! The widget's events. In: the journey's signals and presses. Out: events on the element, whose details are the types of
//! `frontend/widget/widget.d.ts`.

use leptos::ev;
use leptos::prelude::*;
use serde::Serialize;
use stl_types::wire::{Product, SearchResponse};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, MouseEvent};

use crate::browser::listen;
use crate::components::{failure_next, failure_sentence};
use crate::failure::Failure;
use crate::host::Host;
use crate::i18n::use_i18n;
use crate::journey::Journey;
use crate::state::{Answer, Cutout, ProductQuery};

/// Dispatches events on the host while `journey` goes on.
pub(super) fn report(host: Host, journey: Journey) {
    // Values are taken out before a listener of the shop runs, which may begin another search.
    Effect::new(move || {
        if let Some(cutout) = journey.query.cutout.get() {
            host.dispatch("stl-segmented", &Segmented::from(&cutout), false);
        }
    });
    Effect::new(move || {
        if let Some(Answer { response, round_trip_ms }) = journey.results.answer.get() {
            let similar_to = journey.query.product.with_untracked(|product| Some(product.as_ref()?.id.clone()));
            host.dispatch("stl-results", &Results { response, similar_to, round_trip_ms }, false);
        }
    });
    let i18n = use_i18n();
    Effect::new(move || {
        if let Some(Failure { fault, detail, .. }) = journey.failure() {
            let locale = untrack(|| i18n.get_locale());
            let (message, next) = (failure_sentence(locale, fault), failure_next(locale, fault));
            host.dispatch("stl-error", &Failed { code: fault.code(), message, detail, next }, false);
        }
    });
    let has_photo = Memo::new(move |_| journey.query.photo.with(Option::is_some));
    Effect::new(move || {
        // The photo is shown at the widget's top.
        if has_photo.get() {
            host.show_top();
        }
    });
    // What is pressed to search is far below the results, which begin at the widget's top.
    let shows_results = Memo::new(move |_| journey.is_answered() && journey.query.product.with(Option::is_none));
    let has_answer = Memo::new(move |_| journey.results.answer.with(Option::is_some));
    Effect::new(move || {
        // Again when the answer comes: a dialog that was too low to scroll meanwhile goes back to where it was.
        has_answer.track();
        if shows_results.get() {
            request_animation_frame(move || host.show_results());
        }
    });
    let target = host.drop_target();
    listen(&target, ev::click, move |event| follow_link(host, journey, &event));
    listen(&target, ev::auxclick, move |event| follow_link(host, journey, &event));
}

/// A product's link is reported; a link within the widget is followed here.
fn follow_link(host: Host, journey: Journey, event: &MouseEvent) {
    let Some(link) = closest(event, "a[href]") else { return };
    if let Some(id) = attribute_around(&link, "data-product-id") {
        let category = attribute_around(&link, "data-category");
        let followed = journey
            .results
            .answer
            .with_untracked(|answer| find(&answer.as_ref()?.response, category.as_deref(), &id))
            .or_else(|| journey.query.product.with_untracked(|product| Followed::alone(product.as_ref()?, &id)));
        // The middle button opens a link, the right one only its menu.
        if let Some(followed) = followed.filter(|_| event.button() < 2)
            && !host.dispatch("stl-product-click", &followed, true)
        {
            event.prevent_default();
        }
    } else if let Some(id) = link.get_attribute("href").as_deref().and_then(|href| href.strip_prefix('#')) {
        // Browsers look for a fragment outside of shadow trees.
        event.prevent_default();
        if let Some(Ok(Some(target))) = host.root().map(|root| root.query_selector(&format!("[id={id:?}]"))) {
            target.scroll_into_view();
        }
    }
}

/// The detail of `stl-segmented`: numbers, no pixels.
#[derive(Serialize)]
struct Segmented {
    width: u32,
    height: u32,
    /// Share of the pixels that belong to the person.
    coverage: f64,
    /// Of both pictures that are sent.
    bytes: f64,
    duration_ms: f64,
}

impl From<&Cutout> for Segmented {
    fn from(cutout: &Cutout) -> Self {
        let timings = cutout.timings;
        Self {
            width: cutout.width,
            height: cutout.height,
            coverage: cutout.coverage,
            bytes: cutout.png.size() + cutout.regions.size(),
            duration_ms: timings.decode_ms + timings.segment_ms + timings.encode_ms,
        }
    }
}

/// The detail of `stl-results`: the server's answer as it is in the API, and how long it took.
#[derive(Serialize)]
struct Results {
    #[serde(flatten)]
    response: SearchResponse,
    /// The product that was searched with, in place of a photo.
    #[serde(skip_serializing_if = "Option::is_none")]
    similar_to: Option<String>,
    round_trip_ms: f64,
}

/// The detail of `stl-error`.
#[derive(Serialize)]
struct Failed {
    code: &'static str,
    message: String,
    /// The server's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    next: String,
}

/// The detail of `stl-product-click`.
#[derive(Serialize)]
struct Followed {
    product: Product,
    category: &'static str,
    /// Rank within its category, from 1; none for the product that was searched with.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
}

impl Followed {
    /// The product that was searched with, if it has this id.
    fn alone(query: &ProductQuery, id: &str) -> Option<Self> {
        let product = query.product.clone().filter(|product| product.id == id)?;
        Some(Self { category: product.category.as_str(), product, position: None })
    }
}

fn find(response: &SearchResponse, category: Option<&str>, id: &str) -> Option<Followed> {
    response
        .categories
        .iter()
        .filter(|found| category.is_none_or(|category| category == found.category.as_str()))
        .find_map(|found| {
            let index = found.cards.iter().position(|card| card.product.id == id)?;
            let product = found.cards[index].product.clone();
            Some(Followed { product, category: found.category.as_str(), position: Some(index + 1) })
        })
}

fn closest(event: &Event, selector: &str) -> Option<Element> {
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
        let response = SearchResponse { categories, articles_scored: 3, timing: SearchTiming::default() };
        let found =
            |category, id| find(&response, category, id).and_then(|found| Some((found.category, found.position?)));
        assert_eq!(found(Some("tops"), "b"), Some(("tops", 2)));
        assert_eq!(found(Some("shirts"), "b"), Some(("shirts", 1)));
        assert_eq!(found(None, "a"), Some(("tops", 1)));
        assert_eq!(found(Some("shirts"), "a"), None);
    }
}
