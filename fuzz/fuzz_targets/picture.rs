//! An uploaded cutout: header, pixels, orientation, profile.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_readers::pictures::decode::{Bounds, decode};

/// Small pictures take all ways of large ones.
const BOUNDS: Bounds = Bounds { pixels: 1 << 14, ..Bounds::UPLOAD };

fuzz_target!(|file: &[u8]| {
    if let Ok(picture) = decode(file, BOUNDS) {
        assert!(u64::from(picture.width()) * u64::from(picture.height()) <= BOUNDS.pixels);
    }
});
