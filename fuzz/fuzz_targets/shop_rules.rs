//! The shop's rules, TOML and JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_readers::catalogue::rules::Rules;

fuzz_target!(|file: &[u8]| {
    if let Ok(text) = std::str::from_utf8(file) {
        // TOML has no numbers beyond 63 bits, so some rules in JSON cannot be written.
        for rules in [Rules::from_json(text), Rules::from_toml(text)].into_iter().flatten() {
            if let Ok(written) = rules.to_toml() {
                assert_eq!(Rules::from_toml(&written).ok(), Some(rules), "what is written is read: {written}");
            }
        }
    }
});
