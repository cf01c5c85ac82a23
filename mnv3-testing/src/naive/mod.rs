//! What a network computes, straight from the definition of each op: plain loops in float64, every value a map of
//! height, width and channels. Nothing is folded, fused, packed or vectorised, and no code is shared with what does that.
//!
//! In: the graph, tensors as a file has them, an image. Out: the map of each row of the spec, and all outputs.
//!
//! ```
//! let spec = "{ name: Mean, dialect: torchvision, input: { size: [1, 2], channels: 1 },
//!     stem: { k: 1, out: 1, nl: RE, s: 1 }, bottlenecks: [{ k: 1, exp: 1, out: 1, se: false, nl: RE, s: 1 }],
//!     conventions: { bn_epsilon: 0 }, last: none, head: none }";
//! let network = mnv3_spec::parse("mean.yaml", spec)?;
//! // Every kernel, scale and variance is 1, every shift and mean 0: both layers give what they are given, doubled by the residual.
//! let plain = |tensor: &mnv3_spec::Tensor| vec![if tensor.name.ends_with("weight") || tensor.name.ends_with("var") { 1.0 } else { 0.0 }];
//! let run = mnv3_testing::naive::run(&network.graph(), &plain, &[0.5, 3.0]);
//! assert_eq!(run.outputs[0].1.values, [1.0, 6.0]);
//! # Ok::<(), mnv3_spec::SpecErrors>(())
//! ```

mod layer;
mod map;
mod ops;

pub use map::Map;

use layer::NaiveLayer;
use mnv3_spec::graph::{Graph, Op, OpKind, ValueId};
use mnv3_spec::{Shape, Tensor, Window};
use std::collections::HashMap;

/// What a run gave.
#[derive(Clone, Debug)]
pub struct Run {
    /// The map that each row of the spec ends in, by the row's name; of the head the scores or the embedding.
    pub rows: Vec<(String, Map)>,
    /// What is handed to the caller, by name: taps, then `scores`, `embedding` or `features`.
    pub outputs: Vec<(String, Map)>,
}

/// A 1x1 convolution.
const ONE: Window = Window {
    kernel: [1, 1],
    stride: [1, 1],
    dilation: [1, 1],
    pad_h: [0, 0],
    pad_w: [0, 0],
};

/// Runs a network over an image of height x width x channels; `tensor` gives the numbers of a tensor in C order.
///
/// # Panics
/// The image or a tensor has another length than the network says.
pub fn run(graph: &Graph<'_>, tensor: &dyn Fn(&Tensor) -> Vec<f32>, image: &[f32]) -> Run {
    run_with(graph, tensor, image, &mut |_, map| map)
}

/// The same, and goes on from what `replace` makes of each op's output.
///
/// # Panics
/// The image, a tensor or a map has another length than the network says.
pub fn run_with(
    graph: &Graph<'_>,
    tensor: &dyn Fn(&Tensor) -> Vec<f32>,
    image: &[f32],
    replace: &mut dyn FnMut(&Op<'_>, Map) -> Map,
) -> Run {
    let mut values = HashMap::new();
    let pixels = image.iter().map(|&x| f64::from(x)).collect();
    values.insert(graph.input, Map::new(graph.shape(graph.input), pixels));
    let mut rows: Vec<(String, Map)> = Vec::new();
    for op in &graph.ops {
        let map = replace(op, compute(op, graph.shape(op.output), &values, tensor));
        assert_eq!(map.shape, graph.shape(op.output), "{}", op.name);
        rows.truncate(op.row);
        rows.push((graph.rows[op.row].name.clone(), map.clone()));
        values.insert(op.output, map);
    }
    let outputs = graph.outputs.iter();
    let outputs = outputs.map(|output| (output.name.to_owned(), values[&output.value].clone()));
    let outputs = outputs.collect();
    Run { rows, outputs }
}

fn compute(op: &Op<'_>, shape: Shape, values: &HashMap<ValueId, Map>, tensor: &dyn Fn(&Tensor) -> Vec<f32>) -> Map {
    let x = &values[&op.inputs[0]];
    match op.kind {
        OpKind::Conv { window, act, tensors } => {
            let layer = NaiveLayer::read(tensors, act, tensor);
            ops::convolution(x, &window, layer.outputs(), |sums| layer.over_all_channels(sums))
        }
        OpKind::Depthwise { window, act, tensors } => {
            let layer = NaiveLayer::read(tensors, act, tensor);
            ops::convolution(x, &window, x.shape.c, |sums| layer.by_channel(sums))
        }
        OpKind::Pointwise { act, tensors } => {
            let layer = NaiveLayer::read(tensors, act, tensor);
            ops::convolution(x, &ONE, layer.outputs(), |sums| layer.over_all_channels(sums))
        }
        OpKind::Linear { act, tensors, storage } => {
            let layer = NaiveLayer::read(tensors, act, tensor).stored(storage);
            ops::convolution(x, &ONE, layer.outputs(), |sums| layer.over_all_channels(sums))
        }
        OpKind::WindowPool { pool, kernel, stride } => ops::pool(x, pool, kernel, stride),
        OpKind::GlobalPool { pool } => ops::pool(x, pool, [x.shape.h, x.shape.w], [1, 1]),
        OpKind::Scale => ops::scaled(x, &values[&op.inputs[1]]),
        OpKind::Add => ops::sum(x, &values[&op.inputs[1]]),
        OpKind::Activation { act } => ops::activated(x, act),
        OpKind::Softmax => ops::softmax(x),
        OpKind::Sigmoid => ops::sigmoid(x),
        OpKind::Flatten => x.clone(),
        OpKind::Resize => ops::resized(x, shape),
        OpKind::PixelShuffle => ops::pixel_shuffled(x, shape),
    }
}
