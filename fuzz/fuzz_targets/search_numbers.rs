//! A search by numbers, JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    stl_server::http::routes::fuzzing::numbers(file);
});
