//! The server and command line of Shop the look.
//!
//! A cut-out enters and cards leave: [`decode`] → [`look`] → [`encode`] → [`matching`] → [`cards`], with the articles of a
//! [`catalogue`]. [`app`] and [`routes`] put that on the web; the
//! program beside this library puts it on the command line.

pub mod admin;
pub mod app;
pub mod cards;
pub mod catalogue;
pub mod config;
pub mod cutout;
pub mod decode;
pub mod encode;
pub mod error;
pub mod evaluate;
mod files;
pub mod filter;
pub mod follow;
pub mod garment;
pub mod headers;
pub mod look;
pub mod machine;
pub mod matching;
pub mod models;
pub mod origins;
pub mod parallel;
pub mod queue;
pub mod regions;
pub mod routes;
pub mod runtime;
pub mod scale;
pub mod search;
pub mod serve;
