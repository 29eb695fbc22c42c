//! The page before there is a photo: what it does, the ways in, and the sample looks.

use leptos::prelude::*;

use super::error::FailureNote;
use super::samples::Samples;
use super::ways_in::WaysIn;

/// The empty state.
#[component]
pub(crate) fn Hero() -> impl IntoView {
    view! {
        <div class="hero">
            <div class="hero__words">
                <h1 part="heading">"See a look. Find its pieces."</h1>
                <p class="lead">
                    "Choose a photo of an outfit you like. We cut the person out and show what you can buy to wear it yourself."
                </p>
                <FailureNote />
                <WaysIn />
            </div>
            <Samples />
        </div>
    }
}
