//! The cards of a row: some at first, the others when the visitor goes on. In: a row of the answer. Out: signals.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::wire::{Card, CategoryCards, FurtherCard};
use stl_types::{Category, Layer};

use crate::api;
use crate::journey::Journey;
use crate::search_params::CARDS_AT_ONCE;

/// A row's cards; a handle, copies share them.
#[derive(Clone, Copy)]
pub(super) struct RowCards {
    journey: Journey,
    /// What tells the row from the answer's others.
    key: (Category, Option<Layer>),
    loaded: RwSignal<Vec<Card>>,
    /// Products whose cards are not loaded yet.
    further: RwSignal<Vec<FurtherCard>>,
    /// Cards that are shown while not all are.
    most_shown: RwSignal<usize>,
    is_loading: RwSignal<bool>,
    /// Whether the last attempt to load cards failed.
    has_failed: RwSignal<bool>,
}

impl RowCards {
    pub(super) fn new(journey: Journey, row: &CategoryCards) -> Self {
        Self {
            journey,
            key: key(row),
            loaded: RwSignal::new(row.cards.clone()),
            further: RwSignal::new(row.further.clone()),
            most_shown: RwSignal::new(CARDS_AT_ONCE),
            is_loading: RwSignal::new(false),
            has_failed: RwSignal::new(false),
        }
    }

    /// Products of the row, of one category if `only` names it. Of those that are not loaded the category is not known.
    pub(super) fn count(self, only: Option<Category>) -> usize {
        match only {
            None => self.loaded.with(Vec::len) + self.further.with(Vec::len),
            Some(only) => self.loaded.with(|cards| cards.iter().filter(|card| card.product.category == only).count()),
        }
    }

    /// The cards that are shown: those of one category, in the order of prices, or only the first.
    pub(super) fn shown(self, only: Option<Category>, is_cheapest_first: bool, shows_all: bool) -> Vec<Card> {
        let most = if shows_all { usize::MAX } else { self.most_shown.get() };
        self.loaded.with(|cards| {
            let is_shown = |card: &&Card| only.is_none_or(|only| card.product.category == only);
            let mut shown: Vec<&Card> = cards.iter().filter(is_shown).collect();
            if is_cheapest_first {
                // Stable: of equal prices, the more similar one comes first.
                shown.sort_by(|a, b| price_order(a).cmp(&price_order(b)));
            }
            shown.into_iter().take(most).cloned().collect()
        })
    }

    /// Whether the prices can be compared, and there are several.
    pub(super) fn have_one_currency(self) -> bool {
        self.loaded.with(|cards| {
            let currency = |card: &Card| card.product.price.currency.clone();
            cards.len() > 1 && cards.windows(2).all(|two| currency(&two[0]) == currency(&two[1]))
        })
    }

    /// The cards that are there.
    pub(super) fn with_untracked<T>(self, read: impl FnOnce(&[Card]) -> T) -> T {
        self.loaded.with_untracked(|cards| read(cards))
    }

    pub(super) fn is_loading(self) -> bool {
        self.is_loading.get()
    }

    pub(super) fn has_failed(self) -> bool {
        self.has_failed.get()
    }

    /// Shows some more, which may have to be loaded first.
    pub(super) fn show_more(self) {
        if self.is_loading.get_untracked() {
            return;
        }
        let (loaded, shown) = (self.loaded.with_untracked(Vec::len), self.most_shown.get_untracked());
        if shown < loaded || self.further.with_untracked(|further| !further.is_empty()) {
            self.most_shown.set((shown + CARDS_AT_ONCE).min(loaded + CARDS_AT_ONCE));
        }
        if self.most_shown.get_untracked() > loaded {
            self.load(CARDS_AT_ONCE);
        }
    }

    /// Loads all that are not there.
    pub(super) fn load_all(self) {
        if !self.is_loading.get_untracked() {
            self.load(usize::MAX);
        }
    }

    fn load(self, most: usize) {
        let next: Vec<FurtherCard> =
            self.further.with_untracked(|further| further.iter().take(most).cloned().collect());
        if next.is_empty() {
            return;
        }
        self.is_loading.set(true);
        self.has_failed.set(false);
        spawn_local(async move {
            let ids: Vec<String> = next.iter().map(|further| further.id.clone()).collect();
            let products = api::products(&ids).await;
            // Another answer may have replaced the row.
            if self.loaded.try_with_untracked(|_| ()).is_none() {
                return;
            }
            match products {
                Ok(products) => {
                    let score = |id: &str| next.iter().find(|further| further.id == id).map(|further| further.score);
                    let cards: Vec<Card> = products
                        .into_iter()
                        .filter_map(|product| Some(Card { score: score(&product.id)?, product }))
                        .collect();
                    self.journey.results.add_cards(|row| key(row) == self.key, &cards);
                    self.further.update(|further| {
                        further.drain(..next.len().min(further.len()));
                    });
                    self.loaded.update(|loaded| loaded.extend(cards));
                }
                Err(_) => self.has_failed.set(true),
            }
            self.is_loading.set(false);
        });
    }
}

/// Amounts of two currencies cannot be compared: what was loaded later may be in another one.
fn price_order(card: &Card) -> (&str, u64) {
    (&card.product.price.currency, card.product.price.amount_minor)
}

/// An answer has one row of each layer that was seen, and one of each category that was not.
fn key(row: &CategoryCards) -> (Category, Option<Layer>) {
    (row.category, row.garment.map(|garment| garment.layer))
}
