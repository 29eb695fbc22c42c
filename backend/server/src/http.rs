//! The HTTP interface. In: requests. Out: responses. [`app::app`] builds the whole service, so that tests can call it.

pub mod admin;
pub mod app;
pub mod error;
pub mod headers;
pub mod origins;
pub mod queue;
pub mod routes;
