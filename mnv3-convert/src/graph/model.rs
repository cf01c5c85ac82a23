//! Graphs of models, as far as weights are concerned: nodes, and the constants that they read.

use super::constant::{Constant, Held};
use crate::checkpoint::Format;
use std::collections::HashMap;

/// What a value is called: a number that a reader gives it.
pub(crate) type ValueName = usize;

/// In which order the axes of a kernel lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axes {
    /// Outputs, inputs, height, width.
    Oihw,
    /// Outputs, height, width, inputs.
    Ohwi,
    /// 1, height, width, channels of a depthwise convolution.
    Depthwise,
    /// Outputs, height, width, inputs of a transposed convolution whose stride is its kernel: a 1x1 convolution to as many outputs for
    /// each pixel of the kernel, whose pixels are then shuffled.
    Transposed,
    /// A matrix of outputs and inputs.
    Oi,
    /// A matrix of inputs and outputs.
    Io,
}

/// What a node does, as far as weights are concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NodeOp {
    /// A convolution or matrix: input, kernel, and perhaps a bias.
    Layer(Axes),
    /// Input, scale, shift, mean and variance.
    BatchNorm { epsilon: f64 },
    /// A sum.
    Add,
    /// A difference.
    Sub,
    /// A product.
    Mul,
    /// The first input in another shape, or as another kind of number.
    Same,
    /// A matrix with its axes exchanged.
    Transpose,
    /// Whole numbers, their scale and their zero, to numbers.
    Dequantise { axis: usize },
    /// Whole numbers are multiplied with whole numbers.
    Quantised,
    /// What is below zero becomes zero, what is above a bound that bound; the bound, or else the third input.
    Clip { upper: Option<f32> },
    /// A non-linearity that is one with the node before it: its output is its input.
    Fused,
    /// Anything else.
    Other,
}

/// A node: it makes one value that matters here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ModelNode<'f> {
    pub(crate) op: NodeOp,
    /// For messages.
    pub(crate) name: &'f str,
    /// What is left out is `None`.
    pub(crate) inputs: Vec<Option<ValueName>>,
    pub(crate) output: ValueName,
}

/// A graph, its nodes in an order in which they can run.
#[derive(Debug)]
pub(crate) struct ModelGraph<'f> {
    pub(crate) format: Format,
    /// Bytes of the file and of those beside it.
    pub(crate) bytes: usize,
    /// Numbers as they are held.
    pub(crate) held: Vec<Held<'f>>,
    /// Values that are constants.
    pub(crate) constants: HashMap<ValueName, Constant>,
    /// Names of constants.
    pub(crate) names: Vec<(&'f str, ValueName)>,
    pub(crate) nodes: Vec<ModelNode<'f>>,
}
