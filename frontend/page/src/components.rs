//! What the visitor sees, one file for each part. In: the journey's signals. Out: views.

#![expect(unreachable_pub, reason = "`#[component]` makes the builders of its properties `pub`")]

mod camera;
mod card;
mod comparison;
mod error;
mod filters;
mod focus;
mod gallery;
mod garments;
mod hero;
mod history;
mod icons;
mod mend;
mod offline;
mod people;
mod product;
mod progress;
mod receipt;
mod results;
mod samples;
mod saved;
mod sizes;
mod switch;
mod ways_in;

pub(crate) use comparison::Comparison;
pub(crate) use error::{next as failure_next, sentence as failure_sentence};
pub(crate) use hero::Hero;
pub(crate) use offline::OfflineBanner;
pub(crate) use product::ProductView;
pub(crate) use results::Results;
