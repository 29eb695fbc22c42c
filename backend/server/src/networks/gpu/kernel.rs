//! Shaders of the steps. In: a [`Work`] and the device's type for weights. Out: a [`Kernel`] and its text.

use super::plan::{Tile, Work};
use super::template::expanded;

const COMMON: &str = include_str!("shaders/common.wgsl");
const LINES: &str = include_str!("shaders/lines.wgsl");
const WINDOW: &str = include_str!("shaders/window.wgsl");

/// The type of a step's weights. Maps and sums are float32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Precision {
    /// float32.
    Single,
    /// float16, where it holds all weights exactly.
    Half,
}

impl Precision {
    /// The type of a step's weights on a device that can compute with float16 or not.
    pub(super) const fn of(work: Work, has_half: bool) -> Self {
        if has_half && work.has_half_weights() { Self::Half } else { Self::Single }
    }
}

/// A shader with its constants: what a pipeline is compiled from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kernel {
    Normalise,
    Convolve { side: usize, stride: usize },
    Depthwise { side: usize, stride: usize },
    Pointwise(Tile),
    Pool,
    Double,
    Elementwise,
    Reduce { is_by_group: bool },
    Softmax,
    Product,
}

impl Kernel {
    /// The kernel of a step for `batch` pictures.
    pub(super) fn of(work: Work, batch: usize) -> Self {
        match work {
            Work::Normalise { .. } => Self::Normalise,
            Work::Convolve { side, stride, .. } => Self::Convolve { side, stride },
            Work::Depthwise { side, stride, .. } => Self::Depthwise { side, stride },
            Work::Pointwise { rows, quads, .. } => Self::Pointwise(Tile::of(batch * rows, quads)),
            Work::Pool { .. } => Self::Pool,
            Work::Double { .. } => Self::Double,
            Work::Elementwise { .. } => Self::Elementwise,
            Work::Reduce { is_by_group, .. } => Self::Reduce { is_by_group },
            Work::Softmax { .. } => Self::Softmax,
            Work::Product { .. } => Self::Product,
        }
    }

    /// The kernels of a step for all batches.
    pub(super) fn all_of(work: Work) -> Vec<Self> {
        match work {
            Work::Pointwise { .. } => Tile::all().map(Self::Pointwise).collect(),
            work => vec![Self::of(work, 1)],
        }
    }

    /// The function that runs.
    pub(super) const fn entry_point(self) -> &'static str {
        match self {
            Self::Reduce { is_by_group: true } => "by_group",
            Self::Reduce { is_by_group: false } => "by_thread",
            _ => "main",
        }
    }

    /// The shader's text.
    pub(super) fn text(self, precision: Precision) -> String {
        let head = match precision {
            Precision::Single => "alias Weights = vec4<f32>;\n",
            Precision::Half => "enable f16;\nalias Weights = vec4<f16>;\n",
        };
        let body = match self {
            Self::Normalise => include_str!("shaders/normalise.wgsl").to_owned(),
            Self::Convolve { side, stride } => {
                let text = [WINDOW, include_str!("shaders/convolve.wgsl")].concat();
                expanded(&text, &[("SIDE", side), ("STRIDE", stride)])
            }
            Self::Depthwise { side, stride } => {
                // Of four neighbours.
                let span = 3 * stride + side;
                let names = [("SIDE", side), ("STRIDE", stride), ("SPAN", span)];
                expanded(&[WINDOW, include_str!("shaders/depthwise.wgsl")].concat(), &names)
            }
            Self::Pointwise(Tile { columns, rows, depth }) => {
                let names = [("COLUMNS", columns), ("ROWS", rows), ("DEPTH", depth)];
                expanded(include_str!("shaders/pointwise.wgsl"), &names)
            }
            Self::Pool => include_str!("shaders/pool.wgsl").to_owned(),
            Self::Double => include_str!("shaders/double.wgsl").to_owned(),
            Self::Elementwise => include_str!("shaders/elementwise.wgsl").to_owned(),
            Self::Reduce { .. } => LINES.to_owned() + include_str!("shaders/reduce.wgsl"),
            Self::Softmax => LINES.to_owned() + include_str!("shaders/softmax.wgsl"),
            Self::Product => include_str!("shaders/product.wgsl").to_owned(),
        };
        [head, COMMON, &body].concat()
    }
}
