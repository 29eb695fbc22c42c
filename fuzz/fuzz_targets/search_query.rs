//! The query string of a search.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    if let Ok(text) = std::str::from_utf8(file) {
        stl_readers::http::routes::search::fuzzing::query(text);
    }
});
