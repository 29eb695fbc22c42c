//! Where the keyboard goes on when results are replaced. In: what was pressed in them. Out: the focus on their heading.

use leptos::ev::MouseEvent;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::browser;

/// Moves the focus to the results' heading before what was pressed is replaced with its row.
pub(super) fn focus_results(event: &MouseEvent) {
    let pressed = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let results = pressed.and_then(|pressed| pressed.closest(".results").ok().flatten());
    let heading = results.and_then(|results| results.query_selector("#results-heading").ok().flatten());
    if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<HtmlElement>().ok()) {
        browser::focus_quietly(&heading);
    }
}
