//! Compressed copies. In: a folder. Out: `FILE.br` and `FILE.gz` beside every file that compresses.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Result;

use crate::project::Profile;

/// Writes `FILE.br` and `FILE.gz` beside every file that compresses, also in the folder's folders.
///
/// # Errors
/// When a file cannot be read or written.
pub(super) fn folder(folder: &Path, profile: Profile) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            self::folder(&path, profile)?;
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if ["html", "js", "ts", "css", "json", "wasm", "bin", "svg", "webmanifest"].contains(&extension) {
            compress(&path, extension, profile)?;
        }
    }
    Ok(())
}

fn compress(path: &Path, extension: &str, profile: Profile) -> Result<()> {
    let bytes = fs::read(path)?;
    let beside = |added: &str| path.with_extension(format!("{extension}.{added}"));
    // Quality 11 takes a minute for the worker. That is worth it for visitors, not for tests, which measure bytes all the same.
    let quality = if profile == Profile::Release { 11 } else { 9 };
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 1 << 16, quality, 24);
    brotli.write_all(&bytes)?;
    fs::write(beside("br"), brotli.into_inner())?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    gzip.write_all(&bytes)?;
    fs::write(beside("gz"), gzip.finish()?)?;
    Ok(())
}
