//! Times an ONNX network on this processor: `cargo run --release --example run --features onnx -- NETWORK.onnx [BATCH]`.

use std::env::args;
use std::fs;
use std::time::Instant;

use separable::graph::{Graph, Workspace};

/// Runs after one that allocates.
const RUNS: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = args().nth(1).ok_or("expected a file: NETWORK.onnx [BATCH]")?;
    let batch: usize = args().nth(2).map_or(Ok(1), |count| count.parse())?;
    let network = Graph::from_onnx(&fs::read(file)?)?;
    let pictures = vec![0.5; batch * network.input().iter().product::<usize>()];
    let mut workspace = Workspace::default();
    let mut times_ms = Vec::with_capacity(RUNS);
    for run in 0..=RUNS {
        let start = Instant::now();
        let outputs = network.run(&pictures, &mut workspace)?;
        assert_eq!(outputs.len(), batch * network.output().iter().product::<usize>());
        if run > 0 {
            times_ms.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    times_ms.sort_by(f64::total_cmp);
    let [channels, height, width] = network.input();
    println!("({batch}, {channels}, {height}, {width}) → {:?} by {:?}", network.output(), network.level());
    println!("{:.1} MMAC a picture, {:.2} ms a batch (median)", network.macs() as f64 / 1e6, times_ms[RUNS / 2]);
    Ok(())
}
