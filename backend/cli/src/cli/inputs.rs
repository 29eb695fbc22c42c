//! What several commands read. In: paths and flags. Out: pictures and networks.

use std::path::Path;

use image::RgbImage;
use stl_server::config::ModelsArgs;
use stl_server::networks::models::Models;
use stl_server::pictures::decode::{Bounds, decode};

/// Reads and decodes a picture; checks the file's size before reading it.
pub(super) fn read_picture(path: &Path) -> anyhow::Result<RgbImage> {
    Bounds::PHOTO.admit(std::fs::metadata(path)?.len())?;
    Ok(decode(&std::fs::read(path)?, Bounds::PHOTO)?)
}

/// Opens the networks and the runtime that the flags name.
pub(super) fn open_models(args: &ModelsArgs) -> anyhow::Result<Models> {
    Ok(Models::open(&args.resolve()?)?.with_runtime(args.runtime()?))
}
