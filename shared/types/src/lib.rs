//! Types that page, worker and server share. No I/O, no runtime, no browser.
//!
//! A picture goes one way: `Frame → Mask → Cutout → upload → RgbImage → query embedding → Hits → Cards`. This crate holds the types
//! and the arithmetic that more than one of these steps uses.

mod category;
mod class;
mod class_map;
pub mod encoder;
mod face;
mod garments;
mod geometry;
mod kinds;
mod layer;
mod letterbox;
pub mod limits;
pub mod manifest;
mod mask;
mod outline;
mod parts;
mod people;
pub mod picture;
mod price;
mod region;
mod specks;
pub mod wire;
pub mod worker;

pub use category::{BodyPart, Category, UnknownCategory};
pub use class::{Class, UnknownClass};
pub use class_map::{ClassMap, ClassMapError};
pub use garments::Garment;
pub use geometry::{Rect, Size};
pub use kinds::Kinds;
pub use layer::Layer;
pub use letterbox::Letterbox;
pub use manifest::Manifest;
pub use mask::{Mask, SizeMismatch, WHITE};
pub use people::{MAX_PEOPLE, People};
pub use price::{Price, PriceError};
pub use region::{Region, components};
pub use specks::Specks;
