//! The networks. In: the folder with `manifest.toml`. Out: encoders, heads and match weights, checked and loaded.

pub mod category_head;
pub mod encode;
pub mod garment_head;
pub mod head;
pub mod models;
mod pool;
pub mod runtime;
