//! The map of garments beside a cutout.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_types::Size;

const CUTOUT: Size = Size { width: 48, height: 64 };

fuzz_target!(|file: &[u8]| {
    if let Ok(map) = stl_readers::pipeline::regions::regions(file, CUTOUT) {
        let _ = map.garments();
    }
});
