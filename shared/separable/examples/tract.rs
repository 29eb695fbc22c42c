//! Runs any ONNX network of fixed shapes by `tract-core`: `cargo run --release --example tract --features tract -- NETWORK.onnx 1 3 288 192`.

use std::env::args;
use std::fs;
use std::time::Instant;

use separable::tract::{Runnable, from_onnx};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = args().nth(1).ok_or("expected a file and its input's shape: NETWORK.onnx 1 3 288 192")?;
    let shape = args().skip(2).map(|side| side.parse()).collect::<Result<Vec<usize>, _>>()?;
    let runnable = Runnable::new(from_onnx(&fs::read(file)?, &shape)?)?;
    let input = vec![0.5; shape.iter().product()];
    runnable.run(&input)?;
    let start = Instant::now();
    let output = runnable.run(&input)?;
    let ms = start.elapsed().as_secs_f64() * 1e3;
    println!("{:?} → {:?}: {} numbers in {ms:.1} ms", runnable.input(), runnable.output(), output.len());
    Ok(())
}
