//! The networks. In: the folder with `manifest.toml`. Out: encoders, heads and match weights, checked and loaded.

pub mod category_head;
pub mod encode;
pub mod garment_head;
mod gpu;
pub mod head;
mod input;
pub mod models;
pub mod network;
mod pool;
pub mod runtime;
