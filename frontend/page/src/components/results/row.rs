//! A row of cards: heading, count, ways to see more.

use leptos::html::Ul;
use leptos::prelude::*;
use stl_types::wire::CategoryCards;

use crate::components::card::ProductCard;
use crate::components::filters::OpenFilter;
use crate::components::icons;
use crate::format;
use crate::i18n::{t, t_string, use_i18n};

/// Cards of a row before "Show all": a row that can be swiped through in a few strokes.
const FIRST_CARDS: usize = 10;

/// Share of a row's width that an arrow scrolls: the last card that was seen whole becomes the first.
const SCROLLED_SHARE: f64 = 0.75;

/// One row.
#[component]
pub(super) fn Row(
    row: CategoryCards,
    /// Whether its cards are shown by now.
    is_filled: Memo<bool>,
) -> impl IntoView {
    let (open_filter, i18n) = (expect_context::<OpenFilter>(), use_i18n());
    let CategoryCards { category, cards, garment, .. } = row;
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
    let list = NodeRef::<Ul>::new();
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
                <div class="category__ways">
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
                    <Show when=move || !shows_all.get()>
                        <Arrows list />
                    </Show>
                </div>
            </div>
            <ul class="cards" part="cards" class:cards--all=move || shows_all.get() node_ref=list>{shown}</ul>
        </section>
    }
}

/// Buttons that scroll a row, for mice, which cannot swipe.
#[component]
fn Arrows(list: NodeRef<Ul>) -> impl IntoView {
    let i18n = use_i18n();
    let scroll = move |direction: f64| {
        if let Some(list) = list.get_untracked() {
            list.scroll_by_with_x_and_y(direction * SCROLLED_SHARE * f64::from(list.client_width()), 0.0);
        }
    };
    view! {
        <button
            type="button"
            class="arrow"
            data-testid="row-back"
            aria-label=move || t_string!(i18n, results.back)
            on:click=move |_| scroll(-1.0)
        >
            {icons::back()}
        </button>
        <button
            type="button"
            class="arrow arrow--on"
            data-testid="row-on"
            aria-label=move || t_string!(i18n, results.on)
            on:click=move |_| scroll(1.0)
        >
            {icons::back()}
        </button>
    }
}
