//! The page: what stands where, and the ways a file comes in. In: the journey. Out: the DOM.

use std::time::Duration;

use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser::listen;
use crate::components::{ArticleView, Comparison, Hero, OfflineBanner, Results};
use crate::i18n::{I18n, Locale, t, t_string, use_i18n};
use crate::journey::Journey;
use crate::state::Step;
use crate::widget::{Place, leaves};
use crate::{browser, capture, format, offline};

/// The element of `index.html` that the page replaces.
const ROOT: &str = "shop-the-look-page";

/// The page's own start is over by then.
const PREPARED_AFTER: Duration = Duration::from_millis(400);

/// Opens the file dialog.
#[derive(Clone, Copy)]
pub(crate) struct FileDialog(NodeRef<Input>);

impl FileDialog {
    /// Opens it; browsers allow this only while a click or key press is being handled.
    pub(crate) fn open(self) {
        if let Some(input) = self.0.get_untracked() {
            input.click();
        }
    }
}

/// Puts the page in place of what `index.html` shows until now; does nothing in a shop's page, where widgets are mounted.
pub(crate) fn mount() {
    let root = document().get_element_by_id(ROOT).and_then(|root| root.dyn_into::<HtmlElement>().ok());
    if let Some(root) = root {
        root.set_inner_html("");
        mount_to(root, App).forget();
    }
}

/// The whole page.
pub(crate) fn page() -> impl IntoView {
    view! { <App /> }
}

#[component]
fn App() -> impl IntoView {
    let languages = Place::languages().unwrap_or_else(browser::languages);
    let i18n = I18n::provide(Locale::of(languages.iter().map(String::as_str)));
    let place = Place::current();
    Effect::new(move || browser::set_language(place.map(Place::root), i18n.get_locale().as_str()));
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
    let i18n = use_i18n();
    let journey = Journey::start();
    let place = Place::current();
    match place {
        Some(place) => place.announce(journey),
        None => offline::keep_when_loaded(journey.loading),
    }
    // Once the page stands, and before there is a photo.
    let locale = untrack(|| i18n.get_locale());
    set_timeout(move || format::prepare(locale), PREPARED_AFTER);
    let dialog = FileDialog(NodeRef::new());
    provide_context(journey);
    provide_context(dialog);
    let dragging = accept_files_anywhere(journey);
    if browser::remembers() {
        let _ = window_event_listener(ev::popstate, move |_| journey.follow_address());
        journey.follow_address();
    }
    let shows_article = Memo::new(move |_| journey.article.with(Option::is_some));
    // From the press that searches on, so that nothing moves when the answer comes.
    let is_searching = move || journey.step.with(|step| *step == Step::Searching);
    let has_answer = Memo::new(move |_| shows_article.get() || is_searching() || journey.answer.with(Option::is_some));
    let is_begun = Memo::new(move |_| shows_article.get() || journey.has_look());
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
                {t!(i18n, name)}
            </a>
            <Show when=move || is_begun.get()>
                <button type="button" class="button button--quiet" part="button" on:click=move |_| journey.reset()>
                    {t!(i18n, start_over)}
                </button>
            </Show>
        </header>
        <OfflineBanner />
        <main id="main" tabindex="-1" role=place.map(|_| "group")>
            <p class="visually-hidden" role="status" data-testid="status">{move || status(journey, i18n)}</p>
            <Show when=move || is_begun.get() fallback=Hero>
                <div class="look" class:look--answered=has_answer>
                    <Show when=move || shows_article.get() fallback=Comparison>
                        <ArticleView />
                    </Show>
                    <Results />
                </div>
            </Show>
        </main>
        <footer class="footer" part="footer">
            <p>{t!(i18n, footer)}</p>
            <LanguageChoice />
        </footer>
        <input
            node_ref=dialog.0
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

/// The visitor may drop or paste a picture wherever the page or the widget is; true while a file hovers over it.
fn accept_files_anywhere(journey: Journey) -> RwSignal<bool> {
    let dragging = RwSignal::new(false);
    let area = Place::area();
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
            // Leaving for no other element is leaving the window.
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

/// The stage in words, for screen readers: changes a few times a photo, not with every percent.
fn status(journey: Journey, i18n: I18n) -> String {
    journey.step.with(|step| match step {
        Step::Choosing | Step::Failed(_) => String::new(),
        Step::Checking => t_string!(i18n, status.reading),
        Step::CuttingOut | Step::Composing => t_string!(i18n, status.cutting),
        Step::Reviewing => t_string!(i18n, status.review),
        Step::Searching => t_string!(i18n, status.searching),
        Step::Done => journey.answer.with(|answer| {
            answer.as_ref().map_or_else(String::new, |answer| {
                let pieces: usize = answer.response.categories.iter().map(|category| category.cards.len()).sum();
                t_string!(i18n, status.found, count = pieces as u32)
            })
        }),
    })
}
