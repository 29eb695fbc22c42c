//! The server of Shop the look.
//!
//! Each layer uses only the layers below it: [`http`] → [`pipeline`] → [`shards`] → [`catalogue`] → [`networks`] → [`matching`], [`pictures`].
//! [`serve`] starts the server from a checked [`config`]; [`follow`] loads each new version of the catalogue.

pub mod adapt;
pub mod audit;
mod authorities;
pub mod catalogue;
pub mod cluster;
pub mod config;
pub mod counted;
pub mod digest;
mod errors;
pub mod files;
pub mod follow;
pub mod http;
pub mod matching;
pub mod metrics;
pub mod networks;
pub mod parallel;
pub mod pictures;
pub mod pipeline;
mod publications;
pub mod request_id;
pub mod scheduled;
pub mod serve;
pub mod shards;
pub mod tokens;
pub mod traces;
