//! Draws products and the people who wear them, deterministically, with ground truth.
//!
//! In: a seed. Out: the pictures of a small fashion shop ([`Catalogue`], [`render_product`]) and photo-like pictures of people who
//! wear its products ([`DrawnLook`]), each with a label map whose values are [`stl_types::Class`] discriminants.
//!
//! [`garment`] draws every garment on a [`body::Skeleton`]: a flat, invisible one in a product picture, a posed one in a look.
//! Cut, colour and print are therefore the same in both.

mod backdrop;
pub mod body;
pub mod canvas;
pub mod catalogue;
pub mod colour;
pub mod design;
pub mod fabric;
pub mod feed;
pub mod garment;
pub mod geometry;
mod hair;
pub mod look;
mod naming;
mod outfit;
mod person;
mod pixmap;
pub mod product;
pub mod product_picture;
mod range;
pub mod rng;
mod scene;
mod street;
mod worn;

pub use catalogue::Catalogue;
pub use look::{DrawnLook, LookPicture};
pub use product::Product;
pub use product_picture::render_product;
