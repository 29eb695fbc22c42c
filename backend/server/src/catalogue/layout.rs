//! Names of what a catalogue's folder holds. In: a version, or a picture's digest. Out: a file's name.
//!
//! A shop may keep other files in the folder. An import deletes only files whose whole name is one that it writes.

use super::store::Published;
use crate::digest::Digest;
use crate::files::UNFINISHED;

/// Hexadecimal digits of a digest.
const DIGITS: usize = 2 * Digest::BYTES;

/// Folder of the stored pictures in a catalogue's folder.
pub(crate) const IMAGES: &str = "images";

/// The embeddings of people in further pictures.
pub(crate) const EMBEDDINGS: &str = "embeddings.bin";

/// Name of the file with the features of a version.
pub(super) fn features_file(version: u64) -> String {
    format!("features-{version}.bin")
}

/// Name of the file with the features of a version as a match projects them: the shipped one, or the one of an adaptation.
pub(crate) fn rows_file(published: &Published) -> String {
    let rows = published.features_file.replacen("features", "rows", 1);
    match published.adaptation {
        None => rows,
        Some(adaptation) => rows.replacen(".bin", &format!("-{adaptation}.bin"), 1),
    }
}

/// Whether a file is that of one version, or what was left while it was written.
pub(crate) fn is_of_a_version(name: &str) -> bool {
    let version = name.strip_prefix("features-").or_else(|| name.strip_prefix("rows-"));
    let Some((version, ending)) = version.and_then(|rest| rest.split_once(".bin")) else { return false };
    // Rows of an adapted match have its version, too.
    version.splitn(2, '-').all(|version| version.parse::<u64>().is_ok())
        && (ending.is_empty() || ending.ends_with(UNFINISHED))
}

/// Widths in pixels of the smaller copies: a card on a screen with one pixel to a point, on a phone, and on a desktop with two.
pub(crate) const COPY_WIDTHS: [u32; 3] = [240, 360, 480];

/// Name of a smaller copy.
pub(crate) fn copy_name(sha256: &Digest, width: u32) -> String {
    format!("{sha256}-{width}.jpg")
}

/// Name of a picture's stored copy.
pub(crate) fn picture_name(sha256: &Digest) -> String {
    format!("{sha256}.jpg")
}

/// Whether a file is a picture's stored copy, a smaller one, or what was left while it was written.
pub(crate) fn is_of_a_picture(name: &str) -> bool {
    let (Some(digest), Some(ending)) = (name.get(..DIGITS), name.get(DIGITS..)) else { return false };
    let is_whole = ending == ".jpg" || COPY_WIDTHS.iter().any(|width| ending == format!("-{width}.jpg"));
    digest.parse::<Digest>().is_ok() && (is_whole || ending.ends_with(UNFINISHED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_an_import_writes_are_its_own() {
        let picture = picture_name(&Digest::of(b"picture"));
        let small = copy_name(&Digest::of(b"picture"), 240);
        for own in [picture.clone(), format!("{picture}.7.part"), small.clone(), format!("{small}.7.part")] {
            assert!(is_of_a_picture(&own), "{own}");
        }
        for other in
            ["own.jpg", "notes.txt", &picture[1..], &format!("{picture}.bak"), "é.jpg", &small.replace("240", "9")]
        {
            assert!(!is_of_a_picture(other), "{other}");
        }
        for own in ["features-12.bin", "rows-3.bin", "rows-3.bin.0.part", "rows-3-12.bin"] {
            assert!(is_of_a_version(own), "{own}");
        }
        for other in [
            "features-list.csv",
            "rows-2026.xlsx",
            "features-.bin",
            "rows-3.bin.bak",
            "features.bin",
            "rows-3-.bin",
            "rows-3-4-5.bin",
        ] {
            assert!(!is_of_a_version(other), "{other}");
        }
    }
}
