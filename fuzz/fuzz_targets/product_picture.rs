//! A picture of a feed, in more formats than a visitor's.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let _ = stl_readers::pictures::product::decode_product(file, 224);
});
