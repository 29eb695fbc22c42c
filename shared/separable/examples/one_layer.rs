//! A network that is made by hand and needs no file: `cargo run --example one_layer`.
//!
//! A 3×3 convolution of the picture with stride 2 that averages each colour, a depthwise convolution that keeps every pixel, and a projection
//! that sums the three colours.

use separable::{Block, Clamp, Depthwise, Network, Pointwise, Scratch, Separable, Step};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // In blocks of eight channels: the patches of a picture have 27 numbers, in four blocks.
    let (colours, patch) = (3, 4);
    let first = Pointwise {
        inputs: patch,
        outputs: 1,
        // (inputs · 8, 8): number n of a patch is of colour n / 9.
        weights: (0..patch * 8 * 8).map(|at| i8::from(at / 8 < 27 && at / 8 / 9 == at % 8)).collect(),
        scale: vec![Block([1.0 / 9.0; 8])],
        bias: vec![Block::default()],
        clamp: Clamp::NONE,
    };
    let depthwise = Depthwise {
        blocks: 1,
        stride: 1,
        // (9, 8): the tap in the middle is one.
        weights: (0..9 * 8).map(|at| i8::from(at / 8 == 4)).collect(),
        scale: vec![Block([1.0; 8])],
        bias: vec![Block::default()],
        clamp: Clamp::NONE,
    };
    let project = Pointwise {
        inputs: 1,
        outputs: 1,
        weights: (0..8 * 8).map(|at| i8::from(at / 8 < colours && at % 8 == 0)).collect(),
        scale: vec![Block([1.0; 8])],
        bias: vec![Block::default()],
        clamp: Clamp::NONE,
    };
    let layer = Separable { expand: Some(first), depthwise, project, is_residual: false };
    let network = Network::new(64, 48, 1, vec![Step::Picture(layer)])?;

    let [channels, height, width] = network.input();
    let picture = vec![0.25; channels * height * width];
    let mut scratch = Scratch::new(6);
    let output = network.run(&picture, &mut scratch)?;
    let [_, rows, columns] = network.output();
    let middle = output[rows / 2 * columns + columns / 2];
    println!("(3, {height}, {width}) → (1, {rows}, {columns}), {middle} in the middle");
    assert!((middle - 0.75).abs() < 1e-6, "the sum of three means of 0.25");

    // As a file: reading only copies.
    let file = network.write();
    assert_eq!(Network::read(&file)?, network);
    println!("a file of {} bytes", file.len());
    Ok(())
}
