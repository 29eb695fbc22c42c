//! The constants of an ONNX graph. In: its tensors. Out: float32 or integer numbers.

use crate::onnx::proto;

/// Numbers of a constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Numbers {
    Floats(Vec<f32>),
    Integers(Vec<i64>),
}

/// A constant, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    pub(crate) shape: Vec<usize>,
    pub(crate) numbers: Numbers,
}

/// ONNX's `TensorProto.DataType`.
pub(crate) mod types {
    pub(crate) const FLOAT: i32 = 1;
    pub(crate) const UINT8: i32 = 2;
    pub(crate) const INT8: i32 = 3;
    pub(crate) const INT32: i32 = 6;
    pub(crate) const INT64: i32 = 7;
    pub(crate) const FLOAT16: i32 = 10;
}

impl Constant {
    pub(crate) fn integers(numbers: Vec<i64>) -> Self {
        Self { shape: vec![numbers.len()], numbers: Numbers::Integers(numbers) }
    }

    /// Reads a tensor of float32, float16, int8, uint8, int32 or int64.
    pub(crate) fn read(tensor: &proto::Tensor) -> Result<Self, String> {
        let shape: Vec<usize> = tensor.dims.iter().map(|&length| usize::try_from(length).unwrap_or_default()).collect();
        let raw = &tensor.raw_data;
        let numbers = match tensor.data_type {
            types::FLOAT if raw.is_empty() => Numbers::Floats(tensor.float_data.clone()),
            types::FLOAT => Numbers::Floats(raw.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()),
            types::FLOAT16 if raw.is_empty() => {
                Numbers::Floats(tensor.int32_data.iter().map(|&bits| half(bits as u16)).collect())
            }
            types::FLOAT16 => {
                Numbers::Floats(raw.as_chunks().0.iter().map(|&bytes| half(u16::from_le_bytes(bytes))).collect())
            }
            types::INT8 | types::UINT8 | types::INT32 if raw.is_empty() => {
                Numbers::Integers(tensor.int32_data.iter().map(|&number| i64::from(number)).collect())
            }
            types::INT8 => Numbers::Integers(raw.iter().map(|&byte| i64::from(i8::from_le_bytes([byte]))).collect()),
            types::UINT8 => Numbers::Integers(raw.iter().map(|&byte| i64::from(byte)).collect()),
            types::INT32 => {
                Numbers::Integers(raw.as_chunks().0.iter().map(|&bytes| i64::from(i32::from_le_bytes(bytes))).collect())
            }
            types::INT64 if raw.is_empty() => Numbers::Integers(tensor.int64_data.clone()),
            types::INT64 => {
                Numbers::Integers(raw.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect())
            }
            other => return Err(format!("a constant of type {other} is not known")),
        };
        let constant = Self { shape, numbers };
        let (expected, received) = (constant.shape.iter().product::<usize>(), constant.len());
        if expected == received {
            Ok(constant)
        } else {
            Err(format!("expected a constant of {expected} numbers, got {received}"))
        }
    }

    pub(crate) const fn len(&self) -> usize {
        match &self.numbers {
            Numbers::Floats(numbers) => numbers.len(),
            Numbers::Integers(numbers) => numbers.len(),
        }
    }

    /// As float32.
    pub(crate) fn floats(&self) -> Vec<f32> {
        match &self.numbers {
            Numbers::Floats(numbers) => numbers.clone(),
            Numbers::Integers(numbers) => numbers.iter().map(|&number| number as f32).collect(),
        }
    }

    /// As integers.
    pub(crate) fn to_integers(&self) -> Vec<i64> {
        match &self.numbers {
            Numbers::Floats(numbers) => numbers.iter().map(|&number| number as i64).collect(),
            Numbers::Integers(numbers) => numbers.clone(),
        }
    }

    /// `(numbers − zero point) · scale`, with one scale, or one for each index of `axis`.
    pub(crate) fn dequantised(&self, scale: &[f32], zero: &[f32], axis: usize) -> Result<Self, String> {
        let along = self.shape.get(axis).copied().unwrap_or(1);
        let inner: usize = self.shape.iter().skip(axis + 1).product();
        let fits = |parameters: &[f32]| parameters.len() == 1 || parameters.len() == along;
        if !fits(scale) || !(zero.is_empty() || fits(zero)) {
            return Err(format!("expected one scale or {along}, got {}", scale.len()));
        }
        let of = |parameters: &[f32], at: usize| match parameters {
            [] => 0.0,
            [one] => *one,
            each => each[at / inner.max(1) % along],
        };
        let numbers = self.floats().into_iter().enumerate().map(|(at, number)| (number - of(zero, at)) * of(scale, at));
        Ok(Self { shape: self.shape.clone(), numbers: Numbers::Floats(numbers.collect()) })
    }

    /// The product with a constant of as many dimensions, each as large as here or 1: then its numbers count for all along it.
    pub(crate) fn times(&self, other: &Self) -> Result<Self, String> {
        let fits = |(&side, &others): (&usize, &usize)| others == side || others == 1;
        if self.shape.len() != other.shape.len() || !self.shape.iter().zip(&other.shape).all(fits) {
            return Err(format!("expected factors for a constant of {:?}, got {:?}", self.shape, other.shape));
        }
        let factors = other.floats();
        let factor_at = |at: usize| {
            // Row-major: the last dimension first.
            let (mut rest, mut stride, mut place) = (at, 1, 0);
            for (&side, &others) in self.shape.iter().zip(&other.shape).rev() {
                place += if others == 1 { 0 } else { rest % side * stride };
                rest /= side;
                stride *= others;
            }
            factors[place]
        };
        let numbers = self.floats().into_iter().enumerate().map(|(at, number)| number * factor_at(at)).collect();
        Ok(Self { shape: self.shape.clone(), numbers: Numbers::Floats(numbers) })
    }
}

/// An IEEE 754 half-precision number.
pub(crate) fn half(bits: u16) -> f32 {
    let (sign, exponent, fraction) = (bits >> 15, (bits >> 10) & 31, bits & 1023);
    let magnitude = match exponent {
        0 => f32::from(fraction) * 2.0_f32.powi(-24),
        31 if fraction == 0 => f32::INFINITY,
        31 => f32::NAN,
        _ => f32::from(fraction | 1024) * 2.0_f32.powi(i32::from(exponent) - 25),
    };
    if sign == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_numbers_are_read() {
        for (bits, value) in
            [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0x7bff, 65504.0)]
        {
            assert!((half(bits) - value).abs() <= f32::EPSILON * value.abs(), "{bits:x}: {}", half(bits));
        }
        assert!(half(0x7e00).is_nan());
        assert_eq!(half(0xfc00), f32::NEG_INFINITY);
    }

    #[test]
    fn int8_weights_have_a_scale_for_each_output_or_one_for_all() {
        let weights = Constant { shape: vec![2, 2], numbers: Numbers::Integers(vec![1, -2, 3, 127]) };
        let each = weights.dequantised(&[0.5, 2.0], &[], 0).expect("fits");
        assert_eq!(each.floats(), [0.5, -1.0, 6.0, 254.0]);
        let second = weights.dequantised(&[0.5, 2.0], &[1.0, 0.0], 1).expect("fits");
        assert_eq!(second.floats(), [0.0, -4.0, 1.0, 254.0]);
        assert!(weights.dequantised(&[1.0; 3], &[], 0).is_err());
    }

    #[test]
    fn weights_have_a_factor_for_each_input() {
        let floats = |shape: &[usize], numbers: &[f32]| Constant {
            shape: shape.to_vec(),
            numbers: Numbers::Floats(numbers.to_vec()),
        };
        let weights = floats(&[2, 3, 1, 1], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let scaled = weights.times(&floats(&[1, 3, 1, 1], &[1.0, 0.5, 10.0])).expect("fits");
        assert_eq!((scaled.floats(), &scaled.shape[..]), (vec![1.0, 1.0, 30.0, 4.0, 2.5, 60.0], &[2, 3, 1, 1][..]));
        let scaled = weights.times(&floats(&[2, 1, 1, 1], &[1.0, -1.0])).expect("fits");
        assert_eq!(scaled.floats(), [1.0, 2.0, 3.0, -4.0, -5.0, -6.0]);
        assert!(weights.times(&floats(&[1, 2, 1, 1], &[1.0; 2])).is_err());
        assert!(weights.times(&floats(&[3], &[1.0; 3])).is_err());
    }
}
