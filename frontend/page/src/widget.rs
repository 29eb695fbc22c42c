//! The page's program as a widget in a shop's page. In: an element of a shadow tree, and what the loader
//! (`frontend/widget/widget.js`) read from its attributes. Out: the mounted page, and events on the tree's host.
//!
//! The loader tells the shop's page nothing that shows the visitor: no event carries a picture.

#![expect(unreachable_pub, reason = "what is exported to JavaScript must be `pub`")]

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use leptos::ev;
use leptos::mount::mount_to;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stl_types::wire::{Product, SearchResponse};
use wasm_bindgen::prelude::*;
use web_sys::{
    Blob, CustomEvent, CustomEventInit, Element, Event, EventTarget, HtmlElement, MouseEvent, Node,
    ScrollIntoViewOptions, ScrollLogicalPosition, ShadowRoot,
};

use crate::app::page;
use crate::base;
use crate::browser::listen;
use crate::components::{failure_next, failure_sentence};
use crate::failure::Failure;
use crate::i18n::use_i18n;
use crate::journey::Journey;
use crate::state::{Answer, Article, Cutout};
use crate::wish::Wish;

/// What the loader passes.
#[derive(Debug, Deserialize)]
struct Options {
    /// The server's address.
    api: String,
    /// The language of the page around it.
    #[serde(default)]
    lang: Option<String>,
    #[serde(flatten)]
    wish: Wish,
}

/// Where a widget stands. A handle: copies share the element.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    root: StoredValue<HtmlElement, LocalStorage>,
    wish: StoredValue<Wish>,
    lang: StoredValue<Option<String>>,
    journey: StoredValue<Option<Journey>>,
}

/// A mounted widget, for the loader.
#[wasm_bindgen]
pub struct WidgetHandle {
    /// Unmounts when dropped.
    _mounted: Box<dyn Any>,
    place: Place,
}

/// Mounts the page into `root`.
///
/// # Errors
/// When the options are not those of a loader of this version.
#[wasm_bindgen(js_name = mountWidget)]
pub fn mount_widget(root: HtmlElement, options: JsValue) -> Result<WidgetHandle, JsError> {
    let Options { api, lang, wish } = serde_wasm_bindgen::from_value(options)?;
    base::set(&api);
    let made = Rc::new(Cell::new(None));
    let mounted = mount_to(root.clone(), {
        let made = Rc::clone(&made);
        move || {
            let place = Place {
                root: StoredValue::new_local(root),
                wish: StoredValue::new(wish),
                lang: StoredValue::new(lang),
                journey: StoredValue::new(None),
            };
            provide_context(place);
            made.set(Some(place));
            page()
        }
    });
    let place = made.get().ok_or_else(|| JsError::new("the widget was not mounted"))?;
    Ok(WidgetHandle { _mounted: Box::new(mounted), place })
}

#[wasm_bindgen]
impl WidgetHandle {
    /// Searches with a photo.
    pub fn search(&self, photo: Blob) {
        if let Some(journey) = self.place.journey.try_get_value().flatten() {
            journey.choose(photo);
        }
    }

    /// Takes other categories and limits, from the next search on.
    ///
    /// # Errors
    /// When the options are not those of a loader of this version.
    pub fn configure(&self, options: JsValue) -> Result<(), JsError> {
        let Options { wish, .. } = serde_wasm_bindgen::from_value(options)?;
        self.place.wish.try_set_value(wish);
        Ok(())
    }

    /// Takes the page out of its element, ends its worker and forgets photo and answer.
    pub fn unmount(self) {}
}

impl Place {
    /// The widget's, none for the page by itself.
    pub(crate) fn current() -> Option<Self> {
        use_context()
    }

    /// What the widget asks for; everything, for the page by itself.
    pub(crate) fn wish() -> StoredValue<Wish> {
        Self::current().map_or_else(|| StoredValue::new(Wish::default()), |place| place.wish)
    }

    /// The languages that it should speak, the best first; none for the page by itself, whose visitor says it.
    pub(crate) fn languages() -> Option<Vec<String>> {
        Some(Self::current()?.lang.get_value()?.split(',').map(str::to_owned).collect())
    }

    /// The widget's element.
    pub(crate) fn root(self) -> HtmlElement {
        self.root.get_value()
    }

    /// What hears of files that are dropped or pasted: the widget's own element, or the whole window for the page by itself.
    pub(crate) fn area() -> EventTarget {
        Self::current().map_or_else(|| window().into(), |place| place.root.get_value().into())
    }

    /// Tells the shop's page how `journey` goes.
    pub(crate) fn announce(self, journey: Journey) {
        self.journey.set_value(Some(journey));
        // Values are taken out before a listener of the shop runs, which may begin another search.
        Effect::new(move || {
            if let Some(cutout) = journey.cutout.get() {
                self.tell("stl-segmented", &Segmented::from(&cutout), false);
            }
        });
        Effect::new(move || {
            if let Some(Answer { response, round_trip_ms }) = journey.answer.get() {
                let similar_to = journey.article.with_untracked(|article| Some(article.as_ref()?.id.clone()));
                self.tell("stl-results", &Results { response, similar_to, round_trip_ms }, false);
            }
        });
        let i18n = use_i18n();
        Effect::new(move || {
            if let Some(Failure { fault, detail, .. }) = journey.failure() {
                let locale = untrack(|| i18n.get_locale());
                let (message, next) = (failure_sentence(locale, fault), failure_next(locale, fault));
                let failed = Failed { code: fault.code(), message, detail, next };
                self.tell("stl-error", &failed, false);
            }
        });
        let has_photo = Memo::new(move |_| journey.photo.with(Option::is_some));
        Effect::new(move || {
            if has_photo.get() {
                self.show_top();
            }
        });
        let root = EventTarget::from(self.root.get_value());
        listen(&root, ev::click, move |event| self.clicked(journey, &event));
        listen(&root, ev::auxclick, move |event| self.clicked(journey, &event));
    }

    /// A product's card was followed, or one of the links within the widget.
    fn clicked(self, journey: Journey, event: &MouseEvent) {
        let Some(link) = closest(event, "a[href]") else { return };
        if let Some(id) = attribute_around(&link, "data-product-id") {
            let category = attribute_around(&link, "data-category");
            let found =
                journey.answer.with_untracked(|answer| find(&answer.as_ref()?.response, category.as_deref(), &id));
            let found =
                found.or_else(|| journey.article.with_untracked(|article| Followed::alone(article.as_ref()?, &id)));
            // The middle button opens a link, the right one only its menu.
            if let Some(found) = found.filter(|_| event.button() < 2)
                && !self.tell("stl-product-click", &found, true)
            {
                event.prevent_default();
            }
        } else if let Some(id) = link.get_attribute("href").as_deref().and_then(|href| href.strip_prefix('#')) {
            // Browsers look for a fragment outside of shadow trees.
            event.prevent_default();
            let root = self.root.get_value();
            if let Ok(Some(target)) = root.query_selector(&format!("[id={id:?}]")) {
                target.scroll_into_view();
            }
        }
    }

    /// Dispatches an event on the host; false if somebody cancelled it.
    fn tell(self, name: &str, detail: &impl Serialize, cancelable: bool) -> bool {
        let Some(root) = self.root.try_get_value() else { return true };
        let host = root.get_root_node().dyn_into::<ShadowRoot>().map_or_else(|_| root.into(), |shadow| shadow.host());
        let detail = detail.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or_default();
        let options = CustomEventInit::new();
        options.set_bubbles(true);
        options.set_composed(true);
        options.set_cancelable(cancelable);
        options.set_detail(&detail);
        let event = CustomEvent::new_with_event_init_dict(name, &options);
        event.and_then(|event| host.dispatch_event(&event)).unwrap_or(true)
    }

    /// A photo's place is the widget's top: shows it, if it has been scrolled past.
    fn show_top(self) {
        let root = self.root.get_value();
        if root.get_bounding_client_rect().top() < 0.0 {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Start);
            root.scroll_into_view_with_scroll_into_view_options(&options);
        }
    }
}

/// Whether a drag that leaves for `to` leaves `area`.
pub(crate) fn leaves(area: &EventTarget, to: Option<EventTarget>) -> bool {
    let to = to.and_then(|to| to.dyn_into::<Node>().ok());
    match (to, area.dyn_ref::<Node>()) {
        (None, _) => true,
        (Some(_), None) => false,
        (to, Some(area)) => !area.contains(to.as_ref()),
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
    /// The article that was searched with, in place of a photo.
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
    /// Rank within its category, from 1; none for the article that similar ones are shown of.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
}

impl Followed {
    /// The article in the photo's place, if it has this id.
    fn alone(article: &Article, id: &str) -> Option<Self> {
        let product = article.product.clone().filter(|product| product.id == id)?;
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
