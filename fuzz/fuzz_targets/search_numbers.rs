//! A search by numbers, JSON, with its embeddings.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_types::wire::NumbersSearch;

fuzz_target!(|file: &[u8]| {
    if let Ok(search) = serde_json::from_slice::<NumbersSearch>(file) {
        let most = search.count();
        let packed = search.garments.iter().filter_map(|garment| garment.embedding.as_ref()).chain([&search.whole]);
        for packed in packed {
            if let Ok(numbers) = packed.numbers(most) {
                assert_eq!(numbers.len(), most);
            }
        }
    }
});
