//! A picture of a feed, in more formats than a visitor's.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let _ = stl_server::pictures::product::decode_product(file, 224);
});
