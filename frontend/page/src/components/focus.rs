//! Where the keyboard goes on when what was pressed disappears. In: the press. Out: the focus on what stays.

use leptos::ev::MouseEvent;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::browser;

/// Moves the focus to the results' heading before what was pressed is replaced with its row.
pub(super) fn focus_results(event: &MouseEvent) {
    focus_in(event, ".results", "#results-heading");
}

/// Moves the focus to the heading of a list before the item that was pressed is removed from it; to the page's content before the list
/// itself goes with its last item.
pub(super) fn focus_list(event: &MouseEvent, items: usize) {
    if items > 1 {
        focus_in(event, "section", "h2");
    } else if let Some(main) = document().get_element_by_id("main") {
        focus(Some(main));
    }
}

/// Moves the focus to the element `target` of what is around the pressed one.
pub(super) fn focus_in(event: &MouseEvent, around: &str, target: &str) {
    let pressed = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let around = pressed.and_then(|pressed| pressed.closest(around).ok().flatten());
    focus(around.and_then(|around| around.query_selector(target).ok().flatten()));
}

fn focus(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        browser::focus_quietly(&element);
    }
}
