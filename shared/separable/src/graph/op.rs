//! A network as operators and the values between them: what [`Program::from_onnx`](super::Program::from_onnx) reads.

pub use crate::weights::Clamp;

/// A value's number.
pub type ValueId = usize;

/// A network with one picture as its input. Everything that does not depend on the picture is a constant of an operator.
#[derive(Clone, Debug)]
pub struct Program {
    /// All values; the first is the picture, `(3, H, W)`.
    pub values: Vec<Value>,
    /// The operators, each after those whose values it reads.
    pub nodes: Vec<Node>,
    /// The value that a run returns; its form is [`Form::Plain`].
    pub output: ValueId,
}

/// How a value is stored. All values have a leading dimension of one in the graph; a run has one for each picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Channels, height and width, in blocks of eight channels.
    Map([usize; 3]),
    /// Row-major numbers.
    Plain,
}

/// What an operator computes.
#[derive(Clone, Debug)]
pub struct Value {
    /// The dimensions after the leading one.
    pub shape: Vec<usize>,
    /// How a run on the processor stores it.
    pub form: Form,
}

impl Value {
    /// Numbers of the value for one picture.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A convolution with float32 parameters: `clamp(weights * from + bias + added)`.
#[derive(Clone, Debug)]
pub struct Convolution {
    /// The map, or for a first convolution the picture.
    pub from: ValueId,
    /// Output channels.
    pub outputs: usize,
    /// Input channels.
    pub inputs: usize,
    /// Rows and columns of the kernel.
    pub side: usize,
    /// Rows and columns between outputs.
    pub stride: usize,
    /// Rows above and columns left that count as zero.
    pub pad: [usize; 2],
    /// Whether each channel has a kernel of its own.
    pub is_depthwise: bool,
    /// `(outputs, inputs, side, side)`; of a depthwise one `(outputs, 1, side, side)`.
    pub weights: Vec<f32>,
    /// `(outputs)`.
    pub bias: Vec<f32>,
    /// A map of the output's shape that is added before the clamp.
    pub added: Option<ValueId>,
    /// The activation.
    pub clamp: Clamp,
}

impl Convolution {
    /// Whether it is a product of each pixel with one matrix.
    #[must_use]
    pub const fn is_pointwise(&self) -> bool {
        self.side == 1 && !self.is_depthwise
    }
}

/// A function of each number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unary {
    /// Between two bounds.
    Clamp(Clamp),
    /// √x.
    SquareRoot,
    /// eˣ.
    Exponential,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// 1 / x.
    Reciprocal,
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// a + b.
    Add,
    /// a − b.
    Subtract,
    /// a · b.
    Multiply,
    /// a / b.
    Divide,
}

/// What a binary operator or a product reads.
#[derive(Clone, Debug)]
pub enum Operand {
    /// What another operator computes.
    Value(ValueId),
    /// Its shape, without a leading one, and its numbers.
    Constant(Vec<usize>, Vec<f32>),
}

/// A reduction over some axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// The mean.
    Mean,
    /// The least number.
    Least,
    /// The sum.
    Sum,
    /// The root of the sum of squares.
    Norm,
}

/// An operator. Axes and shapes are those after the leading dimension; all are row-major.
#[derive(Clone, Debug)]
pub enum Op {
    /// A convolution.
    Convolution(Box<Convolution>),
    /// A map at twice its size, bilinear; what is outside the map counts as zero.
    Double(ValueId),
    /// The channels of several maps.
    Channels(Vec<ValueId>),
    /// Means of rectangles beside each other that fill the map.
    Pool {
        /// The map.
        from: ValueId,
        /// Rows and columns of a rectangle.
        side: (usize, usize),
    },
    /// The same numbers as a map.
    ToMap(ValueId),
    /// The same numbers, row-major.
    ToPlain(ValueId),
    /// The same numbers in another shape.
    Reshape(ValueId),
    /// A function of each number.
    Unary {
        /// The numbers.
        from: ValueId,
        /// The function.
        function: Unary,
    },
    /// A function of two numbers; sides of one stand for all.
    Binary {
        /// The function.
        function: Binary,
        /// The numbers.
        operands: [Operand; 2],
    },
    /// Softmax along an axis.
    Softmax {
        /// The numbers.
        from: ValueId,
        /// The axis.
        axis: usize,
    },
    /// Axes in another order.
    Transpose {
        /// The numbers.
        from: ValueId,
        /// The source's axis for each axis of the result.
        order: Vec<usize>,
    },
    /// `(…, M, K) · (…, K, N)`.
    Product([Operand; 2]),
    /// A reduction; the axes stay, with sides of one.
    Reduce {
        /// The numbers.
        from: ValueId,
        /// What is computed.
        reduction: Reduction,
        /// The axes.
        axes: Vec<usize>,
    },
    /// Several values after each other along an axis.
    Concatenate {
        /// The values.
        from: Vec<ValueId>,
        /// The axis.
        axis: usize,
    },
    /// `length` indices of an axis from `first` on.
    Slice {
        /// The numbers.
        from: ValueId,
        /// The axis.
        axis: usize,
        /// The first index.
        first: usize,
        /// The number of indices.
        length: usize,
    },
}

impl Op {
    /// The values that it reads.
    #[must_use]
    pub fn reads(&self) -> Vec<ValueId> {
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
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// Its value.
    pub out: ValueId,
    /// The ONNX node that it comes from: its type and output.
    pub name: String,
}

impl Program {
    /// How many operators read each value; the output counts as one more.
    #[must_use]
    pub fn readers(&self) -> Vec<usize> {
        let mut readers = vec![0; self.values.len()];
        for value in self.nodes.iter().flat_map(|node| node.op.reads()).chain([self.output]) {
            readers[value] += 1;
        }
        readers
    }

    /// Multiply-adds of convolutions and products for a picture.
    #[must_use]
    pub fn macs(&self) -> usize {
        let macs = |node: &Node| match &node.op {
            Op::Convolution(convolution) => {
                let inputs = if convolution.is_depthwise { 1 } else { convolution.inputs };
                self.values[node.out].len() * inputs * convolution.side * convolution.side
            }
            Op::Product([_, Operand::Value(b)]) => {
                self.values[node.out].len() * self.values[*b].shape.first().copied().unwrap_or(1)
            }
            Op::Product([_, Operand::Constant(shape, _)]) => {
                self.values[node.out].len() * shape.first().copied().unwrap_or(1)
            }
            _ => 0,
        };
        self.nodes.iter().map(macs).sum()
    }
}
