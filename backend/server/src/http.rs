//! The HTTP interface. In: requests. Out: responses.
//!
//! [`app::app`] builds the whole service above [`routes`], which share one [`state::AppState`].

pub mod admin;
pub mod app;
mod bucket;
mod caching;
pub mod clients;
pub mod error;
pub mod events;
mod extract;
pub mod headers;
pub mod notice;
pub mod origins;
pub mod page;
mod params;
pub mod problem;
pub mod queue;
pub mod routes;
pub mod shard;
pub mod state;
pub mod version;
