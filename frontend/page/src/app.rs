//! The page: its parts, and the ways a file comes in. In: the host. Out: the DOM.

use std::time::Duration;

use leptos::ev;
use leptos::mount::mount_to;
use leptos::prelude::*;
use stl_types::wire::MARKET;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser::listen;
use crate::components::{Comparison, Hero, OfflineBanner, ProductView, Results};
use crate::file_dialog::FileDialog;
use crate::host::{Host, leaves, use_host};
use crate::i18n::{I18n, Locale, t, t_string, use_i18n};
use crate::journey::Journey;
use crate::report::Reporter;
use crate::saved_products::SavedProducts;
use crate::state::Step;
use crate::{browser, capture, format, offline, server, shop};

/// The element of `index.html` that the page replaces.
const ROOT: &str = "shop-the-look-page";

/// By then the page itself has started.
const PREPARED_AFTER: Duration = Duration::from_millis(400);

/// Mounts the page in place of what `index.html` shows; does nothing in a shop's page, where widgets are mounted.
pub(crate) fn mount() {
    let root = document().get_element_by_id(ROOT).and_then(|root| root.dyn_into::<HtmlElement>().ok());
    if let Some(root) = root {
        root.set_inner_html("");
        server::set_market(&browser::query_parameter(MARKET).unwrap_or_default());
        mount_to(root, || app(Host::page(), |journey| offline::keep_when_loaded(journey.loading))).forget();
    }
}

/// The whole page in its host; calls `started` with the journey, once.
pub(crate) fn app(host: Host, started: impl FnOnce(Journey)) -> impl IntoView {
    provide_context(host);
    let languages = host.languages();
    let i18n = I18n::provide(Locale::of(languages.iter().map(String::as_str)));
    Effect::new(move || browser::set_language(host.root(), i18n.get_locale().as_str()));
    let journey = Journey::start(host.params(), host.takes_only_numbers());
    provide_context(journey);
    provide_context(SavedProducts::as_remembered());
    provide_context(Reporter::start(host, journey));
    started(journey);
    view! { <Page /> }
}

#[component]
fn LanguageChoice() -> impl IntoView {
    let i18n = use_i18n();
    let choices = Locale::ALL.map(|(locale, name)| {
        let is_chosen = move || i18n.get_locale() == locale;
        view! {
            <button
                type="button"
                class="language"
                lang=locale.as_str()
                aria-pressed=move || is_chosen().to_string()
                on:click=move |_| i18n.set_locale(locale)
            >
                {name}
            </button>
        }
    });
    view! {
        <div class="languages" role="group" aria-label=move || t_string!(i18n, language)>
            {choices.collect_view()}
        </div>
    }
}

#[component]
fn Page() -> impl IntoView {
    let (host, i18n) = (use_host(), use_i18n());
    let journey = expect_context::<Journey>();
    // Once the page is mounted, and before there is a photo.
    let locale = untrack(|| i18n.get_locale());
    set_timeout(move || format::prepare(locale), PREPARED_AFTER);
    let dialog = FileDialog::default();
    provide_context(dialog);
    let dragging = accept_files_anywhere(host, journey);
    if browser::remembers() {
        let _ = window_event_listener(ev::popstate, move |_| journey.follow_address());
        journey.follow_address();
    }
    let shows_product = Memo::new(move |_| journey.query.product.with(Option::is_some));
    if browser::remembers() {
        Effect::new(move || {
            let title = journey.query.product.with(|shown| Some(shown.as_ref()?.product.as_ref()?.title.clone()));
            shop::set_title(i18n.get_locale(), title.as_deref());
        });
    }
    let is_answered = Memo::new(move |_| shows_product.get() || journey.is_answered());
    let is_begun = Memo::new(move |_| shows_product.get() || journey.query.has_look());
    view! {
        <a class="skip-link" href="#main">{t!(i18n, skip)}</a>
        <header class="masthead">
            <a
                class="wordmark"
                href="/"
                on:click=move |event| {
                    event.prevent_default();
                    journey.reset();
                }
            >
                <Wordmark />
            </a>
            <Show when=move || is_begun.get()>
                <button type="button" class="button button--quiet" part="button" on:click=move |_| journey.reset()>
                    {t!(i18n, start_over)}
                </button>
            </Show>
        </header>
        <OfflineBanner />
        <main id="main" tabindex="-1" role=host.is_element().then_some("group")>
            <p class="visually-hidden" role="status" data-testid="status">{move || status(journey, i18n)}</p>
            <Show when=move || is_begun.get() fallback=Hero>
                <div class="look" class:look--answered=is_answered>
                    <Show when=move || shows_product.get() fallback=Comparison>
                        <ProductView />
                    </Show>
                    <Results />
                </div>
            </Show>
        </main>
        <footer class="footer" part="footer">
            <p>{t!(i18n, footer)} " " <PrivacyLink /></p>
            <LanguageChoice />
        </footer>
        <input
            node_ref=dialog.input()
            class="visually-hidden"
            type="file"
            accept="image/*"
            tabindex="-1"
            aria-hidden="true"
            data-testid="file-input"
            on:change=move |event| {
                if let Some(file) = capture::input_of(&event).and_then(|input| capture::chosen(&input)) {
                    journey.choose(file);
                }
            }
        />
        <div class="drop-veil" class:drop-veil--shown=move || dragging.get() aria-hidden="true">
            <p>{t!(i18n, drop_anywhere)}</p>
        </div>
    }
}

/// The shop's logo, else its name.
#[component]
fn Wordmark() -> impl IntoView {
    let i18n = use_i18n();
    let name = move || shop::name(i18n.get_locale());
    match shop::shop().logo {
        Some(logo) => view! { <img class="wordmark__logo" src=logo alt=name /> }.into_any(),
        None => name.into_any(),
    }
}

/// A link to the privacy page; in a widget that of this program's server.
#[component]
fn PrivacyLink() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <a href=server::address(&shop::privacy()) target="_blank" rel="noopener" data-testid="privacy">
            {t!(i18n, privacy)} <span class="visually-hidden">" (" {t!(i18n, results.new_tab)} ")"</span>
        </a>
    }
}

/// Takes pictures that are dropped or pasted anywhere in the host; true while a file is dragged over it.
fn accept_files_anywhere(host: Host, journey: Journey) -> RwSignal<bool> {
    let dragging = RwSignal::new(false);
    let area = host.drop_target();
    listen(&area, ev::dragover, move |event| {
        if capture::carries_files(&event) {
            // Without this the browser would open the file in place of the page.
            event.prevent_default();
            dragging.set(true);
        }
    });
    listen(&area, ev::dragleave, {
        let area = area.clone();
        move |event| {
            if leaves(&area, event.related_target()) {
                dragging.set(false);
            }
        }
    });
    listen(&area, ev::drop, move |event| {
        dragging.set(false);
        if let Some(file) = capture::dropped(&event) {
            event.prevent_default();
            journey.choose(file);
        }
    });
    listen(&area, ev::paste, move |event| {
        if let Some(file) = capture::pasted(&event) {
            event.prevent_default();
            journey.choose(file);
        }
    });
    dragging
}

/// The step in words, for screen readers: changes a few times for a photo, not with every percent.
fn status(journey: Journey, i18n: I18n) -> String {
    journey.step.with(|step| match step {
        Step::Choosing | Step::Failed(_) => String::new(),
        Step::Checking => t_string!(i18n, status.reading),
        Step::CuttingOut | Step::Composing => t_string!(i18n, status.cutting),
        Step::Asking => t_string!(i18n, status.people),
        Step::Reviewing => t_string!(i18n, status.review),
        Step::Searching => t_string!(i18n, status.searching),
        Step::Done => journey.results.answer.with(|answer| {
            let Some(answer) = answer else { return String::new() };
            let found = t_string!(i18n, status.found, count = answer.shown_cards() as u32);
            if answer.misses_part() { found + " " + &t_string!(i18n, results.part) } else { found }
        }),
    })
}
