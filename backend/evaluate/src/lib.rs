//! Measures the shipped networks through the code that serves them. In: a folder of networks, and test sets. Out: reports, as
//! text and as JSON.
//!
//! `TestSet → EvaluatedLook → EvaluatedQuery → scores → Answer → Summary`: a photo is segmented and cut out as in the browser.
//! Its queries are encoded and matched as on the server. The answers are compared with what was worn. [`way`] and [`garments`] measure the
//! server's rows from the photo on.

pub mod articles;
pub mod baselines;
pub mod bootstrap;
pub mod colour;
pub mod error;
pub mod garments;
pub mod look;
pub mod mask_metrics;
pub mod metrics;
pub mod pictures;
pub mod progress;
pub mod retrieval;
pub mod rows;
pub mod segmentation;
pub mod sheet;
pub mod summary;
pub mod testset;
pub mod text;
pub mod way;

pub use error::{EvaluateError, PictureProblem};
pub use progress::Progress;
pub use testset::{TestSet, TestSetError};
