//! The header of a picture, as browser and server read it first.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let _ = stl_types::picture::inspect(file, stl_types::limits::MAX_UPLOAD_PIXELS);
    let _ = stl_types::picture::heif_size(file);
});
