//! Pictures as pixels: decoding with bounds, and scaling.

pub mod decode;
pub mod scale;
