//! The page before there is a photo: what it does, the ways in, and the sample looks.

use leptos::prelude::*;

use super::error::FailureNote;
use super::history::History;
use super::samples::Samples;
use super::saved::Saved;
use super::ways_in::WaysIn;
use crate::i18n::{t, use_i18n};

/// The first screen.
#[component]
pub(crate) fn Hero() -> impl IntoView {
    let i18n = use_i18n();
    // Their place is reserved until the list is loaded, so that nothing moves.
    let are_missing = RwSignal::new(false);
    view! {
        <div class="hero" class:hero--alone=are_missing>
            <div class="hero__words">
                <h1 part="heading">{t!(i18n, hero.title)}</h1>
                <p class="lead">{t!(i18n, hero.lead)}</p>
                <FailureNote />
                <WaysIn />
            </div>
            <div class="hero__looks">
                <Samples are_missing />
                <Saved />
                <History />
            </div>
        </div>
    }
}
