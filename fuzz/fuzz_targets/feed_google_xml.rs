//! A feed of Google Merchant as XML.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_readers::catalogue::feed::Format;

fuzz_target!(|file: &[u8]| {
    stl_readers::catalogue::feed::fuzzing::read(Format::GoogleXml, file);
});
