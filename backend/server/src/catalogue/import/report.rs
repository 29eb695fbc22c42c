//! What an import did.

use crate::catalogue::categories::CategoryCount;
use crate::catalogue::feed::RowProblem;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportReport {
    /// Products in the new catalogue.
    pub imported: usize,
    /// Products whose picture was new: encoded by this import, or by one that was killed.
    pub encoded: usize,
    /// Products whose picture had been encoded by an earlier import.
    pub unchanged: usize,
    /// Products whose stored picture was kept, because its address failed.
    pub kept: usize,
    /// Further pictures of its products.
    pub further_pictures: usize,
    /// Those of them whose file was new.
    pub further_stored: usize,
    /// Products whose category was predicted from their picture.
    pub predicted: usize,
    /// Products that the shop does not show, see [`Feed::hidden`](crate::catalogue::feed::Feed::hidden).
    pub hidden: usize,
    /// Rows that are sizes of an article of an earlier row, or parents that only repeat their variants.
    pub merged: usize,
    /// Rows whose products the shop's table of categories leaves out.
    pub unwanted: usize,
    /// How the products got their categories, the most frequent way first.
    pub categories: Vec<CategoryCount>,
    /// Rows that were left out, in the order of lines.
    pub left_out: Vec<RowProblem>,
    /// What is missing of rows that were imported: optional fields that were dropped, pictures that were kept, and
    /// further pictures that cannot be used. In the order of lines.
    pub notes: Vec<RowProblem>,
    /// What the shop should know about the feed as a whole.
    pub hints: Vec<String>,
}
