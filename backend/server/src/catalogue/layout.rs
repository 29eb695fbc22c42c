//! Names of what a catalogue's folder holds. In: a version, or a picture's digest. Out: a file's name.

use crate::digest::Digest;

/// Folder of the stored pictures in a catalogue's folder.
pub(super) const IMAGES: &str = "images";

/// Name of the file with the features of a version.
pub(super) fn features_file(version: u64) -> String {
    format!("features-{version}.bin")
}

/// Name of the file with the projected features of a feature file.
pub(super) fn rows_file(features_file: &str) -> String {
    features_file.replacen("features", "rows", 1)
}

/// Whether a file belongs to one version: only such files are deleted when their version is no longer needed.
pub(super) fn is_of_a_version(name: &str) -> bool {
    name.starts_with("features-") || name.starts_with("rows-")
}

/// Name of a picture's stored copy.
pub(super) fn picture_name(sha256: &Digest) -> String {
    format!("{sha256}.jpg")
}
