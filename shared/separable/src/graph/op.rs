//! The operators of a graph, and the values between them.

use crate::weights::Clamp;

/// A value's number.
pub(super) type ValueId = usize;

/// How a value is stored. All values have a leading dimension of one in the graph; a run has one for each picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Channels, height and width, in blocks of eight channels.
    Map([usize; 3]),
    /// Row-major numbers.
    Plain,
}

/// What an operator computes.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// The dimensions after the leading one.
    pub(super) shape: Vec<usize>,
    pub(super) form: Form,
}

impl Value {
    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A convolution's float32 parameters.
#[derive(Clone, Debug)]
pub(super) struct Convolution {
    pub(super) from: ValueId,
    pub(super) outputs: usize,
    pub(super) inputs: usize,
    pub(super) side: usize,
    pub(super) stride: usize,
    /// Rows above and columns left that count as zero.
    pub(super) pad: [usize; 2],
    pub(super) is_depthwise: bool,
    /// `(outputs, inputs, side, side)`; of a depthwise one `(outputs, 1, side, side)`.
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) added: Option<ValueId>,
    pub(super) clamp: Clamp,
}

impl Convolution {
    pub(super) const fn is_pointwise(&self) -> bool {
        self.side == 1 && !self.is_depthwise
    }
}

/// A function of each number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unary {
    Clamp(Clamp),
    SquareRoot,
    Exponential,
    Sigmoid,
    Reciprocal,
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// What a binary operator or a product reads.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Value(ValueId),
    /// Its shape, without a leading one, and its numbers.
    Constant(Vec<usize>, Vec<f32>),
}

/// A reduction over some axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reduction {
    Mean,
    Least,
    Sum,
    /// The root of the sum of squares.
    Norm,
}

/// Axes and shapes are those after the leading dimension.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Convolution(Box<Convolution>),
    /// A map at twice its size.
    Double(ValueId),
    /// The channels of several maps.
    Channels(Vec<ValueId>),
    Pool {
        from: ValueId,
        side: (usize, usize),
    },
    ToMap(ValueId),
    ToPlain(ValueId),
    /// The same numbers in another shape.
    Reshape(ValueId),
    Unary {
        from: ValueId,
        function: Unary,
    },
    Binary {
        function: Binary,
        operands: [Operand; 2],
    },
    Softmax {
        from: ValueId,
        axis: usize,
    },
    Transpose {
        from: ValueId,
        order: Vec<usize>,
    },
    /// `(…, M, K) · (…, K, N)`.
    Product([Operand; 2]),
    Reduce {
        from: ValueId,
        reduction: Reduction,
        axes: Vec<usize>,
    },
    Concatenate {
        from: Vec<ValueId>,
        axis: usize,
    },
    /// `length` indices of an axis from `first` on.
    Slice {
        from: ValueId,
        axis: usize,
        first: usize,
        length: usize,
    },
}

impl Op {
    /// The values that it reads.
    pub(super) fn reads(&self) -> Vec<ValueId> {
        match self {
            Self::Convolution(convolution) => [convolution.from].into_iter().chain(convolution.added).collect(),
            Self::Double(from)
            | Self::ToMap(from)
            | Self::ToPlain(from)
            | Self::Reshape(from)
            | Self::Pool { from, .. }
            | Self::Unary { from, .. }
            | Self::Softmax { from, .. }
            | Self::Transpose { from, .. }
            | Self::Reduce { from, .. }
            | Self::Slice { from, .. } => vec![*from],
            Self::Channels(from) | Self::Concatenate { from, .. } => from.clone(),
            Self::Binary { operands, .. } | Self::Product(operands) => operands
                .iter()
                .filter_map(|operand| match operand {
                    Operand::Value(value) => Some(*value),
                    Operand::Constant(..) => None,
                })
                .collect(),
        }
    }
}

/// An operator and the value that it computes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) op: Op,
    pub(super) out: ValueId,
}
