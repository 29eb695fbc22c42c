//! A feed of Google Merchant as separated text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_readers::catalogue::feed::Format;

fuzz_target!(|file: &[u8]| {
    stl_readers::catalogue::feed::fuzzing::read(Format::GoogleCsv, file);
});
