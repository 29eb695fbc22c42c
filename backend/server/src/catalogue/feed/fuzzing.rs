//! Feeds of any bytes, for the programs of `fuzz/`. In: a format and bytes. Out: nothing: what counts is that it ends without a panic.

use std::path::Path;

use super::{FeedOptions, Format, read_bytes, read_changes_bytes};

/// Reads bytes as a feed and as changes of prices.
///
/// # Panics
/// When a row has no id.
pub fn read(format: Format, bytes: &[u8]) {
    // Pictures are looked for in a folder that is not there.
    let path = Path::new("/nowhere/feed");
    let options = FeedOptions {
        format: Some(format),
        currency: Some("EUR".to_owned()),
        shop_url: Some("https://shop.example".to_owned()),
        ..FeedOptions::default()
    };
    if let Ok(feed) = read_bytes(path, bytes, &options) {
        assert!(feed.rows.iter().all(|row| !row.id.is_empty()), "each row has an id");
        for problem in feed.problems.iter().chain(&feed.dropped) {
            let _ = problem.to_string();
        }
    }
    let _ = read_changes_bytes(path, bytes, &options);
}
