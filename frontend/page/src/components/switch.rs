//! A choice that is on or off. In: whether it is on. Out: presses.

use leptos::prelude::*;

use crate::capture::is_checked;

/// A checkbox with the role and look of a switch, and its label.
#[component]
pub(crate) fn Switch(
    /// Its `data-testid`.
    name: &'static str,
    /// Whether it is on.
    #[prop(into)]
    is_on: Signal<bool>,
    /// What a press does: whether it is on from now on.
    change: impl Fn(bool) + 'static,
    /// Its classes.
    #[prop(default = "switch")]
    class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <label class=class>
            <input
                type="checkbox"
                role="switch"
                data-testid=name
                prop:checked=is_on
                on:change=move |event| change(is_checked(&event))
            />
            <span>{children()}</span>
        </label>
    }
}
