//! The arena of packed weights: layer after layer in the order of the structure.

use super::Layer;
use mnv3_ir::Packing;
use mnv3_spec::graph::{Graph, Op, OpKind};
use mnv3_spec::network::{Matrices, Tensor, Tensors};
use mnv3_weights::{FileTensors, PackedLayer};

pub(super) struct Weights<'n> {
    pub(super) tensors: Vec<&'n Tensor>,
    pub(super) layers: Vec<PackedLayer>,
    pub(super) bytes: usize,
    /// For each op of the graph the layer that it multiplies with.
    pub(super) of_ops: Vec<Option<Layer>>,
}

pub(super) fn lay_out<'n>(graph: &Graph<'n>) -> Weights<'n> {
    let mut weights = Weights {
        tensors: Vec::new(),
        layers: Vec::new(),
        bytes: 0,
        of_ops: Vec::new(),
    };
    for op in &graph.ops {
        let layer = form(graph, op).map(|(form, tensors)| weights.place(form, tensors));
        let layer = layer.zip(op.kind.act()).map(|(packed, act)| Layer { packed, act });
        weights.of_ops.push(layer);
    }
    weights
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
