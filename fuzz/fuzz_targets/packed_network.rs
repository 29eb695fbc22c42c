//! A packed network, as a browser receives it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use separable::Network;

fuzz_target!(|file: &[u8]| {
    if let Ok(network) = Network::read(file) {
        assert_eq!(Network::read(&network.write()).map(|again| again.write()).ok(), Some(network.write()));
    }
});
