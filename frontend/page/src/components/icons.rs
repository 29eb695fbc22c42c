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

/// A camera.
pub(crate) fn camera() -> impl IntoView {
    icon("M4 8h4l1.5-2.5h5L16 8h4v11H4zM12 10a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 1 0 0-6.6")
}

/// A clipboard.
pub(crate) fn clipboard() -> impl IntoView {
    icon("M9 5H6v15h12V5h-3M9 3.5h6v3.5H9z")
}

/// A cloud, crossed out.
pub(crate) fn no_connection() -> impl IntoView {
    icon("M4 4l16 16M8 8.2A4.6 4.6 0 0 0 7 17.3h9.5M11 6.6a5 5 0 0 1 6.4 4 3.6 3.6 0 0 1 1.6 6")
}

/// An arrow that turns back.
pub(crate) fn undo() -> impl IntoView {
    icon("M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3")
}

/// An arrow that turns forward.
pub(crate) fn redo() -> impl IntoView {
    icon("m15 14 5-5-5-5M20 9H10a6 6 0 0 0 0 12h3")
}

/// Two frames, one behind the other.
pub(crate) fn similar() -> impl IntoView {
    icon("M4 4h11v13H4zM8.5 20.5H19V8")
}

/// An arrow back.
pub(crate) fn back() -> impl IntoView {
    icon("M19 12H5M11 6l-6 6 6 6")
}

/// A chain's two links.
pub(crate) fn link() -> impl IntoView {
    icon("M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1")
}

/// A cross.
pub(crate) fn cross() -> impl IntoView {
    icon("M6 6l12 12M18 6 6 18")
}

/// A heart.
pub(crate) fn heart() -> impl IntoView {
    icon("M12 20C5 15 3.5 11.5 3.5 9a4.5 4.5 0 0 1 8.5-2 4.5 4.5 0 0 1 8.5 2c0 2.5-1.5 6-8.5 11z")
}

fn icon(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=path />
        </svg>
    }
}
