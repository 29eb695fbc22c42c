//! The form of a search, `multipart/form-data`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    stl_readers::http::routes::search::fuzzing::form(file);
});
