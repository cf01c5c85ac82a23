//! What only the graph of a network says of it: its layers in order, and their sizes.

use crate::graph::Graph;
use crate::network::{Network, Tensor, Tensors};

impl Network {
    /// What it computes, as values and ops.
    #[must_use]
    pub fn graph(&self) -> Graph<'_> {
        Graph::of(self)
    }

    /// Every layer's tensors in the order of the structure.
    #[must_use]
    pub fn layers(&self) -> Vec<&Tensors> {
        self.graph().ops.iter().filter_map(|op| op.kind.tensors()).collect()
    }

    /// Trainable numbers: weights, biases, and scale and shift of batch norms.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.layers().into_iter().map(Tensors::parameters).sum()
    }

    /// All numbers of a weights file: [`parameters`](Self::parameters), mean and variance of batch norms.
    #[must_use]
    pub fn parameters_with_statistics(&self) -> u64 {
        self.layers()
            .into_iter()
            .flat_map(Tensors::iter)
            .map(Tensor::numbers)
            .sum()
    }

    /// Multiply-adds of one image in convolutions and linear layers.
    #[must_use]
    pub fn multiply_adds(&self) -> u64 {
        let graph = self.graph();
        graph.ops.iter().map(|op| graph.multiply_adds(op)).sum()
    }
}
