//! What an import did.

use crate::catalogue::feed::RowProblem;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportReport {
    /// Products in the new catalogue.
    pub imported: usize,
    /// Pictures that were new: encoded by this import, or by one that was killed.
    pub encoded: usize,
    /// Products whose picture had been encoded by an earlier import.
    pub unchanged: usize,
    /// Products whose category was predicted from their picture.
    pub predicted: usize,
    /// Products that the shop does not show, see [`Feed::hidden`](crate::catalogue::feed::Feed::hidden).
    pub hidden: usize,
    /// Rows that are sizes of a product of an earlier row.
    pub merged: usize,
    /// Rows that were left out, in the order of lines.
    pub left_out: Vec<RowProblem>,
}
