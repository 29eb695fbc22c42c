//! From a picture file to pixels, by the browser's decoders. In: a `Blob`. Out: a [`Frame`], upright, as large as the cutout that is sent.
//!
//! A JPEG is decoded at a part of its size where the browser can do that ([`scaled`]); everything else at its full size ([`canvas`]).

mod canvas;
mod scaled;

use std::cell::Cell;

use stl_types::limits::MAX_CUTOUT_SIDE;
use web_sys::Blob;

pub use scaled::is_available as can_scale;

use crate::frame::Frame;

/// Decodes a file upright (EXIF orientation applied), its long side at most [`MAX_CUTOUT_SIDE`].
///
/// Everything else comes after: mask and cutout are made at the size that is sent, and what comes after the cut only packs pixels, so nothing
/// can mix background back into them. `can_scale` becomes false when the browser's decoder of parts does not answer.
///
/// # Errors
/// The browser's message when it cannot decode the file.
pub async fn decode(file: &Blob, can_scale: &Cell<bool>) -> Result<Frame, String> {
    if can_scale.get()
        && let Some(frame) = scaled::decode(file, can_scale).await
    {
        return Ok(frame);
    }
    canvas::decode(file).await?.bounded(MAX_CUTOUT_SIDE).map_err(|error| error.to_string())
}
