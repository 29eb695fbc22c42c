//! Fashion2Shop's exact match with every article. In: an f(I) for each category, and a catalogue's f(A). Out: [`Hits`] for
//! each category.
//!
//! `score(I, A) = w2 · relu(U f(I) + V f(A) + b)` (Lasserre et al., 2018, section 3.2, with the first layer split by its
//! inputs). `V f(A) + b` is computed once for each article ([`projected_rows`]) and `U f(I)` once for each query and category,
//! so a pair costs `hidden` additions, maxima and multiplications.
//!
//! A search has two steps. One pass over all articles in a byte for each hidden unit ([`grid`], [`quantised_rows`]) finds
//! candidates, on the processor ([`cpu`]) or on a graphics processor ([`gpu`]); both compute the same integers. The best of
//! them ([`top_k`]) are scored again in float32 ([`score`](mod@score)). During the pass, a bit for each article says whether
//! it may be found ([`selection`]), and a number for each may be added to its score ([`offsets`]). Queries that arrive during a pass share the next one ([`batcher`]).
//!
//! Several servers may score a [`part`] of the articles each; what they find is [`scored`] articles, of which the best are those of one pass.

pub use batcher::Batcher;
pub use device::{Device, UnknownDevice};
pub use gpu::GpuError;
pub use hits::{Hit, Hits};
pub use matcher::{Matcher, MatcherError};
pub use offsets::Offsets;
pub use part::{Part, UnknownPart};
pub use projected_rows::ProjectedRows;
pub use query::MatchQuery;
pub use score::dot;
pub use scored::{CategoryScores, Scored, ScoredCandidate};
pub use selection::Selection;
pub use weights::{MatchWeights, WeightsError};

pub mod batcher;
pub mod cpu;
pub mod device;
pub mod engine;
#[cfg(test)]
mod fixtures;
pub mod gpu;
pub mod grid;
pub mod hits;
pub mod machine;
pub mod matcher;
pub mod offsets;
pub mod part;
mod positions;
pub mod projected_rows;
pub mod quantised_rows;
pub mod query;
pub mod score;
pub mod scored;
pub mod selection;
pub mod threads;
pub mod top_k;
pub mod weights;
