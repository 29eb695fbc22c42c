//! What a search asks for beside its picture. In: a request. Out: [`SearchParams`].

use stl_types::Category;

use crate::catalogue::RuleChoice;
use crate::catalogue::filter::Filter;

/// Products that a search may name in [`SearchParams::less_like`]: each is encoded.
pub const MAX_DISLIKES: usize = 5;

/// The parameters of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchParams {
    /// The market that is searched; the first one if empty.
    pub market: String,
    /// Search these categories only; all of them if empty.
    pub categories: Vec<Category>,
    /// Only products that pass.
    pub filter: Filter,
    /// The most cards in each row.
    pub limit: usize,
    /// The most ids of further products after the cards of each row.
    pub further: usize,
    /// Ids of products that the results should resemble less, which are left out; those that the catalogue does not have are ignored.
    pub less_like: Vec<String>,
    /// Whether of each ten neighbours in a row those in stock come first.
    pub in_stock_first: bool,
    /// Which of the shop's rules apply.
    pub rules: RuleChoice,
}

impl SearchParams {
    /// Searches some categories of the first market, all of them if none is named, without any filter, with the rules that have no variant.
    #[must_use]
    pub fn plain(categories: Vec<Category>, limit: usize) -> Self {
        let (market, filter, rules) = (String::new(), Filter::default(), RuleChoice::default());
        Self { market, categories, filter, limit, further: 0, less_like: Vec::new(), in_stock_first: false, rules }
    }
}
