//! The cards by category, in the order the server gives: what was seen in the photo first.

use leptos::prelude::*;
use stl_shared::wire::CategoryCards;

use super::card::ProductCard;
use crate::journey::Journey;
use crate::{base, format, json_ld};

/// Cards of a category before "Show all": a row that can be swiped through in a few strokes.
const FIRST_CARDS: usize = 10;

/// All that was found.
#[component]
pub(crate) fn Results() -> impl IntoView {
    let journey = expect_context::<Journey>();
    move || {
        let mut categories = journey.answer.with(|answer| Some(answer.as_ref()?.response.categories.clone()))?;
        categories.retain(|category| !category.cards.is_empty());
        Some(if categories.is_empty() { nothing().into_any() } else { found(categories).into_any() })
    }
}

fn nothing() -> impl IntoView {
    view! {
        <section class="results results--empty" aria-labelledby="results-heading">
            <h2 id="results-heading">"Nothing found"</h2>
            <p>"The shop has no articles to compare with yet."</p>
        </section>
    }
}

fn found(categories: Vec<CategoryCards>) -> impl IntoView {
    let shortcuts = categories
        .iter()
        .map(|CategoryCards { category, cards, .. }| {
            view! {
                <li>
                    <a href=format!("#{category}")>{format::heading(*category)} <span>{cards.len()}</span></a>
                </li>
            }
        })
        .collect_view();
    let origin = window().location().origin().unwrap_or_default();
    let described = json_ld::item_list(&categories, &origin);
    view! {
        <section class="results" part="results" aria-labelledby="results-heading">
            // In a shop's page it would stand in a shadow tree, where no search engine looks.
            {(!base::is_elsewhere()).then(|| view! { <script type="application/ld+json" inner_html=described></script> })}
            <div class="results__head">
                <h2 id="results-heading">"Pieces like these"</h2>
                <nav aria-label="Categories">
                    <ul class="shortcuts">{shortcuts}</ul>
                </nav>
            </div>
            {categories.into_iter().map(|category| view! { <Category category /> }).collect_view()}
        </section>
    }
}

#[component]
fn Category(category: CategoryCards) -> impl IntoView {
    let CategoryCards { category, cards, garment } = category;
    let count = cards.len();
    let shows_all = RwSignal::new(count <= FIRST_CARDS);
    let label = move || if shows_all.get() { "Show fewer".to_owned() } else { format!("Show all {count}") };
    let cards = StoredValue::new(cards);
    let shown = move || {
        let most = if shows_all.get() { count } else { FIRST_CARDS };
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
            data-testid="category"
            data-category=category.as_str()
            data-count=count
        >
            <div class="category__head">
                <h3 id=heading_id.clone() part="category-heading">{format::heading(category)}</h3>
                <p>{format::pieces(count)}</p>
                {garment.map(|_| view! { <p class="category__seen" data-testid="seen">"Seen in your photo"</p> })}
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
