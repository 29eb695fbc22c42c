//! Draws products and the people who wear them, deterministically, with ground truth.
//!
//! In: a seed. Out: the pictures of a small fashion shop ([`Catalogue`], [`render_product`]) and photo-like pictures of
//! people wearing its products ([`Look`]), each with a label map whose values are [`stl_types::Class`] discriminants.
//!
//! One piece of code draws a garment, [`garment`]; it is given a [`body::Skeleton`]. A product picture gives it a flat,
//! invisible one and a look gives it a posed one, so that cut, colour and print are the same in both.

pub mod body;
pub mod canvas;
pub mod catalogue;
pub mod colour;
pub mod fabric;
pub mod feed;
pub mod garment;
pub mod geometry;
mod hair;
pub mod look;
mod naming;
mod outfit;
mod person;
pub mod product;
mod range;
pub mod rng;
mod scene;
mod street;
mod worn;

pub use catalogue::Catalogue;
pub use look::{Look, RenderedLook};
pub use product::{Product, render_product};
