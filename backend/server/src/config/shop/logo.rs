//! A shop's logo. In: the path of a picture. Out: its bytes and media type.

use std::path::Path;

use crate::digest::Digest;
use crate::files::read_bounded;

/// A logo is in the first load of every visit.
const MAX_BYTES: u64 = 100 * 1024;

/// A shop's logo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// The file.
    pub file: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
}

/// Why a logo cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// Of no format that every browser shows.
    #[error("expected a file that ends with .svg, .png, .webp or .jpg, got {0}")]
    Format(String),
    /// Too large for the first load.
    #[error("expected at most {limit} bytes, got {received}")]
    TooLarge {
        /// The limit.
        limit: u64,
        /// The file's size.
        received: u64,
    },
}

impl Logo {
    /// Reads a logo.
    ///
    /// # Errors
    /// See [`LogoError`].
    pub fn read(path: &Path) -> Result<Self, LogoError> {
        let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
        let media_type = match extension.as_deref() {
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("webp") => "image/webp",
            Some("jpg" | "jpeg") => "image/jpeg",
            _ => return Err(LogoError::Format(path.display().to_string())),
        };
        let unreadable = |error: std::io::Error| LogoError::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let received = std::fs::metadata(path).map_err(unreadable)?.len();
        if received > MAX_BYTES {
            return Err(LogoError::TooLarge { limit: MAX_BYTES, received });
        }
        Ok(Self { file: read_bounded(path, MAX_BYTES).map_err(unreadable)?, media_type })
    }

    /// A name of its content.
    #[must_use]
    pub fn version(&self) -> String {
        Digest::of(&self.file).short()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("logo.PNG");
        std::fs::write(&path, b"png").expect("written");
        let logo = Logo::read(&path).expect("a logo");
        assert_eq!((logo.media_type, logo.version().len()), ("image/png", 16));
        std::fs::write(&path, vec![0; MAX_BYTES as usize + 1]).expect("written");
        assert_eq!(Logo::read(&path), Err(LogoError::TooLarge { limit: MAX_BYTES, received: MAX_BYTES + 1 }));
    }
}
