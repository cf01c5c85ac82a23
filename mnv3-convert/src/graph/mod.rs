//! Graphs of models, as far as their weights go: which layers there are, in the order in which they run.
//!
//! A reader of files ([`crate::onnx`], [`crate::tflite`]) makes a [`ModelGraph`]; [`layers`] finds its layers, with the batch norm
//! or what became of it; [`assign`] gives them the names of a network.

mod assign;
mod constant;
mod layers;

pub(crate) use assign::assigned;
pub(crate) use constant::{Constant, Held, Quantised};
pub(crate) use layers::layers;

use crate::checkpoint::{Checkpoint, ConvertOptions, Format, Ordered, Tensor};
use crate::error::ConvertError;
use mnv3_spec::Network;
use safetensors::Dtype;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

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

/// The weights of a graph: by their names where these are what is asked for, or else by the order of layers.
///
/// # Errors
/// The graph has other layers than the network, or computes weights.
pub(crate) fn read<'f>(graph: ModelGraph<'f>, options: &ConvertOptions<'_>) -> Result<Checkpoint<'f>, ConvertError> {
    let as_they_are = options.prefix.is_some() || !options.renames.is_empty();
    let network = options.spec.filter(|network| !as_they_are && !has_all(&graph, network));
    let mut checkpoint = Checkpoint::of(graph.format);
    match network {
        Some(network) => {
            let assigned = assigned(&graph, layers(&graph)?, network)?;
            checkpoint.tensors = assigned.tensors;
            checkpoint.left_out = assigned.left_out;
            checkpoint.ordered = Some(Ordered {
                layers: assigned.layers,
                folded: assigned.folded,
            });
        }
        None => by_name(graph, &mut checkpoint),
    }
    Ok(checkpoint)
}

/// Whether every tensor that a network wants is there by its name, in its shape.
fn has_all(graph: &ModelGraph<'_>, network: &Network) -> bool {
    let shapes: BTreeMap<&str, &[usize]> = graph
        .names
        .iter()
        .filter_map(|(name, value)| {
            let constant = graph.constants.get(value)?;
            let held = graph.held.get(constant.held)?;
            held.is_real().then_some((*name, &held.shape[..]))
        })
        .collect();
    let layers = network.layers();
    let mut wanted = layers.iter().flat_map(|layer| layer.iter());
    wanted.all(|tensor| shapes.get(tensor.name.as_str()) == Some(&&tensor.shape[..]))
}

fn by_name<'f>(graph: ModelGraph<'f>, checkpoint: &mut Checkpoint<'f>) {
    let mut held: Vec<Option<Held<'f>>> = graph.held.into_iter().map(Some).collect();
    for (name, value) in graph.names {
        let Some(constant) = graph.constants.get(&value) else {
            continue;
        };
        let Some(held) = held.get_mut(constant.held).and_then(Option::take) else {
            continue;
        };
        let name = name.to_owned();
        let (dtype, data) = if held.is_real() {
            (held.dtype, held.data)
        } else if let Some(numbers) = held.numbers(constant.quantised.as_deref()) {
            let bytes = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
            (Dtype::F32, Cow::Owned(bytes))
        } else {
            checkpoint.skipped.push(name);
            continue;
        };
        let shape = held.shape;
        checkpoint.tensors.push(Tensor {
            name,
            dtype,
            shape,
            data,
        });
    }
}
