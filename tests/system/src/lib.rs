//! Helpers of the whole-system tests: the real server, a shop's page, a real browser, a recorder between them, labelled photos, a drawn
//! look, and a drawn shop.
//!
//! The tests need what `cargo xtask test` builds: the server's binary, the client in `dist`, the demo's catalogue.

mod browser;
mod drawn;
mod networks;
mod photos;
mod recorder;
mod samples;
mod sent_numbers;
mod server;
mod shop;
mod worn_shop;

use std::path::{Path, PathBuf};

pub use browser::{Browser, NetworkSpeed, ShownCategory};
pub use drawn::{encoded, look, pair, product, turned_by_exif, y4m};
pub use networks::{foreign, other_client, other_models};
pub use photos::{LabelledPhoto, iou, labelled_photos, validation_ids};
pub use recorder::{Recorded, Recorder};
pub use samples::{picture_of, samples};
pub use sent_numbers::sent_numbers;
pub use server::Server;
pub use shop::Shop;
pub use worn_shop::WornShop;

/// The repository's folder.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

/// The folder of the built binaries: `STL_BINARIES`, else that of the dev profile.
#[must_use]
pub fn binaries() -> PathBuf {
    std::env::var_os("STL_BINARIES").map_or_else(|| root().join("target/debug"), PathBuf::from)
}
