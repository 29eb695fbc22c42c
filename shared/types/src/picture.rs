//! Checks a picture file without decoding it. In: a file's bytes. Out: its [`PictureInfo`], or the reason why it is refused.

use crate::Size;

/// The file formats that page and server accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// JPEG (JFIF or Exif).
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy or lossless.
    WebP,
}

impl PictureFormat {
    /// The media type, e.g. `image/jpeg`.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }
}

/// Format and size of a picture file. The size ignores the EXIF orientation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureInfo {
    /// The file's format.
    pub format: PictureFormat,
    /// Columns and rows as stored.
    pub size: Size,
}

/// Why a file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are not those of an accepted format.
    #[error("expected a JPEG, PNG or WebP picture")]
    NotAPicture,
    /// A HEIC or AVIF file; few browsers decode HEIC.
    #[error("HEIC and AVIF pictures are not supported: expected JPEG, PNG or WebP")]
    Heif,
    /// The end of the file is missing.
    #[error("the picture is cut short: its end is missing")]
    Truncated,
    /// The header cannot be read.
    #[error("the picture's header is damaged")]
    Damaged,
    /// More pixels than the limit.
    #[error("the picture has {width}×{height} pixels: at most {most_megapixels} megapixels are accepted")]
    TooManyPixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// The limit, in millions of pixels.
        most_megapixels: u64,
    },
}

/// Reads format and size, and checks that the file is whole and has at most `max_pixels` pixels.
///
/// # Errors
/// See [`PictureError`]. The size is checked before completeness, so that a huge picture is reported as huge.
pub fn inspect(bytes: &[u8], max_pixels: u64) -> Result<PictureInfo, PictureError> {
    let format = match bytes {
        [] => return Err(PictureError::Empty),
        [0xFF, 0xD8, 0xFF, ..] => PictureFormat::Jpeg,
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => PictureFormat::Png,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => PictureFormat::WebP,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => return Err(PictureError::Heif),
        _ => return Err(PictureError::NotAPicture),
    };
    let size = stored_size(bytes).ok_or(if is_whole(format, bytes) {
        PictureError::Damaged
    } else {
        PictureError::Truncated
    })?;
    if size.area() > max_pixels {
        return Err(PictureError::TooManyPixels {
            width: size.width,
            height: size.height,
            most_megapixels: max_pixels / 1_000_000,
        });
    }
    if !is_whole(format, bytes) {
        return Err(PictureError::Truncated);
    }
    Ok(PictureInfo { format, size })
}

/// Columns and rows from the header of a HEIC or AVIF file; `None` if it cannot be read. Only the browser knows whether it can decode
/// such a file.
#[must_use]
pub fn heif_size(bytes: &[u8]) -> Option<Size> {
    bytes.get(4..8).filter(|kind| kind == b"ftyp").and_then(|_| stored_size(bytes))
}

fn stored_size(bytes: &[u8]) -> Option<Size> {
    let size = imagesize::blob_size(bytes).ok()?;
    let side = |length: usize| u32::try_from(length).ok().filter(|&length| length > 0);
    Some(Size { width: side(size.width)?, height: side(size.height)? })
}

/// Whether the file contains its format's end. Decoders fill missing parts with grey without an error, and the visitor would search
/// with half a picture.
fn is_whole(format: PictureFormat, bytes: &[u8]) -> bool {
    match format {
        // Cameras append previews and motion clips, so the end-of-image marker may come well before the last byte.
        PictureFormat::Jpeg => jpeg_scan_ends(bytes),
        PictureFormat::Png => bytes.windows(8).rev().any(|end| end == b"IEND\xAE\x42\x60\x82"),
        PictureFormat::WebP => bytes.get(4..8).is_some_and(|length| {
            let riff_bytes = u32::from_le_bytes([length[0], length[1], length[2], length[3]]);
            bytes.len() as u64 >= u64::from(riff_bytes) + 8
        }),
    }
}

/// Follows a JPEG's segments (ITU-T T.81, annex B) to the end-of-image marker of the picture itself. An embedded thumbnail has its own
/// marker inside a segment, which does not count.
fn jpeg_scan_ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        // Markers are 0xFF, optional fill bytes 0xFF, and a code.
        while bytes.get(at) == Some(&0xFF) && bytes.get(at + 1) == Some(&0xFF) {
            at += 1;
        }
        let (Some(0xFF), Some(&code)) = (bytes.get(at), bytes.get(at + 1)) else { return false };
        at += 2;
        match code {
            0xD9 => return true,
            0x01 | 0xD0..=0xD7 => {}
            _ => {
                let (Some(&high), Some(&low)) = (bytes.get(at), bytes.get(at + 1)) else { return false };
                at += usize::from(u16::from_be_bytes([high, low]));
                if code == 0xDA {
                    // Entropy-coded data: skip to the next marker that is neither a stuffed zero nor a restart.
                    let Some(skipped) = bytes.get(at..).and_then(|rest| {
                        rest.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xD0..=0xD7 | 0xFF))
                    }) else {
                        return false;
                    };
                    at += skipped;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 50_000_000;

    /// A minimal PNG: signature, IHDR of the given size, IEND.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR".to_vec();
        file.extend(width.to_be_bytes());
        file.extend(height.to_be_bytes());
        file.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
        file.extend(b"\0\0\0\0IEND\xAE\x42\x60\x82");
        file
    }

    /// Start, an Exif segment that itself holds an end marker, a frame of 2×1, a scan, the end.
    fn jpeg() -> Vec<u8> {
        let mut file = vec![0xFF, 0xD8];
        file.extend([0xFF, 0xE1, 0, 6, 0xFF, 0xD8, 0xFF, 0xD9]);
        file.extend([0xFF, 0xC0, 0, 11, 8, 0, 1, 0, 2, 1, 1, 0x11, 0]);
        file.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0xFF, 0x00, 0x34]);
        file.extend([0xFF, 0xD9]);
        file
    }

    #[test]
    fn a_whole_jpeg_passes_and_one_cut_anywhere_in_its_scan_does_not() {
        let file = jpeg();
        assert_eq!(
            inspect(&file, LIMIT),
            Ok(PictureInfo { format: PictureFormat::Jpeg, size: Size { width: 2, height: 1 } })
        );
        for cut in file.len() - 6..file.len() {
            assert_eq!(inspect(&file[..cut], LIMIT), Err(PictureError::Truncated), "cut at {cut}");
        }
    }

    #[test]
    fn sixty_megapixels_are_refused_by_the_header_alone() {
        assert_eq!(inspect(&png(100, 100), LIMIT).map(|info| info.format), Ok(PictureFormat::Png));
        assert!(matches!(inspect(&png(10_000, 6_000), LIMIT), Err(PictureError::TooManyPixels { .. })));
    }

    #[test]
    fn other_files_are_told_apart() {
        assert_eq!(inspect(b"", LIMIT), Err(PictureError::Empty));
        assert_eq!(inspect(b"Dear diary, today I bought a coat", LIMIT), Err(PictureError::NotAPicture));
        assert_eq!(inspect(b"\0\0\0\x18ftypheic\0\0\0\0", LIMIT), Err(PictureError::Heif));
    }

    #[test]
    fn an_avif_file_says_its_size() {
        let file = include_bytes!("../../../tests/fixtures/formats/look.avif");
        assert_eq!(inspect(file, LIMIT), Err(PictureError::Heif));
        assert_eq!(heif_size(file), Some(Size { width: 480, height: 640 }));
        assert_eq!(heif_size(b"\0\0\0\x18ftypheic\0\0\0\0"), None);
        assert_eq!(heif_size(&png(100, 100)), None);
    }
}
