//! A map at twice its size as one operator. In: `(1, C, H, W)` float32. Out: `(1, C, 2H, 2W)` float32.
//!
//! ONNX's bilinear `Resize` by two with `half_pixel` coordinates: an output pixel is ¾ of the pixel under it and ¼ of its neighbour on that
//! side, along each axis; beyond the border the last pixel is repeated.

use tract_core::internal::*;

/// The operator.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Doubled;

impl Op for Doubled {
    fn name(&self) -> StaticName {
        "Doubled".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Doubled {
    op_out_of_plan!();

    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = args_1!(inputs);
        let &[one, channels, height, width] = input.shape() else { bail!("expected a map, got {:?}", input.shape()) };
        let map = input.to_plain_array_view::<f32>()?;
        let map = map.as_standard_layout();
        let numbers = map.as_slice().context("the input has a standard layout")?;
        let output = doubled(numbers, height, width);
        Ok(tvec!(Tensor::from_shape(&[one, channels, 2 * height, 2 * width], &output)?.into_tvalue()))
    }
}

impl TypedOp for Doubled {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let mut shape = inputs[0].shape.to_tvec();
        ensure!(
            shape.len() == 4 && inputs[0].datum_type == f32::datum_type(),
            "expected a float32 map, got {:?}",
            inputs[0]
        );
        for side in &mut shape[2..] {
            *side = side.clone() * 2;
        }
        Ok(tvec!(f32::fact(&shape)))
    }

    as_op!();
}

/// `(planes, H, W) → (planes, 2H, 2W)`.
fn doubled(planes: &[f32], height: usize, width: usize) -> Vec<f32> {
    let mut out = vec![0.0; planes.len() * 4];
    let mut mixed = vec![0.0; width];
    for (plane, out) in planes.chunks_exact(height * width).zip(out.chunks_exact_mut(4 * height * width)) {
        let row = |at: usize| &plane[at * width..][..width];
        for (at, out) in out.chunks_exact_mut(2 * width).enumerate() {
            let near = at / 2;
            let far = if at % 2 == 0 { near.saturating_sub(1) } else { (near + 1).min(height - 1) };
            for ((mixed, near), far) in mixed.iter_mut().zip(row(near)).zip(row(far)) {
                *mixed = 0.75 * near + 0.25 * far;
            }
            across(&mixed, out);
        }
    }
    out
}

/// `(W) → (2W)`.
fn across(row: &[f32], out: &mut [f32]) {
    let last = row.len() - 1;
    out[0] = row[0];
    out[2 * last + 1] = row[last];
    for (pair, out) in row.windows(2).zip(out[1..].chunks_exact_mut(2)) {
        out[0] = 0.75 * pair[0] + 0.25 * pair[1];
        out[1] = 0.25 * pair[0] + 0.75 * pair[1];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_stays_a_ramp_and_ends_at_its_border() {
        // One plane of two rows.
        let found = doubled(&[0.0, 4.0, 8.0, 16.0, 20.0, 24.0], 2, 3);
        let first = [0.0, 1.0, 3.0, 5.0, 7.0, 8.0];
        assert_eq!(found[..6], first);
        assert_eq!(found[6..12], first.map(|value| value + 4.0));
        assert_eq!(found[12..18], first.map(|value| value + 12.0));
        assert_eq!(found[18..], first.map(|value| value + 16.0));
        assert_eq!(doubled(&[7.0, 9.0], 1, 1), [[7.0; 4], [9.0; 4]].concat(), "two planes of a pixel");
    }
}
