//! Pictures as pixels: decoding with bounds, colours in sRGB, scaling, and small copies.

pub mod copies;
pub mod decode;
pub mod product;
mod profile;
pub mod scale;
mod tiff;
