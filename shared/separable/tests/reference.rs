//! Compares the layers with plain convolutions over plain arrays, for several sizes and every tile, with new and used scratches.

use separable::{Block, Clamp, Depthwise, FileError, InputError, LANES, Network, Pointwise, Scratch, Separable, Step};

/// Largest difference, as a share of the largest output: float32 sums in another order.
const RELATIVE_TOLERANCE: f32 = 1e-5;

const RELU6: Clamp = Clamp { low: 0.0, high: 6.0 };

/// Pseudo-random numbers: the upper bits of a linear congruential generator.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }

    fn weights(&mut self, count: usize) -> Vec<i8> {
        (0..count).map(|_| (self.next() % 255) as i8).collect()
    }

    /// In −1..1.
    fn float(&mut self) -> f32 {
        (self.next() % 2001) as f32 / 1000.0 - 1.0
    }

    fn blocks(&mut self, count: usize, factor: f32) -> Vec<Block> {
        (0..count).map(|_| Block(std::array::from_fn(|_| self.float() * factor))).collect()
    }

    fn pointwise(&mut self, inputs: usize, outputs: usize, clamp: Clamp) -> Pointwise {
        let weights = self.weights(inputs * outputs * LANES * LANES);
        Pointwise {
            inputs,
            outputs,
            weights,
            scale: self.blocks(outputs, 1e-3),
            bias: self.blocks(outputs, 1.0),
            clamp,
        }
    }

    fn depthwise(&mut self, blocks: usize, stride: usize) -> Depthwise {
        let weights = self.weights(blocks * 9 * LANES);
        let (scale, bias) = (self.blocks(blocks, 0.01), self.blocks(blocks, 1.0));
        Depthwise { blocks, stride, weights, scale, bias, clamp: RELU6 }
    }

    /// `channels` are those of input, middle and output, in blocks. Without an expansion, the first two are the same.
    fn layer(&mut self, channels: [usize; 3], stride: usize, is_expanded: bool, is_residual: bool) -> Separable {
        let [inputs, middle, outputs] = channels;
        let expand = is_expanded.then(|| self.pointwise(inputs, middle, RELU6));
        let depthwise = self.depthwise(middle, stride);
        Separable { expand, depthwise, project: self.pointwise(middle, outputs, Clamp::NONE), is_residual }
    }
}

/// A map as `(channels, height, width)` numbers.
#[derive(Clone)]
struct Plain {
    channels: usize,
    height: usize,
    width: usize,
    values: Vec<f32>,
}

impl Plain {
    /// Zero outside.
    fn at(&self, channel: usize, y: isize, x: isize) -> f32 {
        let inside = (0..self.height as isize).contains(&y) && (0..self.width as isize).contains(&x);
        if inside { self.values[(channel * self.height + y as usize) * self.width + x as usize] } else { 0.0 }
    }

    fn from_fn(channels: usize, height: usize, width: usize, value: impl Fn(usize, isize, isize) -> f32) -> Self {
        let mut values = Vec::new();
        for channel in 0..channels {
            for y in 0..height as isize {
                values.extend((0..width as isize).map(|x| value(channel, y, x)));
            }
        }
        Self { channels, height, width, values }
    }

    fn pointwise(&self, layer: &Pointwise, added: Option<&Self>) -> Self {
        let inputs = layer.inputs * LANES;
        Self::from_fn(layer.outputs * LANES, self.height, self.width, |output, y, x| {
            let (panel, lane) = (output / LANES, output % LANES);
            let weight = |input: usize| f32::from(layer.weights[(panel * inputs + input) * LANES + lane]);
            let sum: f32 = (0..self.channels).map(|input| weight(input) * self.at(input, y, x)).sum();
            let out = sum * layer.scale[panel].0[lane] + layer.bias[panel].0[lane];
            (out + added.map_or(0.0, |added| added.at(output, y, x))).clamp(layer.clamp.low, layer.clamp.high)
        })
    }

    fn depthwise(&self, layer: &Depthwise) -> Self {
        let stride = layer.stride;
        Self::from_fn(self.channels, self.height / stride, self.width / stride, |channel, y, x| {
            let (block, lane) = (channel / LANES, channel % LANES);
            let tap = |tap: usize| {
                let at = |at: isize, by: usize| at * stride as isize + by as isize - 1;
                f32::from(layer.weights[(block * 9 + tap) * LANES + lane])
                    * self.at(channel, at(y, tap / 3), at(x, tap % 3))
            };
            let sum: f32 = (0..9).map(tap).sum();
            (sum * layer.scale[block].0[lane] + layer.bias[block].0[lane]).clamp(layer.clamp.low, layer.clamp.high)
        })
    }

    fn layer(&self, layer: &Separable) -> Self {
        let wide = layer.expand.as_ref().map_or_else(|| self.clone(), |expand| self.pointwise(expand, None));
        wide.depthwise(&layer.depthwise).pointwise(&layer.project, layer.is_residual.then_some(self))
    }

    /// A transposed convolution with the taps ¼ ¾ ¾ ¼ in both directions, stride 2 and padding 1.
    fn doubled(&self) -> Self {
        const TAPS: [f32; 4] = [0.25, 0.75, 0.75, 0.25];
        let (height, width) = (self.height * 2, self.width * 2);
        let mut out = Self::from_fn(self.channels, height, width, |_, _, _| 0.0);
        for channel in 0..self.channels {
            for (y, x) in (0..self.height).flat_map(|y| (0..self.width).map(move |x| (y, x))) {
                for (down, right) in (0..4).flat_map(|down| (0..4).map(move |right| (down, right))) {
                    let (Some(to), Some(across)) = ((2 * y + down).checked_sub(1), (2 * x + right).checked_sub(1))
                    else {
                        continue;
                    };
                    if to < height && across < width {
                        out.values[(channel * height + to) * width + across] +=
                            TAPS[down] * TAPS[right] * self.values[(channel * self.height + y) * self.width + x];
                    }
                }
            }
        }
        out
    }

    fn beside(mut self, other: &Self) -> Self {
        self.values.extend(&other.values);
        Self { channels: self.channels + other.channels, ..self }
    }

    /// The 27 numbers under each output of a 3×3 convolution with stride 2, and five zeros.
    fn patches(&self) -> Self {
        Self::from_fn(32, self.height / 2, self.width / 2, |number, y, x| {
            let (channel, down, right) = (number / 9, number % 9 / 3, number % 3);
            if channel < 3 { self.at(channel, 2 * y + down as isize - 1, 2 * x + right as isize - 1) } else { 0.0 }
        })
    }
}

/// A network with every kind of step, for pictures of 4a × 4b.
fn network(noise: &mut Noise, height: usize, width: usize) -> Network {
    let steps = vec![
        Step::Picture(noise.layer([4, 3, 2], 1, true, false)),
        Step::Plain { from: 0, layer: noise.layer([2, 5, 3], 2, true, false) },
        Step::Plain { from: 1, layer: noise.layer([3, 7, 3], 1, true, true) },
        Step::Plain { from: 2, layer: noise.layer([3, 3, 3], 1, false, true) },
        Step::Upsampled { small: 3, skip: 0, layer: noise.layer([5, 5, 3], 1, false, false) },
    ];
    Network::new(height, width, 17, steps).expect("a network")
}

fn reference(network: &Network, picture: &[f32]) -> Vec<f32> {
    let [channels, height, width] = network.input();
    let picture = Plain { channels, height, width, values: picture.to_vec() };
    let mut maps: Vec<Plain> = Vec::new();
    for step in network.steps() {
        let input = match *step {
            Step::Picture(_) => picture.patches(),
            Step::Plain { from, .. } => maps[from].clone(),
            Step::Upsampled { small, skip, .. } => maps[small].doubled().beside(&maps[skip]),
        };
        maps.push(input.layer(step.layer()));
    }
    let last = &maps[maps.len() - 1];
    last.values[..network.output().iter().product()].to_vec()
}

#[test]
fn every_kind_of_layer_computes_what_plain_convolutions_do() {
    let mut noise = Noise(1);
    let mut scratch = Scratch::new(4);
    // Small and odd sizes, a single column and row of the middle maps, and one that takes several strips.
    for (height, width) in [(4, 4), (12, 20), (28, 12), (8, 36), (160, 184)] {
        let network = network(&mut noise, height, width);
        let picture: Vec<f32> = (0..3 * height * width).map(|_| noise.float()).collect();
        let expected = reference(&network, &picture);
        let largest = expected.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        assert!(largest > 0.5, "the reference is not near zero");
        // One scratch for networks of all sizes, and every width of the register tile.
        for tile in (1..=8).chain([0, 99]) {
            let mut own = Scratch::new(tile);
            for scratch in [&mut own, &mut scratch] {
                let received = network.run(&picture, scratch).expect("the picture fits");
                assert_eq!(received.len(), expected.len());
                let worst = received.iter().zip(&expected).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
                assert!(worst <= RELATIVE_TOLERANCE * largest, "{height}×{width}, tile {tile}: {worst} of {largest}");
            }
        }
    }
}

#[test]
fn a_file_comes_back_as_it_was_and_runs_alike() {
    let mut noise = Noise(2);
    let network = network(&mut noise, 16, 8);
    let read = Network::read(&network.write()).expect("what was written");
    assert_eq!(read, network);
    assert_eq!((read.input(), read.output()), ([3, 16, 8], [17, 8, 4]));
}

#[test]
fn a_file_cut_short_or_changed_is_refused_or_another_network_but_never_panics() {
    let mut noise = Noise(3);
    let network = network(&mut noise, 8, 8);
    let file = network.write();
    for length in 0..file.len() {
        assert!(
            matches!(Network::read(&file[..length]), Err(FileError::Short { .. })),
            "{length} of {} bytes",
            file.len()
        );
    }
    assert_eq!(Network::read(&[&file[..], &[0]].concat()), Err(FileError::Long(1)));
    assert!(matches!(Network::read(b"ONNX, not packed"), Err(FileError::Start(_))));
    let picture = vec![0.5; 3 * 8 * 8];
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1 << (at % 8);
        if let Ok(network) = Network::read(&changed)
            && network.input() == [3, 8, 8]
        {
            let output = network.run(&picture, &mut Scratch::new(4)).expect("the picture fits");
            assert_eq!(output.len(), network.output().iter().product::<usize>());
        }
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let mut noise = Noise(4);
    let network = network(&mut noise, 8, 8);
    let expected = InputError { expected: 192, received: 191 };
    assert_eq!(network.run(&[0.0; 191], &mut Scratch::new(4)), Err(expected));
    let plain = |from, layer| Step::Plain { from, layer };
    let picture = |noise: &mut Noise| Step::Picture(noise.layer([4, 3, 2], 1, true, false));
    let refusal = |sides: (usize, usize), channels, steps| {
        Network::new(sides.0, sides.1, channels, steps).expect_err("a refusal")
    };
    assert!(refusal((7, 8), 8, Vec::new()).contains("even sides"));
    assert!(refusal((8, 8), 8, Vec::new()).contains("a last step with 8 channels"));
    assert!(refusal((8, 8), 17, vec![picture(&mut noise)]).contains("a last step with 17 channels"));
    let steps = vec![picture(&mut noise), plain(1, noise.layer([2, 2, 2], 1, false, false))];
    assert!(refusal((8, 8), 8, steps).contains("reads step 1, which does not come before it"));
    let steps = vec![picture(&mut noise), plain(0, noise.layer([3, 3, 2], 1, false, false))];
    assert!(refusal((8, 8), 8, steps).contains("expected 2, got 3"));
    let steps = vec![picture(&mut noise), plain(0, noise.layer([2, 2, 2], 2, false, true))];
    assert!(refusal((8, 8), 8, steps).contains("a residual's stride: expected 1, got 2"));
}
