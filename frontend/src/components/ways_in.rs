//! The ways for a photo to come in: the library, a drop, a paste. The listeners are the page's ([`crate::app`]).

use leptos::prelude::*;
use stl_shared::worker::Stage;

use super::icons;
use crate::app::FileDialog;
use crate::journey::Journey;
use crate::state::{Loading, Step};

/// The drop zone with its button, the promise, and how far the worker is.
#[component]
pub(crate) fn WaysIn() -> impl IntoView {
    let journey = expect_context::<Journey>();
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
                {move || if is_checking() { "Reading your photo…" } else { "Choose a photo" }}
            </button>
            <p class="drop-zone__hint">"or drop one here, or paste it from the clipboard"</p>
        </div>
        <p class="promise">
            {icons::lock()} <span>"Your photo never leaves this device. Only the cut-out, the person on plain white, is sent, with an outline of the garments."</span>
        </p>
        <p class="readiness">{move || journey.loading.with(readiness)}</p>
    }
}

/// How far the worker is, in a quiet line: nobody has to wait for it yet.
fn readiness(loading: &Loading) -> String {
    match loading {
        Loading::Underway { stage: Stage::Download, done } => {
            format!("Getting the cut-out tool ready · {:.0} %", done * 100.0)
        }
        Loading::Underway { .. } => "Getting the cut-out tool ready · almost there".to_owned(),
        Loading::Ready => "The cut-out tool is ready.".to_owned(),
        Loading::Failed(_) => "The cut-out tool is not ready. It starts again with your photo.".to_owned(),
    }
}
