//! Learns from a shop's own pictures. In: a catalogue whose articles have further pictures. Out: how well the match finds the articles
//! that people wear in them, and a match that is adapted to them.
//!
//! `further pictures → wearers → f(I) → pairs of f(I) and f(A) → ranks`: encoders stay as they are, so a picture is encoded once, by
//! the serving code, and kept ([`embeddings`]). What is learnt is a [`correction`] of the match, with the paper's [`loss`], by articles
//! that are held apart from those that it is measured on ([`adaptation`]).

pub mod adaptation;
pub mod batches;
pub mod correction;
pub mod embeddings;
pub mod error;
pub mod evaluation;
pub mod gain;
mod linear;
pub mod loss;
pub mod pairs;
pub mod ranks;
pub mod shown;
pub mod training;
pub mod wearers;

pub use adaptation::{AdaptOptions, Adaptation, Outcome, learn, publish, undo};
pub use error::AdaptError;
pub use evaluation::{Evaluation, evaluate};
