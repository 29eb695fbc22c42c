//! A failure: what happened, what to do next, and the button that does it.

use leptos::prelude::*;

use crate::app::FileDialog;
use crate::failure::{Failure, Retry};
use crate::journey::Journey;

/// The failure, if there is one.
#[component]
pub(crate) fn FailureNote() -> impl IntoView {
    let journey = expect_context::<Journey>();
    move || journey.failure().map(|failure| view! { <Note failure /> })
}

#[component]
fn Note(failure: Failure) -> impl IntoView {
    let journey = expect_context::<Journey>();
    let dialog = expect_context::<FileDialog>();
    let Failure { code, sentence, next, retry } = failure;
    let label = match retry {
        Retry::Never => None,
        Retry::ChooseAnother => Some("Choose another photo"),
        Retry::CutOut | Retry::Search | Retry::Sample(_) => Some("Try again"),
    };
    let act = move |_| match &retry {
        Retry::ChooseAnother => dialog.open(),
        retry => journey.retry(retry.clone()),
    };
    view! {
        <div class="failure" part="error" role="alert" data-testid="error" data-code=code.as_str()>
            <p class="failure__sentence">{sentence}</p>
            <p>{next}</p>
            {label.map(|label| view! {
                <button type="button" class="button" part="button" data-testid="retry" on:click=act>
                    {label}
                </button>
            })}
        </div>
    }
}
