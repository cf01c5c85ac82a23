//! The arena of packed weights: layer after layer in the order of the structure.

use super::layer::Layer;
use mnv3_ir::Packing;
use mnv3_spec::graph::{Graph, Op, OpKind, ValueId};
use mnv3_spec::network::{ComputedIn, Matrices, Tensor, Tensors};
use mnv3_weights::{Around, FileTensors, PackedLayer, SCALES_OF};
use std::collections::HashMap;

pub(super) struct Weights<'n> {
    pub(super) tensors: Vec<&'n Tensor>,
    pub(super) scales: Vec<Tensor>,
    pub(super) layers: Vec<PackedLayer>,
    pub(super) bytes: usize,
    /// For each op of the graph the layer that it multiplies with.
    pub(super) of_ops: Vec<Option<Layer>>,
}

pub(super) fn lay_out<'n>(graph: &Graph<'n>) -> Weights<'n> {
    let mut weights = Weights {
        tensors: Vec::new(),
        scales: Vec::new(),
        layers: Vec::new(),
        bytes: 0,
        of_ops: Vec::new(),
    };
    let scales = match graph.network.precision {
        ComputedIn::F32 => None,
        ComputedIn::Int8 => Some(Scales::new(graph)),
    };
    for op in &graph.ops {
        let around = scales.as_ref().and_then(|scales| scales.around(graph, op));
        let layer = form(graph, op).map(|(form, tensors)| {
            let form = around.map_or(form, |around| form.int8(around));
            weights.place(form, tensors)
        });
        let layer = layer.zip(op.kind.act()).map(|(packed, act)| Layer { packed, act });
        weights.of_ops.push(layer);
    }
    weights.scales = scales.map(|scales| scales.tensors).unwrap_or_default();
    weights
}

/// The tensors of scales of a network in eight bits.
struct Scales {
    tensors: Vec<Tensor>,
    /// Where those of a value stand among all tensors of the network.
    of: HashMap<ValueId, usize>,
}

impl Scales {
    fn new(graph: &Graph<'_>) -> Self {
        let before: usize = graph
            .ops
            .iter()
            .filter_map(|op| op.kind.tensors())
            .map(|tensors| tensors.iter().count())
            .sum();
        let mut tensors = vec![Tensor {
            name: SCALES_OF.to_owned(),
            shape: vec![size_of::<u64>()],
        }];
        let mut of = HashMap::new();
        for point in std::iter::once(graph.input_point()).chain(graph.points()) {
            of.insert(point.value, before + tensors.len());
            tensors.extend(point.tensors().map(|name| Tensor {
                name,
                shape: vec![point.channels],
            }));
        }
        Self { tensors, of }
    }

    /// The maps around a convolution; nothing of what stays in single precision.
    fn around(&self, graph: &Graph<'_>, op: &Op<'_>) -> Option<Around> {
        let act = match op.kind {
            OpKind::Conv { act, .. } | OpKind::Depthwise { act, .. } | OpKind::Pointwise { act, .. } => act,
            OpKind::Linear { .. }
            | OpKind::WindowPool { .. }
            | OpKind::GlobalPool { .. }
            | OpKind::Scale
            | OpKind::Add
            | OpKind::Activation { .. }
            | OpKind::Softmax
            | OpKind::Sigmoid
            | OpKind::Flatten
            | OpKind::Resize
            | OpKind::PixelShuffle => return None,
        };
        let scales = |value: ValueId| self.of.get(&value).copied();
        let input = scales(op.inputs[0])?;
        let around = match graph.residual(op).map(|added| &graph.ops[added]) {
            None => Around::new(input, scales(op.output)?, act),
            Some(added) => Around::new(input, scales(added.output)?, act).adding(scales(added.inputs[1])?),
        };
        Some(if op.inputs[0] == graph.input {
            around.of_image()
        } else {
            around
        })
    }
}

/// The form of an op's packed weights.
fn form<'n>(graph: &Graph<'n>, op: &Op<'n>) -> Option<(PackedLayer, &'n Tensors)> {
    let (input, output) = (graph.shape(op.inputs[0]).c, graph.shape(op.output).c);
    match op.kind {
        OpKind::Conv { window, tensors, .. } => Some((PackedLayer::dense(window.kernel, input, output), tensors)),
        OpKind::Depthwise { window, tensors, .. } => Some((PackedLayer::depthwise(window.kernel, output), tensors)),
        OpKind::Pointwise { tensors, .. } => Some((PackedLayer::dense([1, 1], input, output), tensors)),
        OpKind::Linear { tensors, storage, .. } => {
            let packed = PackedLayer::dense([1, 1], input, output);
            let packing = match storage {
                Matrices::F32 => Packing::F32,
                Matrices::F16 => Packing::F16,
                Matrices::I8 => Packing::I8,
            };
            Some((packed.packed(packing), tensors))
        }
        OpKind::WindowPool { .. }
        | OpKind::GlobalPool { .. }
        | OpKind::Scale
        | OpKind::Add
        | OpKind::Activation { .. }
        | OpKind::Softmax
        | OpKind::Sigmoid
        | OpKind::Flatten
        | OpKind::Resize
        | OpKind::PixelShuffle => None,
    }
}

impl<'n> Weights<'n> {
    fn place(&mut self, form: PackedLayer, tensors: &'n Tensors) -> PackedLayer {
        let of_file = FileTensors {
            layout: tensors.layout,
            bias: tensors.bias.is_some(),
            epsilon: tensors.norm.as_ref().map(|norm| norm.epsilon),
        };
        let packed = form
            .read(self.tensors.len(), of_file)
            .times(tensors.factor)
            .at(self.bytes);
        self.bytes += packed.packed_bytes();
        self.layers.push(packed);
        self.tensors.extend(tensors.iter());
        packed
    }
}
