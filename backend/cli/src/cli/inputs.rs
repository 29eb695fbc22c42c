//! What several commands read. In: paths and flags. Out: pictures and networks.

use std::path::Path;
use std::time::{Duration, Instant};

use image::RgbImage;
use stl_server::config::ModelsArgs;
use stl_server::files::read_bounded;
use stl_server::networks::models::Models;
use stl_server::pictures::decode::{Bounds, decode};

/// Reads and decodes a picture; checks the file's size before reading it.
pub(super) fn read_picture(path: &Path) -> anyhow::Result<RgbImage> {
    Bounds::PHOTO.admit(std::fs::metadata(path)?.len())?;
    Ok(decode(&read_bounded(path, Bounds::PHOTO.bytes)?, Bounds::PHOTO)?)
}

/// Time between two lines of progress.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// Says on stderr how many pictures are encoded.
pub(super) fn pictures_progress() -> impl FnMut(usize, usize) {
    let mut shown = Instant::now();
    move |done, total| {
        if shown.elapsed() >= PROGRESS_INTERVAL {
            shown = Instant::now();
            eprintln!("{done} of {total} further pictures");
        }
    }
}

/// Opens the networks and the runtime that the flags name.
pub(super) fn open_models(args: &ModelsArgs) -> anyhow::Result<Models> {
    Ok(Models::open(&args.resolve()?)?.with_runtime(args.runtime()?))
}
