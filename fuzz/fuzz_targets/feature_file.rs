//! A catalogue's features, whose checksum is right.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    stl_readers::catalogue::features::fuzzing::read_with_checksum(file);
});
