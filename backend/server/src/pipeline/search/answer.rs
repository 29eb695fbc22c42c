//! Rows become the answer. In: [`Row`]s, and what is left out of them. Out: a [`SearchResponse`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use stl_types::Category;
use stl_types::wire::{Card, CategoryCards, SearchResponse, SearchTiming};

use super::clock::Clock;
use super::{SearchEngine, SearchParams, SearchedRows};
use crate::catalogue::rules::served::Pin;
use crate::catalogue::{Article, Market};
use crate::pipeline::cards::{cards, leave_for_later, put_in_stock_first};
use crate::pipeline::rows::{Row, place};

impl SearchEngine {
    /// The answer of a market's rows without the articles that are `left_out`. `floors` tell which rows are weak.
    pub(super) fn answer(
        &self,
        (market, SearchedRows { rows, missing }): (&Market, SearchedRows),
        params: &SearchParams,
        left_out: &[&Article],
        floors: &BTreeMap<Category, f32>,
        (mut clock, mut timing): (Clock, SearchTiming),
        now: Timestamp,
    ) -> SearchResponse {
        let articles_scored = articles_scored(&rows);
        let pins: Vec<Vec<Pin>> = rows.iter().map(|row| row.pins.clone()).collect();
        let mut categories = cards(market, rows, floors, now);
        for (row, pins) in categories.iter_mut().zip(&pins) {
            let arrangement = (params.limit + params.further, params.in_stock_first);
            arrange(row, market, pins, left_out, arrangement);
            leave_for_later(row, params.limit);
        }
        timing.cards_ms = clock.lap_ms(None);
        let missing_shards = missing.iter().map(ToString::to_string).collect();
        SearchResponse { categories, articles_scored, timing, missing_shards, events: false }
    }
}

/// Leaves cards out of a row, cuts it to `most`, and puts what is sold out last of its ten, if `in_stock_first`. Pinned cards stand at their
/// positions in what is left.
pub(super) fn arrange(
    row: &mut CategoryCards,
    market: &Market,
    pins: &[Pin],
    left_out: &[&Article],
    (most, in_stock_first): (usize, bool),
) {
    row.cards.retain(|card| left_out.iter().all(|article| card.product.id != article.id));
    let ids: Vec<(usize, &str)> =
        pins.iter().filter_map(|pin| Some((pin.position, market.get(pin.article)?.id.as_str()))).collect();
    let is_pinned = |card: &Card| ids.iter().any(|(_, id)| card.product.id == *id);
    if !ids.is_empty() {
        let (mut pinned, others): (Vec<Card>, Vec<Card>) = row.cards.drain(..).partition(is_pinned);
        row.cards = others;
        // Both are in the order of positions.
        pinned.sort_by_key(|card| ids.iter().position(|(_, id)| card.product.id == *id));
        let position = |card: Card| {
            let pin = ids.iter().find(|(_, id)| card.product.id == *id);
            (pin.map_or(usize::MAX, |(position, _)| *position), card)
        };
        place(&mut row.cards, pinned.into_iter().map(position));
    }
    row.cards.truncate(most);
    if in_stock_first {
        put_in_stock_first(&mut row.cards, is_pinned);
    }
}

/// The articles of all categories in the rows; a category in several rows counts once.
fn articles_scored(rows: &[Row]) -> usize {
    let mut scored = [0; Category::ALL.len()];
    for hits in rows.iter().flat_map(|row| &row.hits) {
        scored[hits.category.index()] = hits.scored;
    }
    scored.iter().sum()
}
