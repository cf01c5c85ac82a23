//! The arena of packed weights: layer after layer in the order of the structure.

use super::Layer;
use mnv3_spec::graph::{Graph, Op, OpKind};
use mnv3_spec::network::{Matrices, Tensor, Tensors};
use mnv3_weights::Recipe;

pub(super) struct Weights<'n> {
    pub(super) tensors: Vec<&'n Tensor>,
    pub(super) layers: Vec<Recipe>,
    pub(super) floats: usize,
    /// For each op of the graph the layer that it multiplies with.
    pub(super) of_ops: Vec<Option<Layer>>,
}

pub(super) fn lay_out<'n>(graph: &Graph<'n>) -> Weights<'n> {
    let mut weights = Weights {
        tensors: Vec::new(),
        layers: Vec::new(),
        floats: 0,
        of_ops: Vec::new(),
    };
    for op in &graph.ops {
        let layer = form(graph, op).map(|(form, tensors)| weights.place(form, tensors));
        let layer = layer.zip(op.kind.act()).map(|(recipe, act)| Layer { recipe, act });
        weights.of_ops.push(layer);
    }
    weights
}

/// The form of an op's packed weights.
fn form<'n>(graph: &Graph<'n>, op: &Op<'n>) -> Option<(Recipe, &'n Tensors)> {
    let (input, output) = (graph.shape(op.inputs[0]).c, graph.shape(op.output).c);
    match op.kind {
        OpKind::Conv { window, tensors, .. } => Some((Recipe::dense(window.kernel, input, output), tensors)),
        OpKind::Depthwise { window, tensors, .. } => Some((Recipe::depthwise(window.kernel, output), tensors)),
        OpKind::Pointwise { tensors, .. } => Some((Recipe::dense([1, 1], input, output), tensors)),
        OpKind::Linear { tensors, storage, .. } => {
            let recipe = Recipe::dense([1, 1], input, output);
            let recipe = match storage {
                Matrices::F32 => recipe,
                Matrices::F16 => recipe.half(),
            };
            Some((recipe, tensors))
        }
        OpKind::WindowPool { .. } | OpKind::GlobalPool { .. } | OpKind::Scale | OpKind::Add | OpKind::Softmax => None,
    }
}

impl<'n> Weights<'n> {
    fn place(&mut self, form: Recipe, tensors: &'n Tensors) -> Recipe {
        let mut recipe = form.read(tensors.layout, self.tensors.len()).at(self.floats);
        if tensors.bias.is_some() {
            recipe = recipe.bias();
        }
        if let Some(norm) = &tensors.norm {
            recipe = recipe.norm(norm.epsilon);
        }
        self.floats += recipe.packed_floats();
        self.layers.push(recipe);
        self.tensors.extend(tensors.iter());
        recipe
    }
}
