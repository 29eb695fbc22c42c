//! The ways for a photo to come in: the library, a drop, a paste. The listeners are the page's ([`crate::app`]).

use leptos::prelude::*;
use stl_shared::worker::Stage;

use super::icons;
use crate::app::FileDialog;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use crate::journey::Journey;
use crate::state::{Loading, Step};

/// The drop zone with its button, the promise, and how far the worker is.
#[component]
pub(crate) fn WaysIn() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let dialog = expect_context::<FileDialog>();
    let is_checking = move || journey.step.with(|step| *step == Step::Checking);
    view! {
        <div class="drop-zone" part="drop-zone" data-testid="drop-zone">
            <span class="drop-zone__icon">{icons::picture()}</span>
            <button
                type="button"
                class="button"
                part="button"
                prop:disabled=is_checking
                on:click=move |_| dialog.open()
            >
                {move || if is_checking() { t_string!(i18n, hero.reading) } else { t_string!(i18n, hero.choose) }}
            </button>
            <p class="drop-zone__hint">{t!(i18n, hero.hint)}</p>
        </div>
        <p class="promise">
            {icons::lock()} <span>{t!(i18n, hero.promise)}</span>
        </p>
        <p class="readiness">{move || journey.loading.with(|loading| readiness(i18n.get_locale(), loading))}</p>
    }
}

/// How far the worker is, in a quiet line: nobody has to wait for it yet.
fn readiness(locale: Locale, loading: &Loading) -> String {
    match loading {
        Loading::Underway { stage: Stage::Download, done } => {
            td_string!(locale, readiness.download, percent = format!("{:.0}", done * 100.0))
        }
        Loading::Underway { .. } => td_string!(locale, readiness.almost),
        Loading::Ready => td_string!(locale, readiness.ready),
        Loading::Failed(_) => td_string!(locale, readiness.failed),
    }
}
