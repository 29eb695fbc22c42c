//! The networks. In: the folder with `manifest.toml`. Out: encoders, category head and match weights, checked and loaded.

pub mod category_head;
pub mod encode;
pub mod models;
pub mod runtime;
