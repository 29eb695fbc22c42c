//! Numbers of articles in a market. In: what it sells, and the catalogue's articles. Out: [`Numbers`], which translate between both.

use super::article::Article;
use crate::matching::{Matcher, Selection};

/// In place of a number: the market does not sell the article.
const NOT_SOLD: u32 = u32::MAX;

/// Numbers of articles: the market's own, and the catalogue's, which hits have.
#[derive(Debug)]
pub(super) struct Numbers {
    /// The catalogue's by the market's.
    of_catalogue: Vec<u32>,
    /// The market's by the catalogue's, or [`NOT_SOLD`].
    of_market: Vec<u32>,
    /// The market's number of the article at each position of the match, or one that no article has.
    pub(super) at_positions: Vec<u32>,
    /// The positions whose articles it sells.
    pub(super) sold: Selection,
}

impl Numbers {
    pub(super) fn new(articles: &[Article], ids: &[String], matcher: &Matcher) -> Self {
        let mut own = articles.iter().zip(0_u32..).peekable();
        // Both are in the order of ids.
        let of_market: Vec<u32> = ids
            .iter()
            .map(|id| own.next_if(|(article, _)| article.id == *id).map_or(NOT_SOLD, |(_, number)| number))
            .collect();
        let sold = (0_u32..).zip(&of_market).filter(|(_, own)| **own != NOT_SOLD);
        let of_catalogue = sold.map(|(number, _)| number).collect();
        let at = |number: &u32| of_market.get(*number as usize).copied().unwrap_or(NOT_SOLD);
        let at_positions: Vec<u32> = matcher.articles().iter().map(at).collect();
        let sold = Selection::from_fn(at_positions.len(), |position| at_positions[position] != NOT_SOLD);
        Self { of_catalogue, of_market, at_positions, sold }
    }

    /// The market's number of an article of the catalogue.
    pub(super) fn own(&self, number: usize) -> Option<usize> {
        self.of_market.get(number).filter(|own| **own != NOT_SOLD).map(|own| *own as usize)
    }

    /// The catalogue's number of an article of the market.
    pub(super) fn of_catalogue(&self, own: usize) -> usize {
        self.of_catalogue.get(own).map_or(usize::MAX, |number| *number as usize)
    }
}
