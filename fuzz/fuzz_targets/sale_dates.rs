//! The period of a sale.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_readers::catalogue::sale::Sale;

fuzz_target!(|file: &[u8]| {
    if let Ok(text) = std::str::from_utf8(file)
        && let Ok((Some(from), Some(until))) = Sale::open_period(text)
    {
        assert!(from < until);
    }
});
