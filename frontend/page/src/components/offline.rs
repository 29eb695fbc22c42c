//! The banner that is shown while there is no connection.

use leptos::prelude::*;

use super::icons;
use crate::i18n::{t, use_i18n};
use crate::offline;

/// The banner. Its element stays in the page, so that screen readers announce the text.
#[component]
pub(crate) fn OfflineBanner() -> impl IntoView {
    let i18n = use_i18n();
    let online = offline::is_online();
    view! {
        <div role="status">
            <Show when=move || !online.get()>
                <p class="offline" data-testid="offline">{icons::no_connection()} <span>{t!(i18n, offline.banner)}</span></p>
            </Show>
        </div>
    }
}
