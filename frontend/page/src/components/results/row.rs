//! A row of cards: heading, count, a choice of its categories, and ways to see more.

use leptos::html::Ul;
use leptos::prelude::*;
use stl_types::Category;
use stl_types::wire::{CategoryCards, LikelyCategory};

use crate::components::card::ProductCard;
use crate::components::filters::OpenFilter;
use crate::components::icons;
use crate::components::results::cards::RowCards;
use crate::components::results::refine::Refine;
use crate::format::{self, RowName};
use crate::i18n::{t, t_string, use_i18n};
use crate::search_params::CARDS_AT_ONCE;

/// Share of a row's width that an arrow scrolls: the last card that was seen whole becomes the first.
const SCROLLED_SHARE: f64 = 0.75;

/// Further cards are fetched when less than this, in widths of the row, is left of it: one stroke.
const LEFT_WIDTHS: i32 = 1;

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
    let cards = RowCards::new(expect_context(), &row);
    let all = row.count();
    let CategoryCards { category, likely, garment, weak: is_weak, .. } = row;
    let only = RwSignal::new(None::<Category>);
    let is_cheapest_first = RwSignal::new(false);
    let can_sort = cards.have_one_currency();
    let count = Memo::new(move |_| cards.count(only.get()));
    let is_unfolded = RwSignal::new(false);
    let shows_all = Memo::new(move |_| is_unfolded.get() || count.get() <= CARDS_AT_ONCE);
    Effect::new(move || {
        // What is narrowed or sorted is all of the row.
        if only.get().is_some() || is_cheapest_first.get() || is_unfolded.get() {
            cards.load_all();
        }
    });
    let label = move || {
        if shows_all.get() {
            t_string!(i18n, results.show_fewer)
        } else {
            t_string!(i18n, results.show_all, count = count.get())
        }
    };
    let shown = move || match is_filled.get() {
        true => cards.shown(only.get(), is_cheapest_first.get(), shows_all.get()),
        false => Vec::new(),
    };
    let list = NodeRef::<Ul>::new();
    let on_scroll = move |_| {
        if let Some(list) = list.get_untracked()
            && list.scroll_width() - list.scroll_left() - list.client_width() < LEFT_WIDTHS * list.client_width()
        {
            cards.show_more();
        }
    };
    let heading_id = format!("{id}-heading");
    let has_more = move || count.get() > CARDS_AT_ONCE;
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
            {is_weak.then(|| view! {
                <p class="category__note" data-testid="weak">{t!(i18n, results.weak)}</p>
            })}
            <Choices cards likely only can_sort is_cheapest_first is_filled />
            <ul
                class="cards"
                part="cards"
                class:cards--all=shows_all
                node_ref=list
                aria-busy=move || cards.is_loading().then_some("true")
                on:scroll=on_scroll
            >
                // Keyed: what has the focus keeps it when others come.
                <For each=shown key=|card| card.product.id.clone() children=|card| view! { <ProductCard card /> } />
            </ul>
            <Show when=move || cards.has_failed()>
                <p class="category__note" role="alert" data-testid="further-failed">
                    {t!(i18n, results.further_failed)}
                    <button
                        type="button"
                        class="button button--quiet"
                        data-testid="further-again"
                        on:click=move |_| cards.load_all()
                    >
                        {t!(i18n, try_again)}
                    </button>
                </p>
            </Show>
        </section>
    }
}

/// A choice of one of the categories that the garment is likely of, if they are several, and of the order; words that refine the row.
#[component]
fn Choices(
    cards: RowCards,
    likely: Vec<LikelyCategory>,
    /// The chosen one.
    only: RwSignal<Option<Category>>,
    /// Whether the cards can be sorted by their prices.
    can_sort: bool,
    /// Whether they are.
    is_cheapest_first: RwSignal<bool>,
    /// Words that refine the row come with its cards: those of all rows together would be a long task.
    is_filled: Memo<bool>,
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
    view! {
        <div class="narrow">
            {narrow} {sort}
            {move || is_filled.get().then(|| view! { <Refine cards /> })}
        </div>
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
