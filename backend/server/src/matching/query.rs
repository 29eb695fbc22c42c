//! What is searched for, in float32 and on the grid.

use std::sync::Arc;

use stl_types::Category;

use crate::matching::machine::Thresholds;
use crate::matching::offsets::Offsets;
use crate::matching::selection::Selection;

/// A query of the matcher.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatchQuery {
    /// The f(I) `(width)` for each category to search. A category without one is not searched.
    pub embeddings: Vec<(Category, Vec<f32>)>,
    /// The articles that may be found, by [`Matcher::articles`](crate::matching::Matcher::articles); all if `None`.
    pub selection: Option<Selection>,
    /// What is added to the articles' scores; nothing if `None`.
    pub offsets: Option<Arc<Offsets>>,
    /// Articles whose hits are returned however low they score, if the selection allows them.
    pub pinned: Vec<usize>,
    /// Largest number of hits in a category.
    pub limit: usize,
}

/// A query on the grid of the rows, as a pass reads it.
#[derive(Debug)]
pub struct GridQuery<'a> {
    /// The thresholds for each group of rows; a group with `None` is not searched.
    pub thresholds: Vec<Option<Thresholds>>,
    /// The positions that may be found; all if `None`.
    pub selection: Option<&'a Selection>,
    /// What is added to the rows' scores; nothing if `None`.
    pub offsets: Option<&'a Offsets>,
    /// Largest number of candidates in a group.
    pub limit: usize,
}
