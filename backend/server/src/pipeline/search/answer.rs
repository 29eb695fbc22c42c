//! Rows become the answer. In: [`Row`]s, and what is left out of them. Out: a [`SearchResponse`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use stl_types::Category;
use stl_types::wire::{CategoryCards, SearchResponse, SearchTiming};

use super::clock::Clock;
use super::{SearchEngine, SearchParams, SearchedRows};
use crate::catalogue::{Article, Market};
use crate::pipeline::cards::{RankedArticle, further_cards, put_in_stock_first, row_of_cards};
use crate::pipeline::rows::{Row, place};

impl SearchEngine {
    /// The answer of a market's rows without the articles that are `left_out`. `floors` tell which rows are weak.
    pub(super) fn answer(
        &self,
        (market, SearchedRows { rows, missing }): (&Market, &SearchedRows),
        params: &SearchParams,
        left_out: &[&Article],
        floors: &BTreeMap<Category, f32>,
        (mut clock, mut timing): (Clock, SearchTiming),
        now: Timestamp,
    ) -> SearchResponse {
        let articles_scored = articles_scored(rows);
        let arrangement = (params.limit + params.further, params.in_stock_first);
        let of_row = |row: &Row| {
            let ranked = arranged(row, market, left_out, arrangement);
            let (shown, later) = ranked.split_at(params.limit.min(ranked.len()));
            CategoryCards { further: further_cards(later), ..row_of_cards(row, shown, floors, now) }
        };
        let categories = rows.iter().map(of_row).collect();
        timing.cards_ms = clock.lap_ms(None);
        let missing_shards = missing.iter().map(ToString::to_string).collect();
        SearchResponse { categories, articles_scored, timing, missing_shards, events: false }
    }
}

/// The articles of a row without those that are left out, at most `most`; what is sold out last of its ten, if `in_stock_first`. Pinned
/// articles stand at their positions in what is left.
pub(super) fn arranged<'a>(
    row: &Row,
    market: &'a Market,
    left_out: &[&Article],
    (most, in_stock_first): (usize, bool),
) -> Vec<RankedArticle<'a>> {
    let sold = row.best.iter().filter_map(|hit| Some(RankedArticle { article: market.get(hit.article)?, hit: *hit }));
    let is_kept = |ranked: &RankedArticle<'_>| left_out.iter().all(|article| ranked.article.id != article.id);
    let mut ranked: Vec<RankedArticle<'a>> = sold.filter(is_kept).collect();
    // Pins are in the order of positions.
    let pin = |ranked: &RankedArticle<'_>| row.pins.iter().position(|pin| pin.article == ranked.hit.article);
    if !row.pins.is_empty() {
        let (mut pinned, others): (Vec<_>, Vec<_>) = ranked.into_iter().partition(|ranked| pin(ranked).is_some());
        ranked = others;
        pinned.sort_by_key(&pin);
        let position = |ranked| (pin(&ranked).map_or(usize::MAX, |pin| row.pins[pin].position), ranked);
        place(&mut ranked, pinned.into_iter().map(position));
    }
    ranked.truncate(most);
    if in_stock_first {
        put_in_stock_first(&mut ranked, |ranked| pin(ranked).is_some());
    }
    ranked
}

/// The articles of all categories in the rows; a category in several rows counts once.
fn articles_scored(rows: &[Row]) -> usize {
    let mut scored = [0; Category::ALL.len()];
    for hits in rows.iter().flat_map(|row| &row.hits) {
        scored[hits.category.index()] = hits.scored;
    }
    scored.iter().sum()
}
