//! Pictures as pixels: decoding with bounds, colours in sRGB, and scaling.

pub mod decode;
pub mod product;
mod profile;
pub mod scale;
