//! Reports as text. In: a report. Out: aligned lines for a terminal or a README.

mod garments;
mod retrieval;
mod segmentation;
mod table;
mod way;

pub use garments::garments;
pub use retrieval::retrieval;
pub use segmentation::segmentation;
pub use way::way;
