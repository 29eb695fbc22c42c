//! The feed's file. In: a file, or a folder that holds one. Out: its name, folder and bytes.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::error::FeedError;

/// The feed's list in its folder.
pub const PRODUCTS_FILE: &str = "products.jsonl";

/// Bytes of a feed: a million products of a kilobyte.
const MAX_FEED_BYTES: u64 = 1 << 30;

pub(super) fn file_of(feed: &Path) -> PathBuf {
    if feed.is_dir() { feed.join(PRODUCTS_FILE) } else { feed.to_owned() }
}

/// The folder from which relative paths of pictures lead. The parent of `feed.jsonl` is empty, which no system finds.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file's name, for messages.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, FeedError> {
    let failed = |source| FeedError::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_FEED_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FEED_BYTES {
        return Err(FeedError::TooLarge { path: path.to_owned(), limit_bytes: MAX_FEED_BYTES });
    }
    Ok(bytes)
}
