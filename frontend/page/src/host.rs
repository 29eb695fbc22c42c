//! Where the program runs: in its own page, or in an element of a shop's page. In: the element and its attributes. Out: what
//! differs between the two, and events on the element.

use leptos::prelude::*;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{
    CustomEvent, CustomEventInit, EventTarget, HtmlElement, Node, ScrollIntoViewOptions, ScrollLogicalPosition,
    ShadowRoot,
};

use crate::browser;
use crate::search_params::SearchParams;
use crate::shop::shop;

/// The page or a shop's element. A handle: copies share the element.
#[derive(Clone, Copy)]
pub(crate) struct Host {
    element: StoredValue<Option<Element>, LocalStorage>,
    params: StoredValue<SearchParams>,
    /// Whether the shop has decided that no picture is sent.
    only_numbers: bool,
    /// The shop's name of a variant, which events carry; may be empty.
    variant: StoredValue<String>,
}

/// A shop's element, in which the program is a widget.
#[derive(Clone)]
struct Element {
    /// The root of the element's shadow tree.
    root: HtmlElement,
    /// Languages of the page around it, separated by commas.
    languages: Option<String>,
}

impl Host {
    /// The program's own page.
    pub(crate) fn page() -> Self {
        let params = StoredValue::new(SearchParams::default());
        let (element, variant) = (StoredValue::new_local(None), StoredValue::new(String::new()));
        Self { element, params, only_numbers: shop().only_numbers, variant }
    }

    /// An element, by the root of its shadow tree; `languages` are those of the page around it, the best first, separated by
    /// commas; `only_numbers` is whether no picture is sent, `variant` the shop's name of one.
    pub(crate) fn element(
        root: HtmlElement,
        languages: Option<String>,
        params: SearchParams,
        only_numbers: bool,
        variant: String,
    ) -> Self {
        let element = StoredValue::new_local(Some(Element { root, languages }));
        Self { element, params: StoredValue::new(params), only_numbers, variant: StoredValue::new(variant) }
    }

    /// The shop's name of a variant; empty without one.
    pub(crate) fn variant(self) -> String {
        self.variant.try_get_value().unwrap_or_default()
    }

    /// Whether the shop has decided that no picture is sent.
    pub(crate) const fn takes_only_numbers(self) -> bool {
        self.only_numbers
    }

    /// Whether the program runs in an element, and is a widget.
    pub(crate) fn is_element(self) -> bool {
        self.element.with_value(Option::is_some)
    }

    /// The root of the element's shadow tree.
    pub(crate) fn root(self) -> Option<HtmlElement> {
        self.element.try_get_value().flatten().map(|element| element.root)
    }

    /// Languages to prefer, the best first: the element's, else the visitor's.
    pub(crate) fn languages(self) -> Vec<String> {
        let languages = self.element.get_value().and_then(|element| element.languages);
        languages.map_or_else(browser::languages, |languages| languages.split(',').map(str::to_owned).collect())
    }

    /// What receives files that are dropped or pasted: the element's root, or the whole window.
    pub(crate) fn drop_target(self) -> EventTarget {
        self.root().map_or_else(|| window().into(), Into::into)
    }

    /// The search parameters that the host sets.
    pub(crate) fn params(self) -> StoredValue<SearchParams> {
        self.params
    }

    /// Takes other search parameters, from the next search on.
    pub(crate) fn set_params(self, params: SearchParams) {
        self.params.try_set_value(params);
    }

    /// Dispatches an event on the element; false if a listener cancelled it.
    pub(crate) fn dispatch(self, name: &str, detail: &impl Serialize, cancelable: bool) -> bool {
        let Some(root) = self.root() else { return true };
        let element = root.get_root_node().dyn_into::<ShadowRoot>();
        let element = element.map_or_else(|_| root.into(), |shadow| shadow.host());
        let detail = detail.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or_default();
        let options = CustomEventInit::new();
        options.set_bubbles(true);
        options.set_composed(true);
        options.set_cancelable(cancelable);
        options.set_detail(&detail);
        let event = CustomEvent::new_with_event_init_dict(name, &options);
        event.and_then(|event| element.dispatch_event(&event)).unwrap_or(true)
    }

    /// Scrolls to the element's top, if it has been scrolled past.
    pub(crate) fn show_top(self) {
        self.show_above(f64::INFINITY);
    }

    /// Scrolls to the element's top, unless it is in the upper third of the window, where the results below it can be seen.
    pub(crate) fn show_results(self) {
        let height = window().inner_height().ok().and_then(|height| height.as_f64());
        self.show_above(height.unwrap_or(0.0) / 3.0);
    }

    /// Scrolls to the element's top, unless it is between the window's top and `lowest` pixels below it.
    fn show_above(self, lowest: f64) {
        // The widget may have been removed before the frame.
        let Some(root) = self.root() else { return };
        let top = root.get_bounding_client_rect().top();
        if top < 0.0 || top > lowest {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Start);
            root.scroll_into_view_with_scroll_into_view_options(&options);
        }
    }
}

/// The host of where this is called.
pub(crate) fn use_host() -> Host {
    expect_context()
}

/// Whether a drag that goes on over `to` leaves `area`; no `to` is outside of the window.
pub(crate) fn leaves(area: &EventTarget, to: Option<EventTarget>) -> bool {
    let to = to.and_then(|to| to.dyn_into::<Node>().ok());
    match (to, area.dyn_ref::<Node>()) {
        (None, _) => true,
        (Some(_), None) => false,
        (to, Some(area)) => !area.contains(to.as_ref()),
    }
}
