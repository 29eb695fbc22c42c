//! A price of a feed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_types::Price;

fuzz_target!(|file: &[u8]| {
    if let Ok(text) = std::str::from_utf8(file)
        && let Ok(price) = Price::parse(text, Some("EUR"))
    {
        assert_eq!(price.currency.len(), 3);
    }
});
