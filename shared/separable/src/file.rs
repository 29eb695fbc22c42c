//! The file format. In: bytes. Out: a [`Network`], and back.
//!
//! All numbers are little-endian. The file holds
//!
//! - `SEPARABL` and a version (u8);
//! - height, width and output channels (u32), and the number of steps (u16);
//! - for each step: its kind (u8: 0 picture, 1 plain, 2 upsampled), the two steps that it reads (u16), and whether it has an
//!   expansion, whether it is a residual, and its stride (u8); then its convolutions: blocks of input and output channels (u16),
//!   bounds of the activation (f32), weights (int8), scale and bias (f32).
//!
//! Weights are in the order in which the kernels read them, so that loading copies them and computes nothing.

use crate::layer::Separable;
use crate::map::{Block, LANES};
use crate::network::{Network, Step};
use crate::weights::{Clamp, Depthwise, Pointwise, TAPS};

const MAGIC: [u8; 8] = *b"SEPARABL";

/// Changes with the format.
const VERSION: u8 = 1;

/// Why a file cannot be read as a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It does not start as a packed network.
    #[error("expected a packed network of version {VERSION}, which starts with {MAGIC:?}; got {0:?}")]
    Start(Vec<u8>),
    /// It is cut short.
    #[error("the packed network ends after {length} bytes, {missing} too early")]
    Short {
        /// Its length.
        length: usize,
        /// Least number of missing bytes.
        missing: usize,
    },
    /// Bytes follow the network.
    #[error("{0} bytes follow the packed network")]
    Long(usize),
    /// Its parts do not fit together.
    #[error("the packed network does not fit together: {0}")]
    Unfit(String),
}

struct Reader<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], FileError> {
        let rest = &self.all[self.at..];
        let bytes = rest
            .get(..count)
            .ok_or_else(|| FileError::Short { length: self.all.len(), missing: count - rest.len() })?;
        self.at += count;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FileError> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    fn u8(&mut self) -> Result<u8, FileError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    fn u16(&mut self) -> Result<usize, FileError> {
        Ok(usize::from(u16::from_le_bytes(self.array()?)))
    }

    fn u32(&mut self) -> Result<usize, FileError> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    fn f32(&mut self) -> Result<f32, FileError> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    fn clamp(&mut self) -> Result<Clamp, FileError> {
        let (low, high) = (self.f32()?, self.f32()?);
        if low <= high {
            Ok(Clamp { low, high })
        } else {
            Err(FileError::Unfit(format!("an activation within {low}..{high}")))
        }
    }

    fn i8s(&mut self, count: usize) -> Result<Vec<i8>, FileError> {
        Ok(self.bytes(count)?.iter().map(|&byte| i8::from_le_bytes([byte])).collect())
    }

    fn blocks(&mut self, count: usize) -> Result<Vec<Block>, FileError> {
        let bytes = self.bytes(count * LANES * size_of::<f32>())?;
        let mut numbers =
            bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        Ok((0..count).map(|_| Block(std::array::from_fn(|_| numbers.next().unwrap_or_default()))).collect())
    }

    fn pointwise(&mut self) -> Result<Pointwise, FileError> {
        let (inputs, outputs, clamp) = (self.u16()?, self.u16()?, self.clamp()?);
        // Two numbers of 16 bits may have a product beyond the 32 bits of WebAssembly.
        let weights = self.i8s(inputs.saturating_mul(outputs).saturating_mul(LANES * LANES))?;
        Ok(Pointwise { inputs, outputs, weights, scale: self.blocks(outputs)?, bias: self.blocks(outputs)?, clamp })
    }

    fn depthwise(&mut self, stride: usize) -> Result<Depthwise, FileError> {
        let (blocks, clamp) = (self.u16()?, self.clamp()?);
        let weights = self.i8s(blocks * TAPS * LANES)?;
        Ok(Depthwise { blocks, stride, weights, scale: self.blocks(blocks)?, bias: self.blocks(blocks)?, clamp })
    }

    fn step(&mut self) -> Result<Step, FileError> {
        let (kind, from, skip) = (self.u8()?, self.u16()?, self.u16()?);
        let [has_expansion, is_residual, stride] = self.array()?;
        let expand = if has_expansion == 1 { Some(self.pointwise()?) } else { None };
        let depthwise = self.depthwise(usize::from(stride))?;
        let layer = Separable { expand, depthwise, project: self.pointwise()?, is_residual: is_residual == 1 };
        match kind {
            0 => Ok(Step::Picture(layer)),
            1 => Ok(Step::Plain { from, layer }),
            2 => Ok(Step::Upsampled { small: from, skip, layer }),
            kind => Err(FileError::Unfit(format!("a step of kind {kind}"))),
        }
    }
}

impl Network {
    /// Reads a file that [`Self::write`] wrote.
    ///
    /// # Errors
    /// When it is another file, is not whole, or its parts do not fit together.
    pub fn read(bytes: &[u8]) -> Result<Self, FileError> {
        let mut reader = Reader { all: bytes, at: 0 };
        let start = reader.bytes(MAGIC.len() + 1)?;
        if start[..MAGIC.len()] != MAGIC || start[MAGIC.len()] != VERSION {
            return Err(FileError::Start(start.to_vec()));
        }
        let (height, width, channels) = (reader.u32()?, reader.u32()?, reader.u32()?);
        let steps = (0..reader.u16()?).map(|_| reader.step()).collect::<Result<_, _>>()?;
        if reader.at != bytes.len() {
            return Err(FileError::Long(bytes.len() - reader.at));
        }
        Self::new(height, width, channels, steps).map_err(FileError::Unfit)
    }

    /// The network as a file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        let [_, height, width] = self.input();
        for number in [height, width, self.output()[0]] {
            out.extend((number as u32).to_le_bytes());
        }
        out.extend((self.steps().len() as u16).to_le_bytes());
        for step in self.steps() {
            let (kind, from, skip) = match *step {
                Step::Picture(_) => (0, 0, 0),
                Step::Plain { from, .. } => (1, from, 0),
                Step::Upsampled { small, skip, .. } => (2, small, skip),
            };
            out.push(kind);
            out.extend([from, skip].map(|step| step as u16).into_iter().flat_map(u16::to_le_bytes));
            let Separable { expand, depthwise, project, is_residual } = step.layer();
            out.extend([u8::from(expand.is_some()), u8::from(*is_residual), depthwise.stride as u8]);
            if let Some(expand) = expand {
                write_pointwise(expand, &mut out);
            }
            out.extend((depthwise.blocks as u16).to_le_bytes());
            write_clamp(depthwise.clamp, &mut out);
            write_weights(&depthwise.weights, &depthwise.scale, &depthwise.bias, &mut out);
            write_pointwise(project, &mut out);
        }
        out
    }
}

fn write_pointwise(pointwise: &Pointwise, out: &mut Vec<u8>) {
    out.extend(
        [pointwise.inputs, pointwise.outputs].map(|blocks| blocks as u16).into_iter().flat_map(u16::to_le_bytes),
    );
    write_clamp(pointwise.clamp, out);
    write_weights(&pointwise.weights, &pointwise.scale, &pointwise.bias, out);
}

fn write_clamp(clamp: Clamp, out: &mut Vec<u8>) {
    out.extend([clamp.low, clamp.high].into_iter().flat_map(f32::to_le_bytes));
}

fn write_weights(weights: &[i8], scale: &[Block], bias: &[Block], out: &mut Vec<u8>) {
    out.extend(weights.iter().flat_map(|weight| weight.to_le_bytes()));
    out.extend([scale, bias].into_iter().flatten().flat_map(|block| block.0).flat_map(f32::to_le_bytes));
}
