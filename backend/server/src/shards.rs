//! A catalogue that several servers search together. In: addresses of shards, and the queries of a search. Out: the hits of one pass over the
//! whole catalogue.
//!
//! A *shard* is a server that holds and scores a [part](crate::matching::Part) of the articles: their rows of the match, and what filters and
//! rules compare. A *front* answers visitors: it holds all articles, what they are filtered by and the rules, but no row of the match. It
//! encodes, and sends f(I) with the filter and the rules' digest to one of the [`replicas`] of each shard ([`front`]). A [`shard`] computes what may
//! be found, scores it, and sends its candidates with their scores, some kilobytes ([`message`]). The front chooses among all candidates as a
//! pass over the whole catalogue does, so the answer is that of one server bit for bit.
//!
//! Whole cards from the shards would have spared the fronts the articles, but then each route, not only the search, would ask all shards, and
//! a search twice: cards are made of the winners only.

pub mod address;
pub mod error;
pub mod front;
pub mod message;
mod replica;
mod replicas;
pub mod shard;
pub mod token;

pub use address::{ShardAddresses, ShardAddressesError};
pub use error::ShardsError;
pub use front::{Asked, Found, Shards, WhenMissing};
pub use message::{ServedVersion, ShardAbout, ShardAnswer, ShardSearch};
pub use shard::{Refusal, Shard};
pub use token::ShardToken;
