//! A row of cards: heading, count, a choice of its categories, and ways to see more.

use leptos::html::Ul;
use leptos::prelude::*;
use stl_types::Category;
use stl_types::wire::{Card, CategoryCards, LikelyCategory};

use crate::components::card::ProductCard;
use crate::components::filters::OpenFilter;
use crate::components::icons;
use crate::format::{self, RowName};
use crate::i18n::{t, t_string, use_i18n};

/// Cards of a row before "Show all": a row that can be swiped through in a few strokes.
const FIRST_CARDS: usize = 10;

/// Share of a row's width that an arrow scrolls: the last card that was seen whole becomes the first.
const SCROLLED_SHARE: f64 = 0.75;

/// One row.
#[component]
pub(super) fn Row(
    row: CategoryCards,
    /// Its id in the page.
    id: String,
    /// Whether its cards are shown by now.
    is_filled: Memo<bool>,
) -> impl IntoView {
    let (open_filter, i18n) = (expect_context::<OpenFilter>(), use_i18n());
    let name = RowName::of(&row);
    let CategoryCards { category, likely, cards, garment } = row;
    let all = cards.len();
    let cards = StoredValue::new(cards);
    let only = RwSignal::new(None::<Category>);
    let is_cheapest_first = RwSignal::new(false);
    let can_sort = cards.with_value(|cards| have_one_currency(cards));
    let is_shown = move |of: Category| only.get().is_none_or(|only| only == of);
    let count = Memo::new(move |_| {
        cards.with_value(|cards| cards.iter().filter(|card| is_shown(card.product.category)).count())
    });
    let is_unfolded = RwSignal::new(false);
    let shows_all = Memo::new(move |_| is_unfolded.get() || count.get() <= FIRST_CARDS);
    let label = move || {
        if shows_all.get() {
            t_string!(i18n, results.show_fewer)
        } else {
            t_string!(i18n, results.show_all, count = count.get())
        }
    };
    let shown = move || {
        let limit = match (is_filled.get(), shows_all.get()) {
            (false, _) => 0,
            (true, false) => FIRST_CARDS,
            (true, true) => usize::MAX,
        };
        cards.with_value(|cards| {
            let mut shown: Vec<&Card> = cards.iter().filter(|card| is_shown(card.product.category)).collect();
            if is_cheapest_first.get() {
                // Stable: of equal prices, the more similar one comes first.
                shown.sort_by_key(|card| card.product.price.amount_minor);
            }
            shown.into_iter().take(limit).cloned().map(|card| view! { <ProductCard card /> }).collect_view()
        })
    };
    let heading_id = format!("{id}-heading");
    let list = NodeRef::<Ul>::new();
    let has_more = move || count.get() > FIRST_CARDS;
    view! {
        <section
            class="category"
            part="category"
            id=id
            aria-labelledby=heading_id.clone()
            inert=move || open_filter.is_some()
            data-testid="category"
            data-category=category.as_str()
            data-count=all
        >
            <div class="category__head">
                <h3 id=heading_id.clone() part="category-heading">{move || name.text(i18n.get_locale())}</h3>
                <p>{move || t_string!(i18n, results.pieces, count = count.get() as u32)}</p>
                {garment.map(|_| view! { <p class="category__seen" data-testid="seen">{t!(i18n, results.seen)}</p> })}
                <div class="category__ways">
                    <Show when=has_more>
                        <button
                            type="button"
                            class="button button--quiet"
                            part="button"
                            data-testid="show-all"
                            aria-expanded=move || shows_all.get().to_string()
                            on:click=move |_| is_unfolded.update(|is_unfolded| *is_unfolded = !*is_unfolded)
                        >
                            {label}
                        </button>
                    </Show>
                    <Show when=move || !shows_all.get()>
                        <Arrows list />
                    </Show>
                </div>
            </div>
            {garment.filter(|garment| garment.outerwear).map(|_| view! {
                <p class="category__note" data-testid="outerwear">{t!(i18n, results.outerwear)}</p>
            })}
            <Choices likely only can_sort is_cheapest_first />
            <ul class="cards" part="cards" class:cards--all=shows_all node_ref=list>{shown}</ul>
        </section>
    }
}

/// Whether the prices of a row can be compared, and there are several.
fn have_one_currency(cards: &[Card]) -> bool {
    let currencies = cards.windows(2).map(|two| (&two[0].product.price.currency, &two[1].product.price.currency));
    cards.len() > 1 && currencies.into_iter().all(|(one, next)| one == next)
}

/// A choice of one of the categories that the garment is likely of, if they are several, and of the order.
#[component]
fn Choices(
    likely: Vec<LikelyCategory>,
    /// The chosen one.
    only: RwSignal<Option<Category>>,
    /// Whether the cards can be sorted by their prices.
    can_sort: bool,
    /// Whether they are.
    is_cheapest_first: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let choice = move |category: Option<Category>| {
        let words = move || match category {
            Some(category) => format::heading(i18n.get_locale(), category),
            None => t_string!(i18n, results.all),
        };
        view! {
            <li>
                <button
                    type="button"
                    class="chip"
                    data-testid="narrow"
                    data-only=category.map_or("all", Category::as_str)
                    aria-pressed=move || (only.get() == category).to_string()
                    on:click=move |_| only.set(category)
                >
                    {words}
                </button>
            </li>
        }
    };
    let narrow = (likely.len() > 1).then(|| {
        let choices = std::iter::once(None).chain(likely.into_iter().map(|likely| Some(likely.category)));
        view! {
            <div role="group" aria-label=move || t_string!(i18n, results.narrow)>
                <ul class="chips">{choices.map(choice).collect_view()}</ul>
            </div>
        }
    });
    let sort = can_sort.then(|| {
        view! {
            <button
                type="button"
                class="chip"
                data-testid="cheapest"
                aria-pressed=move || is_cheapest_first.get().to_string()
                on:click=move |_| is_cheapest_first.update(|is_first| *is_first = !*is_first)
            >
                {t!(i18n, results.cheapest)}
            </button>
        }
    });
    (narrow.is_some() || sort.is_some()).then(|| view! { <div class="narrow">{narrow} {sort}</div> })
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
