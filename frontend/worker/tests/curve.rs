//! How long Street2Fashion takes at several sizes in the worker's own build: what `cargo xtask bench curve` runs.
//!
//! `STL_CURVE` names a Rust file, written by that command, that defines `POINTS`: each packed network's bytes.
#![cfg(all(target_arch = "wasm32", feature = "curve"))]

use separable::{Network, Scratch};
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

include!(env!("STL_CURVE"));

/// Turns through all networks, after one that warms up: a busy moment then falls on all of them.
const ROUNDS: usize = 15;

#[wasm_bindgen_test]
fn times_every_point_of_the_curve() {
    let networks: Vec<(Network, Vec<f32>)> = POINTS
        .iter()
        .map(|packed| {
            let network = Network::read(packed).expect("the network reads");
            let numbers = network.input().iter().product::<usize>();
            (network, (0..numbers).map(|index| (index % 255) as f32 / 127.5 - 1.0).collect())
        })
        .collect();
    let clock = web_time();
    let mut scratch = Scratch::new(6);
    let mut times = vec![Vec::with_capacity(ROUNDS); networks.len()];
    for round in 0..=ROUNDS {
        for ((network, input), times) in networks.iter().zip(&mut times) {
            let start = clock();
            let output = network.run(input, &mut scratch).expect("the network runs");
            assert!(output.iter().all(|value| value.is_finite()));
            if round > 0 {
                times.push(clock() - start);
            }
        }
    }
    for (index, times) in times.iter_mut().enumerate() {
        times.sort_by(f64::total_cmp);
        console_log!("curve {index} {:.2} {:.2} {:.2}", times[ROUNDS / 2], times[ROUNDS / 4], times[ROUNDS * 3 / 4]);
    }
}

/// Milliseconds of the browser's clock.
fn web_time() -> impl Fn() -> f64 {
    let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into()).expect("a clock");
    let now: js_sys::Function = js_sys::Reflect::get(&performance, &"now".into()).expect("a clock").into();
    move || now.call0(&performance).expect("the time").as_f64().expect("milliseconds")
}
