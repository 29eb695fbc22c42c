//! The cards in rows, in the order the server gives: garments seen in the photo, then the rest of the shop, folded. Above them the
//! filters.

mod cards;
mod refine;
mod row;

use leptos::ev::{Event, MouseEvent};
use leptos::html::H2;
use leptos::prelude::*;
use stl_types::wire::CategoryCards;
use wasm_bindgen::JsCast;
use web_sys::HtmlDetailsElement;

use super::filters::{ClearFilters, FilterPanel, OpenFilter};
use crate::browser;
use crate::filters::Filters;
use crate::format::RowName;
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::state::{Answer, Cutout, Focus};
use crate::{json_ld, server};
use row::Row;

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
        // The garment that the visitor chose comes first.
        if let Focus::Garment(layer) = journey.query.focus.get() {
            categories.sort_by_key(|row| row.garment.is_none_or(|garment| garment.layer != layer));
        }
        Some(categories)
    });
    let is_busy = RwSignal::new(false);
    let shows_rest = RwSignal::new(false);
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
                        rows_of(rows, categories, is_busy, shows_rest).into_any()
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
    let misses_part = Memo::new(move |_| misses_part(journey));
    let has_seen =
        Memo::new(move |_| categories.with(|rows| rows.as_deref().is_some_and(|rows| rows.iter().any(is_seen))));
    let words = move || match (is_empty.get(), shows_product.get(), has_seen.get()) {
        (true, ..) => t_string!(i18n, results.nothing),
        (false, true, _) => t_string!(i18n, product.similar),
        (false, false, true) => t_string!(i18n, results.heading),
        (false, false, false) => t_string!(i18n, results.of_shop),
    };
    // The pressed button is gone: keyboards and screen readers go on from here. A product has its own heading.
    let heading = NodeRef::<H2>::new();
    Effect::new(move || {
        if let Some(heading) = heading.get()
            && !shows_product.get_untracked()
        {
            // In the next frame, after the look's own heading.
            request_animation_frame(move || browser::focus_quietly(&heading));
        }
    });
    view! {
        <div>
            <h2 id="results-heading" node_ref=heading tabindex="-1">{words}</h2>
            <Show when=move || !is_empty.get()>
                <p class="results__order" data-testid="order">{t!(i18n, results.order)}</p>
            </Show>
            // Screen readers hear it in the page's status: what comes with its words is not announced by all of them.
            <Show when=move || misses_part.get()>
                <p class="category__note" data-testid="part">{t!(i18n, results.part)}</p>
            </Show>
        </div>
        {move || categories.with(|rows| open_rows(rows.as_deref().unwrap_or_default())).map(shortcuts)}
    }
}

/// Whether the answer is without a part of the shop.
fn misses_part(journey: Journey) -> bool {
    journey.results.answer.with(|answer| answer.as_ref().is_some_and(Answer::misses_part))
}

fn is_seen(row: &CategoryCards) -> bool {
    row.garment.is_some()
}

/// The rows that are not folded, if there are several: of the garments seen, or all if none was seen.
fn open_rows(rows: &[CategoryCards]) -> Option<Vec<CategoryCards>> {
    let seen = rows.iter().any(is_seen);
    let open: Vec<_> = rows.iter().filter(|row| !seen || is_seen(row)).cloned().collect();
    (open.len() > 1).then_some(open)
}

/// An id for each row: its category, with a number where an earlier row has the same.
fn row_ids(rows: &[CategoryCards]) -> Vec<String> {
    let category = |at: usize| rows[at].category;
    let id = |at: usize| match (0..at).filter(|&earlier| category(earlier) == category(at)).count() {
        0 => category(at).to_string(),
        earlier => format!("{}-{}", category(at), earlier + 1),
    };
    (0..rows.len()).map(id).collect()
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
                // What cannot be searched may have products.
                fallback=move || (!misses_part(journey)).then(|| view! { <p>{t!(i18n, results.nothing_catalogue)}</p> })
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
        .zip(row_ids(&categories))
        .map(|(row, id)| {
            let (name, count) = (RowName::of(row), row.count());
            let target = id.clone();
            // Followed by the browser, it would make a step that has no results. A widget follows its links itself.
            let follow = move |event: MouseEvent| {
                if let Some(row) = document().get_element_by_id(&target) {
                    event.prevent_default();
                    row.scroll_into_view();
                }
            };
            view! {
                <li>
                    <a href=format!("#{id}") on:click=follow>
                        {move || name.text(i18n.get_locale())} " " <span>{count}</span>
                    </a>
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

/// The rows, one after the other, and then what machines read; `is_busy` until all of it is there. Rows of what was not seen are
/// folded below the others.
fn rows_of(
    found: Vec<CategoryCards>,
    categories: Memo<Option<Vec<CategoryCards>>>,
    is_busy: RwSignal<bool>,
    shows_rest: RwSignal<bool>,
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
    let row = |(index, (row, id))| {
        let is_filled = Memo::new(move |_| rows.get() > index);
        view! { <Row row id is_filled /> }
    };
    let ids = row_ids(&found);
    let (seen, rest): (Vec<_>, Vec<_>) = found.into_iter().zip(ids).enumerate().partition(|(_, (row, _))| is_seen(row));
    let rest = if seen.is_empty() {
        rest.into_iter().map(row).collect_view().into_any()
    } else {
        let rest = rest.into_iter().map(row).collect::<Vec<_>>();
        (!rest.is_empty()).then(|| view! { <Rest shows_rest>{rest}</Rest> }).into_any()
    };
    view! {
        {move || is_described.get().then(describe)}
        {seen.into_iter().map(row).collect_view()}
        <Unsearched />
        {rest}
    }
}

/// Least share of the person that shoes, bags and the like have where they are mentioned: less may be a mistake of the network.
const LEAST_UNSEARCHED: f64 = 0.01;

/// That what is seen in the photo beside garments is not searched.
#[component]
fn Unsearched() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let is_seen = move || {
        let is_seen = |sent: Cutout| sent.other_worn_share >= LEAST_UNSEARCHED;
        journey.query.product.with(Option::is_none) && journey.query.outgoing().is_some_and(is_seen)
    };
    view! {
        <Show when=is_seen>
            <p class="category__note results__unsearched" data-testid="unsearched">{t!(i18n, results.unsearched)}</p>
        </Show>
    }
}

/// Rows of what was not seen in the photo, behind their heading.
#[component]
fn Rest(
    /// Whether they are unfolded; kept while other cards replace them.
    shows_rest: RwSignal<bool>,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let on_toggle = move |event: Event| {
        let details = event.target().and_then(|target| target.dyn_into::<HtmlDetailsElement>().ok());
        shows_rest.set(details.is_some_and(|details| details.open()));
    };
    view! {
        <details class="rest" data-testid="rest" prop:open=shows_rest on:toggle=on_toggle>
            <summary>
                <h2>{t!(i18n, results.rest)}</h2>
            </summary>
            {children()}
        </details>
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

#[cfg(test)]
mod tests {
    use stl_types::Category;

    use super::*;

    #[test]
    fn rows_of_one_category_have_different_ids() {
        let row = |category| CategoryCards {
            category,
            likely: Vec::new(),
            cards: Vec::new(),
            further: Vec::new(),
            weak: false,
            garment: None,
        };
        let rows = [Category::Jumpers, Category::Trousers, Category::Jumpers].map(row);
        assert_eq!(row_ids(&rows), ["jumpers", "trousers", "jumpers-2"]);
    }
}
