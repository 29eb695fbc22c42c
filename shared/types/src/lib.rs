//! What page, worker and server agree on, free of I/O, runtime and browser.
//!
//! A picture walks one way: `Frame → Mask → Cutout → upload → RgbImage → query embedding → Hits → Cards`.
//! This crate holds the types and the arithmetic that more than one of these steps needs.

mod category;
mod class;
mod class_map;
mod geometry;
pub mod limits;
pub mod manifest;
mod mask;
mod outline;
pub mod picture;
mod price;
mod region;
pub mod wire;
pub mod worker;

pub use category::{BodyPart, Category, UnknownCategory};
pub use class::{Class, UnknownClass};
pub use class_map::{ClassMap, ClassMapError, Garment};
pub use geometry::{Letterbox, Rect, Size};
pub use manifest::Manifest;
pub use mask::{Mask, SizeMismatch, WHITE};
pub use price::{Price, PriceError};
pub use region::Region;
