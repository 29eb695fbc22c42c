//! Words that refine a row: colours and a price that its first cards suggest. In: cards and the filters of now. Out: chips.

use leptos::prelude::*;
use stl_types::Price;
use stl_types::wire::{Availability, Card};

use super::cards::RowCards;
use crate::components::filters::Swatch;
use crate::components::focus::focus_results;
use crate::filters::{Bound, Filters, Property};
use crate::format;
use crate::i18n::{I18n, t_string, td_string, use_i18n};
use crate::journey::Journey;

/// Cards that suggest words: those that a visitor sees first.
const SUGGESTING: usize = 20;

/// Colours at most; with price and stock there are at most six chips.
const MOST_COLOURS: usize = 4;

/// Cards that have a colour or a lower price at least, so that a chip leads somewhere.
const FEWEST_CARDS: usize = 2;

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    /// In this colour.
    Colour(String),
    /// At most this price.
    UpTo(Price),
    /// What is in stock.
    InStock,
}

/// The chips of a row.
#[component]
pub(super) fn Refine(cards: RowCards) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    // Of the cards that were there first: chips do not move while more are loaded.
    let words = cards.with_untracked(|cards| {
        let filters = journey.results.filters.get_untracked();
        suggested(&cards[..cards.len().min(SUGGESTING)], &filters)
    });
    (!words.is_empty()).then(|| {
        let chips = words.into_iter().map(|word| chip(journey, i18n, word)).collect_view();
        view! { <ul class="chips" aria-label=move || t_string!(i18n, results.refine)>{chips}</ul> }
    })
}

fn chip(journey: Journey, i18n: I18n, word: Word) -> impl IntoView {
    let swatch = match &word {
        Word::Colour(colour) => Some(view! { <Swatch word=colour.clone() /> }),
        Word::UpTo(_) | Word::InStock => None,
    };
    let of_chip = word.clone();
    let words = move || match &of_chip {
        Word::Colour(colour) => t_string!(i18n, results.in_colour, color = colour.clone()),
        Word::UpTo(price) => {
            let locale = i18n.get_locale();
            td_string!(locale, filters.up_to, price = format::price(locale, price))
        }
        Word::InStock => t_string!(i18n, filters.in_stock),
    };
    view! {
        <li>
            <button
                type="button"
                class="chip"
                data-testid="refine"
                on:click=move |event| {
                    focus_results(&event);
                    journey.filter(|filters| choose(filters, &word));
                }
            >
                {swatch} {words}
            </button>
        </li>
    }
}

fn choose(filters: &mut Filters, word: &Word) {
    match word {
        Word::Colour(colour) => filters.set(Property::Color, colour, true),
        Word::UpTo(price) => filters.set_price(Bound::Max, Some(price.amount_minor), &price.currency),
        Word::InStock => filters.set_in_stock(true),
    }
}

/// The most frequent colours, the median price, and stock: each only if some cards have it and some have not.
fn suggested(cards: &[Card], filters: &Filters) -> Vec<Word> {
    let colours = if filters.count(Property::Color) == 0 { colours(cards) } else { Vec::new() };
    let colours = colours.into_iter().take(MOST_COLOURS).map(Word::Colour);
    let is_cheaper = |price: &Price| filters.price(Bound::Max).is_none_or(|highest| price.amount_minor < highest);
    let price = median_price(cards).filter(is_cheaper).map(Word::UpTo);
    let sold_out = cards.iter().filter(|card| card.product.availability != Availability::InStock).count();
    let in_stock = (!filters.in_stock() && sold_out >= FEWEST_CARDS && sold_out < cards.len()).then_some(Word::InStock);
    colours.chain(price).chain(in_stock).collect()
}

/// Colours of two cards or more, but not of all; the most frequent first, then in the order of the cards.
fn colours(cards: &[Card]) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for card in cards {
        // A product may be in several, as `Navy/White`.
        for colour in card.product.color.split('/').map(str::trim).filter(|colour| !colour.is_empty()) {
            match counted.iter_mut().find(|(known, _)| known.to_lowercase() == colour.to_lowercase()) {
                Some((_, count)) => *count += 1,
                None => counted.push((colour.to_owned(), 1)),
            }
        }
    }
    counted.retain(|(_, count)| (FEWEST_CARDS..cards.len()).contains(count));
    // Stable.
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counted.into_iter().map(|(colour, _)| colour).collect()
}

/// The price that half of the cards do not exceed, if some do; none of several currencies.
fn median_price(cards: &[Card]) -> Option<Price> {
    let mut prices: Vec<&Price> = cards.iter().map(|card| &card.product.price).collect();
    prices.sort_by_key(|price| price.amount_minor);
    let (median, last) = (*prices.get(prices.len().checked_sub(1)? / 2)?, *prices.last()?);
    let is_one_currency = prices.iter().all(|price| price.currency == last.currency);
    (is_one_currency && prices.len() >= 2 * FEWEST_CARDS && median.amount_minor < last.amount_minor)
        .then(|| median.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(color: &str, amount_minor: u64, availability: &str) -> Card {
        let json = format!(
            r#"{{"id":"a","title":"","link":"","image_url":"","category":"tops","score":0,"color":"{color}",
            "price":{{"amount_minor":{amount_minor},"currency":"EUR"}},"availability":"{availability}"}}"#
        );
        serde_json::from_str(&json).expect("a card")
    }

    fn price(amount_minor: u64) -> Price {
        Price { amount_minor, currency: "EUR".to_owned() }
    }

    #[test]
    fn frequent_colours_a_lower_price_and_stock_are_suggested() {
        let cards = [
            card("Navy/White", 3000, "in_stock"),
            card("navy", 1000, "out_of_stock"),
            card("Red", 2000, "out_of_stock"),
            card("white", 4000, "in_stock"),
            card("NAVY", 2000, "in_stock"),
        ];
        let mut filters = Filters::default();
        let colour = |name: &str| Word::Colour(name.to_owned());
        let all = [colour("Navy"), colour("White"), Word::UpTo(price(2000)), Word::InStock];
        assert_eq!(suggested(&cards, &filters), all);
        for word in &all[1..] {
            choose(&mut filters, word);
        }
        assert_eq!(suggested(&cards, &filters), [], "what was chosen is not offered again");
    }

    #[test]
    fn what_all_cards_have_is_no_choice() {
        let cards = vec![card("red", 1000, "in_stock"); 6];
        assert_eq!(suggested(&cards, &Filters::default()), []);
        assert_eq!(suggested(&[], &Filters::default()), []);
    }
}
