//! Packs an ONNX file for browsers: `cargo run --example pack --features onnx -- NETWORK.onnx NETWORK.bin`.

use std::env::args;
use std::fs;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (Some(from), Some(to)) = (args().nth(1), args().nth(2)) else {
        return Err("expected two files: NETWORK.onnx NETWORK.bin".into());
    };
    let network = separable::pack(&fs::read(&from)?)?;
    let file = network.write();
    fs::write(&to, &file)?;
    println!("{from}: {:?} → {:?}, {} layers", network.input(), network.output(), network.steps().len());
    println!("{to}: {} bytes", file.len());
    Ok(())
}
