//! Where each article's row is. In: the articles' categories. Out: [`Positions`], grouped by category.

use std::ops::Range;

use stl_types::Category;

use crate::matching::top_k::BLOCK;

/// The article number of a position without an article.
pub(super) const NO_ARTICLE: u32 = u32::MAX;

/// The order of the rows: one group for each category, each from a whole block on.
#[derive(Debug)]
pub(super) struct Positions {
    /// The category of each group.
    pub(super) categories: Vec<Category>,
    /// The positions of each group.
    pub(super) groups: Vec<Range<usize>>,
    /// The article at each position, or [`NO_ARTICLE`]; a whole number of blocks.
    pub(super) articles: Vec<u32>,
}

impl Positions {
    /// Articles at most: a position has 32 bits, and there are up to two blocks of padding for each category.
    pub(super) const MAX_ARTICLES: usize = u32::MAX as usize - 2 * BLOCK * Category::ALL.len();

    /// Groups articles by category. Within a group they keep their order.
    pub(super) fn new(categories: &[Category]) -> Self {
        let (mut kinds, mut groups, mut articles) = (Vec::new(), Vec::new(), Vec::new());
        for kind in Category::ALL {
            articles.resize(articles.len().next_multiple_of(BLOCK), NO_ARTICLE);
            let first = articles.len();
            articles.extend(
                (0_u32..).zip(categories).filter(|(_, category)| **category == kind).map(|(article, _)| article),
            );
            if articles.len() > first {
                kinds.push(kind);
                groups.push(first..articles.len());
            }
        }
        articles.resize(articles.len().next_multiple_of(BLOCK), NO_ARTICLE);
        articles.shrink_to_fit();
        Self { categories: kinds, groups, articles }
    }
}
