//! The page's few icons, drawn in 24 × 24 with the text's colour; all are decoration beside words.

use leptos::prelude::*;

/// A closed padlock.
pub(crate) fn lock() -> impl IntoView {
    icon("M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z")
}

/// A picture with a hill and a sun.
pub(crate) fn picture() -> impl IntoView {
    icon("M4 5h16v14H4zM4 16l4.5-5 4 4 3-3 4.5 4.5M15.5 8.5h.01")
}

/// An arrow out of a frame.
pub(crate) fn outward() -> impl IntoView {
    icon("M9 6h9v9M18 6 7 17")
}

/// An arrow that turns back.
pub(crate) fn undo() -> impl IntoView {
    icon("M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3")
}

/// An arrow that turns forth.
pub(crate) fn redo() -> impl IntoView {
    icon("m15 14 5-5-5-5M20 9H10a6 6 0 0 0 0 12h3")
}

fn icon(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=path />
        </svg>
    }
}
