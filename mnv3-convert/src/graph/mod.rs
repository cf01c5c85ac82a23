//! Graphs of models, as far as their weights go: which layers there are, in the order in which they run.
//!
//! A reader of files ([`crate::onnx`], [`crate::tflite`]) makes a [`ModelGraph`]; [`layers`] finds its layers, with the batch norm
//! or what became of it; [`assign`] gives them the names of a network.

mod assign;
mod constant;
mod layers;
mod model;

pub(crate) use constant::{Constant, Held, Quantised};
pub(crate) use model::{Axes, ModelGraph, ModelNode, NodeOp, ValueName};

use crate::checkpoint::{Checkpoint, ConvertOptions, Ordered, Tensor};
use crate::error::ConvertError;
use assign::assigned;
use layers::layers;
use mnv3_spec::Network;
use safetensors::Dtype;
use std::borrow::Cow;
use std::collections::BTreeMap;

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
