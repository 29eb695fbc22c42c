//! A compressed feed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_readers::catalogue::feed::gzip::unpack;

const LIMIT_BYTES: u64 = 1 << 16;

fuzz_target!(|file: &[u8]| {
    let mut out = Vec::new();
    let _ = unpack(file, &mut out, LIMIT_BYTES);
    assert!(out.len() as u64 <= LIMIT_BYTES + 1);
});
