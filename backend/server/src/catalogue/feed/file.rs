//! The feed's file. In: a file, or a folder that holds one. Out: its name, folder and bytes, unpacked.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::error::FeedError;
use super::gzip::{GzipError, is_gzip, unpack};

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
    let text = path.to_string_lossy();
    if text.starts_with("http:/") || text.starts_with("https:/") {
        return Err(FeedError::Address { address: text.into_owned() });
    }
    let failed = |source| FeedError::Read { path: path.to_owned(), source };
    let too_large = || FeedError::TooLarge { path: path.to_owned(), limit_bytes: MAX_FEED_BYTES };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_FEED_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FEED_BYTES {
        return Err(too_large());
    }
    if !is_gzip(&bytes) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    match unpack(&bytes[..], &mut unpacked, MAX_FEED_BYTES) {
        Ok(_) => Ok(unpacked),
        Err(GzipError::TooLarge { .. }) => Err(too_large()),
        Err(error) => Err(FeedError::Format { path: path.to_owned(), line: 1, reason: error.to_string() }),
    }
}
