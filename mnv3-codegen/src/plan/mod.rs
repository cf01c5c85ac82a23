//! How a network is run: its graph as steps, each with a place in memory and with packed weights.
//!
//! Each decision is a pass in a file of its own: [weights](weights) lays out the arena, [fuse] makes steps of ops,
//! [memory] says where each step reads and writes, by what [slots] lets share. Backends only write down what was decided.

mod fuse;
mod layer;
mod memory;
mod place;
mod slots;
mod step;
mod weights;

pub use layer::Layer;
use mnv3_spec::graph::{Graph, OutputKind, Row};
use mnv3_spec::network::{ComputedIn, Network, Tensor};
use mnv3_weights::PackedLayer;
pub use place::{Place, WorkspacePlan};
pub use step::{Block, Input, Residual, Step, StepKind};

/// The plan of a network.
#[derive(Clone, Debug)]
pub struct Plan<'n> {
    /// What it is a plan of.
    pub network: &'n Network,
    /// What is computed.
    pub graph: Graph<'n>,
    /// What is run, in order.
    pub steps: Vec<Step>,
    /// All tensors that a weights file must have, in the order of the structure.
    pub tensors: Vec<&'n Tensor>,
    /// In eight bits, what it must have after these: which network the scales are of, and the scales and zero points of values.
    pub scales: Vec<Tensor>,
    /// All layers in the order of the structure, which is also the order in the arena.
    pub layers: Vec<PackedLayer>,
    /// Bytes of the arena.
    pub weight_bytes: usize,
    /// The memory that it runs in.
    pub workspace: WorkspacePlan,
}

impl<'n> Plan<'n> {
    /// Lays out a network.
    #[must_use]
    pub fn new(network: &'n Network) -> Self {
        let graph = network.graph();
        let weights = weights::lay_out(&graph);
        let (steps, workspace) = memory::place(&graph, fuse::steps(&graph, &weights.of_ops));
        Self {
            network,
            graph,
            steps,
            tensors: weights.tensors,
            scales: weights.scales,
            layers: weights.layers,
            weight_bytes: weights.bytes,
            workspace,
        }
    }

    /// What a weights file must have, in this order.
    pub fn all_tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.tensors.iter().copied().chain(&self.scales)
    }

    /// Whether the network is computed in eight bits.
    #[must_use]
    pub fn is_int8(&self) -> bool {
        self.network.precision == ComputedIn::Int8
    }

    /// Whether a step makes the logits of a head that segments of those of a smaller map: who makes a mask of them does without it.
    #[must_use]
    pub fn enlarges(&self, step: &Step) -> bool {
        let mut outputs = self
            .graph
            .outputs
            .iter()
            .filter(|output| output.kind == OutputKind::Map);
        let segments = self.network.segment().is_some();
        segments && matches!(step.kind, StepKind::Resize) && outputs.any(|output| output.value == step.value)
    }

    /// The row that a step belongs to.
    #[must_use]
    pub fn row(&self, step: &Step) -> &Row<'n> {
        &self.graph.rows[step.row]
    }

    /// Whether observers are shown what a step makes: a map that a row of the spec ends in.
    #[must_use]
    pub fn is_observed(&self, step: &Step) -> bool {
        match step.kind {
            StepKind::Stem { .. }
            | StepKind::InvertedResidual(_)
            | StepKind::Pointwise(_)
            | StepKind::Gate
            | StepKind::Scale
            | StepKind::Activation(_)
            | StepKind::Add
            | StepKind::Resize
            | StepKind::Depthwise { .. }
            | StepKind::PixelShuffle => {
                // What a head that detects gives are outputs.
                self.graph.ends_row(step.value)
                    && self.graph.is_map(step.value)
                    && !(self.network.detect().is_some() && self.row(step).name == "head")
            }
            StepKind::WindowPool { .. }
            | StepKind::GlobalPool(_)
            | StepKind::Linear(_)
            | StepKind::Scores(_)
            | StepKind::Softmax
            | StepKind::Sigmoid
            | StepKind::Flatten => false,
        }
    }

    /// Bytes of a workspace.
    #[must_use]
    pub fn workspace_bytes(&self) -> usize {
        self.workspace.floats() * size_of::<f32>()
    }
}
