//! Why an ONNX file cannot be packed.

/// Why an ONNX file cannot be packed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// It is not an ONNX file.
    #[error("not an ONNX file: {0}")]
    Syntax(#[from] prost::DecodeError),
    /// It has a node that separable layers do not.
    #[error("{node}: {reason}")]
    Unknown {
        /// The node's name or output.
        node: String,
        /// What was expected there.
        reason: String,
    },
    /// Its parts do not fit together.
    #[error("the network does not fit together: {0}")]
    Unfit(String),
}
