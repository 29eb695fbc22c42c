//! What page, worker and server agree on, free of I/O, runtime and browser.
//!
//! A picture walks one way: `Frame → Mask → Cutout → upload → RgbImage → query embedding → Hits → Cards`.
//! This crate holds the types and the arithmetic that more than one of these steps needs.

mod category;
mod class;
mod geometry;
pub mod limits;
pub mod manifest;
mod mask;
pub mod picture;
mod price;
pub mod wire;
pub mod worker;

pub use category::{BodyPart, Category, UnknownCategory};
pub use class::{Class, UnknownClass};
pub use geometry::{Letterbox, Rect, Size};
pub use manifest::Manifest;
pub use mask::{Mask, SizeMismatch, WHITE};
pub use price::{Price, PriceError};
