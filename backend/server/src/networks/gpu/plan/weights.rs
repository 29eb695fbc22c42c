//! The parameters of convolutions in the order in which the shaders read them.

use half::f16;
use separable::graph::op::Convolution;

use super::place::QUAD;

/// All parameters so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Weights {
    pub(super) weights: Vec<f32>,
    /// Those that float16 holds exactly.
    pub(super) half_weights: Vec<f32>,
    pub(super) constants: Vec<f32>,
}

/// Where a convolution's parameters begin, in quads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begins {
    /// Its weights.
    pub(super) weights: u32,
    /// Its scales and biases, `(2, quads)`.
    pub(super) numbers: u32,
    /// Whether its weights are in [`Weights::half_weights`].
    pub(super) are_half: bool,
}

impl Weights {
    /// `(taps, quads)`: one weight for each tap and channel.
    pub(super) fn depthwise(&mut self, convolution: &Convolution) -> Begins {
        let taps = convolution.side * convolution.side;
        self.add(convolution, taps, |output, tap| output * taps + tap)
    }

    /// `(taps, 3, quads)`, from `(outputs, 3, taps)`.
    pub(super) fn of_picture(&mut self, convolution: &Convolution) -> Begins {
        let (taps, inputs) = (convolution.side * convolution.side, convolution.inputs);
        self.add(convolution, taps * inputs, |output, row| (output * inputs + row % inputs) * taps + row / inputs)
    }

    /// `(K, quads)`, with K of whole quads.
    pub(super) fn pointwise(&mut self, convolution: &Convolution) -> Begins {
        let inputs = convolution.inputs;
        let begins = self.add(convolution, inputs, |output, row| output * inputs + row);
        let padding = (inputs.next_multiple_of(QUAD) - inputs) * convolution.outputs.next_multiple_of(QUAD);
        let weights = if begins.are_half { &mut self.half_weights } else { &mut self.weights };
        weights.resize(weights.len() + padding, 0.0);
        begins
    }

    /// Appends `rows` rows of weights, of which `index(output, row)` says the place.
    ///
    /// The weights of an output are divided by its scale, with which the shader multiplies the sum. Weights that were int8 in the file
    /// are integers then, which float16 holds exactly, as it holds those that were float16.
    fn add(&mut self, convolution: &Convolution, rows: usize, index: impl Fn(usize, usize) -> usize) -> Begins {
        let Convolution { outputs, weights, bias, .. } = convolution;
        let scale = |output: usize| scale_of((0..rows).map(|row| weights[index(output, row)]));
        let scales: Vec<f32> = (0..*outputs).map(scale).collect();
        let padded = outputs.next_multiple_of(QUAD);
        let mut packed = Vec::with_capacity(rows * padded);
        for row in 0..rows {
            packed.extend((0..*outputs).map(|output| weights[index(output, row)] / scales[output]));
            packed.resize((row + 1) * padded, 0.0);
        }
        let are_half = packed.iter().all(|&weight| is_half(weight));
        let into = if are_half { &mut self.half_weights } else { &mut self.weights };
        let begin = |numbers: usize| (numbers / QUAD) as u32;
        let begins = Begins { weights: begin(into.len()), numbers: begin(self.constants.len()), are_half };
        into.append(&mut packed);
        for numbers in [&scales, bias] {
            self.constant(numbers);
        }
        begins
    }

    /// Appends other numbers; returns the place of the first.
    pub(super) fn constant(&mut self, numbers: &[f32]) -> usize {
        let first = self.constants.len();
        self.constants.extend_from_slice(numbers);
        self.constants.resize(self.constants.len().next_multiple_of(QUAD), 0.0);
        first
    }
}

/// The step between weights that were int8 in the file, or one.
fn scale_of(weights: impl Iterator<Item = f32> + Clone) -> f32 {
    let greatest = weights.clone().map(f32::abs).fold(0.0, f32::max);
    let step = greatest / 127.0;
    let is_integer = |weight: f32| (weight / step - (weight / step).round()).abs() < 1e-3;
    if greatest > 0.0 && weights.into_iter().all(is_integer) { step } else { 1.0 }
}

/// Whether float16 holds a weight, but for the rounding of the division by its scale.
fn is_half(weight: f32) -> bool {
    (f16::from_f32(weight).to_f32() - weight).abs() <= 4.0 * f32::EPSILON * weight.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_were_int8_have_a_step_and_others_have_none() {
        let int8 = [127.0, -3.0, 0.0, 64.0].map(|weight: f32| weight * 0.013);
        assert!((scale_of(int8.into_iter()) - 0.013).abs() < 1e-8);
        assert!(int8.iter().all(|weight| is_half(weight / scale_of(int8.into_iter()))));
        assert!([1.0, 0.0, -0.333_251_95].into_iter().all(is_half) && !is_half(0.3333) && !is_half(1e-9));
        assert!([[0.5, 0.3], [0.0, 0.0]].iter().all(|weights| scale_of(weights.iter().copied()) == 1.0));
    }
}
