//! Whether a catalogue's version was made by this server's FashionDNA. In: a cache. Out: nothing, or which network it was.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::address::RecordAddress;
use super::error::{ClusterError, file};
use crate::catalogue::features::{HEADER_BYTES, network_of};
use crate::catalogue::{Store, StoreError};
use crate::digest::Digest;

/// Refuses a version that another FashionDNA has made; none is refused.
pub(super) fn check(folder: &Path, address: &RecordAddress, network_sha256: &Digest) -> Result<(), ClusterError> {
    let published = match Store::open(folder).and_then(|store| store.published()) {
        Err(StoreError::Missing { .. }) => return Ok(()),
        published => published?,
    };
    let path = folder.join(&published.features_file);
    let mut header = [0; HEADER_BYTES];
    File::open(&path).and_then(|mut features| features.read_exact(&mut header)).map_err(file(&path))?;
    match network_of(&header) {
        Some(received) if received != *network_sha256 => Err(ClusterError::OtherNetworks {
            address: address.to_string(),
            version: published.version,
            expected: *network_sha256,
            received,
        }),
        // What is no feature file is told when it is read.
        _ => Ok(()),
    }
}
