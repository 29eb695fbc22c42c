//! The cards by category, in the order the server gives: what was seen in the photo first. Above them the filters.

use leptos::prelude::*;
use stl_types::wire::CategoryCards;

use super::card::ProductCard;
use super::filters::{ClearFilters, FilterPanel, OpenFilter};
use crate::filters::Filters;
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::{format, json_ld, server};

/// Cards of a category before "Show all": a row that can be swiped through in a few strokes.
const FIRST_CARDS: usize = 10;

/// Rows that are rendered at once: as many as a screen shows. Each further one gets its own frame, so that no task is long.
const FIRST_ROWS: usize = 2;

/// All that was found.
#[component]
pub(crate) fn Results() -> impl IntoView {
    let journey = expect_context::<Journey>();
    let has_answer = Memo::new(move |_| journey.results.answer.with(Option::is_some));
    let categories = Memo::new(move |_| {
        let mut categories =
            journey.results.answer.with(|answer| Some(answer.as_ref()?.response.categories.clone()))?;
        categories.retain(|category| !category.cards.is_empty());
        Some(categories)
    });
    let is_busy = RwSignal::new(false);
    provide_context(OpenFilter::default());
    view! {
        // The filters stay while the cards change, so that an open one stays open.
        <Show when=move || has_answer.get()>
            <section
                class="results"
                part="results"
                aria-labelledby="results-heading"
                aria-busy=move || is_busy.get().then_some("true")
            >
                <div class="results__head">
                    <Heading categories />
                </div>
                <FilterPanel />
                {move || {
                    let rows = categories.get()?;
                    Some(if rows.is_empty() {
                        is_busy.set(false);
                        nothing(journey).into_any()
                    } else {
                        rows_of(rows, categories, is_busy).into_any()
                    })
                }}
            </section>
        </Show>
    }
}

/// Heading, order of the cards, and a link to each category.
#[component]
fn Heading(categories: Memo<Option<Vec<CategoryCards>>>) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let is_empty = Memo::new(move |_| categories.with(|categories| categories.as_ref().is_none_or(Vec::is_empty)));
    let shows_product = Memo::new(move |_| journey.query.product.with(Option::is_some));
    let heading = move || match (is_empty.get(), shows_product.get()) {
        (true, _) => t_string!(i18n, results.nothing),
        (false, true) => t_string!(i18n, product.similar),
        (false, false) => t_string!(i18n, results.heading),
    };
    view! {
        <div>
            <h2 id="results-heading">{heading}</h2>
            <Show when=move || !is_empty.get()>
                <p class="results__order" data-testid="order">{t!(i18n, results.order)}</p>
            </Show>
        </div>
        {move || categories.get().filter(|categories| categories.len() > 1).map(shortcuts)}
    }
}

/// Nothing was found.
fn nothing(journey: Journey) -> impl IntoView {
    let i18n = use_i18n();
    // The chosen filters, not the answer's: they differ only during the pause before a search.
    let is_filtered = Memo::new(move |_| journey.results.filters.with(|filters| *filters != Filters::default()));
    view! {
        <div class="results__nothing" data-testid="nothing">
            <Show
                when=move || is_filtered.get()
                fallback=move || view! { <p>{t!(i18n, results.nothing_catalogue)}</p> }
            >
                <p>{t!(i18n, results.nothing_filter)}</p>
                <ClearFilters />
            </Show>
        </div>
    }
}

fn shortcuts(categories: Vec<CategoryCards>) -> impl IntoView {
    let i18n = use_i18n();
    let shortcuts = categories
        .iter()
        .map(|CategoryCards { category, cards, .. }| {
            let category = *category;
            view! {
                <li>
                    <a href=format!("#{category}")>{move || format::heading(i18n.get_locale(), category)} " " <span>{cards.len()}</span></a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav aria-label=move || t_string!(i18n, results.categories)>
            <ul class="shortcuts">{shortcuts}</ul>
        </nav>
    }
}

/// The rows, one after the other, and then what machines read; `is_busy` until all of it is there.
fn rows_of(
    found: Vec<CategoryCards>,
    categories: Memo<Option<Vec<CategoryCards>>>,
    is_busy: RwSignal<bool>,
) -> impl IntoView {
    let count = found.len();
    let rows = RwSignal::new(FIRST_ROWS.min(count));
    is_busy.set(true);
    next_row(rows, count, is_busy);
    // Search engines do not read shadow trees.
    let is_described = Memo::new(move |_| rows.get() > count && !server::is_foreign_page());
    let describe = move || {
        let origin = window().location().origin().unwrap_or_default();
        let described =
            categories.with_untracked(|found| json_ld::item_list(found.as_deref().unwrap_or_default(), &origin));
        view! { <script type="application/ld+json" inner_html=described></script> }
    };
    let category = |(index, category)| {
        let is_filled = Memo::new(move |_| rows.get() > index);
        view! { <Category category is_filled /> }
    };
    view! {
        {move || is_described.get().then(describe)}
        {found.into_iter().enumerate().map(category).collect_view()}
    }
}

/// Shows one more row in each frame, until other rows replace them.
fn next_row(rows: RwSignal<usize>, count: usize, is_busy: RwSignal<bool>) {
    request_animation_frame(move || {
        let shown = rows.try_update(|rows| {
            *rows += 1;
            *rows
        });
        match shown {
            Some(shown) if shown > count => is_busy.set(false),
            Some(_) => next_row(rows, count, is_busy),
            None => {}
        }
    });
}

#[component]
fn Category(
    category: CategoryCards,
    /// Whether its cards are shown by now.
    is_filled: Memo<bool>,
) -> impl IntoView {
    let (open_filter, i18n) = (expect_context::<OpenFilter>(), use_i18n());
    let CategoryCards { category, cards, garment } = category;
    let count = cards.len();
    let shows_all = RwSignal::new(count <= FIRST_CARDS);
    let label = move || {
        if shows_all.get() {
            t_string!(i18n, results.show_fewer)
        } else {
            t_string!(i18n, results.show_all, count = count)
        }
    };
    let cards = StoredValue::new(cards);
    let shown = move || {
        let most = match (is_filled.get(), shows_all.get()) {
            (false, _) => 0,
            (true, false) => FIRST_CARDS,
            (true, true) => count,
        };
        cards.with_value(|cards| {
            cards.iter().take(most).cloned().map(|card| view! { <ProductCard card /> }).collect_view()
        })
    };
    let heading_id = format!("{category}-heading");
    view! {
        <section
            class="category"
            part="category"
            id=category.as_str()
            aria-labelledby=heading_id.clone()
            inert=move || open_filter.is_some()
            data-testid="category"
            data-category=category.as_str()
            data-count=count
        >
            <div class="category__head">
                <h3 id=heading_id.clone() part="category-heading">{move || format::heading(i18n.get_locale(), category)}</h3>
                <p>{t!(i18n, results.pieces, count = count as u32)}</p>
                {garment.map(|_| view! { <p class="category__seen" data-testid="seen">{t!(i18n, results.seen)}</p> })}
                {(count > FIRST_CARDS).then(|| view! {
                    <button
                        type="button"
                        class="button button--quiet"
                        part="button"
                        data-testid="show-all"
                        aria-expanded=move || shows_all.get().to_string()
                        on:click=move |_| shows_all.update(|shows_all| *shows_all = !*shows_all)
                    >
                        {label}
                    </button>
                })}
            </div>
            <ul class="cards" part="cards" class:cards--all=move || shows_all.get()>{shown}</ul>
        </section>
    }
}
