//! What is searched for, in float32 and on the grid.

use stl_types::Category;

use crate::matching::machine::Thresholds;
use crate::matching::selection::Selection;

/// A query of the matcher.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchQuery {
    /// The f(I) `(width)` for each category to search. A category without one is not searched.
    pub embeddings: Vec<(Category, Vec<f32>)>,
    /// The articles that may be found, by [`Matcher::articles`](crate::matching::Matcher::articles); all if `None`.
    pub selection: Option<Selection>,
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
    /// Largest number of candidates in a group.
    pub limit: usize,
}
