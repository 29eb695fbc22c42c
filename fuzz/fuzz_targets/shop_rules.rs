//! The shop's rules, TOML and JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_server::catalogue::rules::Rules;

fuzz_target!(|file: &[u8]| {
    if let Ok(text) = std::str::from_utf8(file) {
        let _ = Rules::from_json(text);
        if let Ok(rules) = Rules::from_toml(text)
            && let Ok(written) = rules.to_toml()
        {
            assert!(Rules::from_toml(&written).is_ok(), "what is written is read: {written}");
        }
    }
});
