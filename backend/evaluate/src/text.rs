//! Reports as text. In: a report. Out: aligned lines for a terminal or a README.

mod retrieval;
mod segmentation;
mod table;

pub use retrieval::retrieval;
pub use segmentation::segmentation;
