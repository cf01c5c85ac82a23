//! How a network is run: its graph as steps, each with a place in memory and with packed weights.
//!
//! Each decision is a pass in a file of its own: [weights](weights) lays out the arena, [fuse] makes steps of ops,
//! [memory] says where each step reads and writes, by what [slots] lets share. Backends only write down what was decided.

mod fuse;
mod memory;
mod slots;
mod weights;

pub use memory::WorkspacePlan;
use mnv3_ir::{Act, BlockPlan, Pool, Region, Shape, Window};
use mnv3_spec::graph::{Graph, Row, ValueId};
use mnv3_spec::network::{ComputedIn, Network, Tensor};
use mnv3_weights::PackedLayer;

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

/// One call of the runtime.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// Index of its row in [`Graph::rows`].
    pub row: usize,
    /// What it reads.
    pub inputs: Vec<Input>,
    /// Shape out.
    pub output: Shape,
    /// The field's name for the last of its ops: `expand`, `project` and so on.
    pub name: &'static str,
    /// What it makes.
    pub value: ValueId,
    /// Where it writes.
    pub to: Place,
}

/// What a step reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Which value.
    pub value: ValueId,
    /// Its shape.
    pub shape: Shape,
    /// Where it lies.
    pub from: Place,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// The first convolution, from the image.
    Stem {
        /// Kernel, stride, dilation, padding.
        window: Window,
        /// Its weights.
        layer: Layer,
    },
    /// Expand, depthwise, squeeze-excite, project, and the residual added.
    InvertedResidual(Box<Block>),
    /// A 1x1 convolution over a map.
    Pointwise(Layer),
    /// A pool over windows of a map.
    WindowPool {
        /// Mean or maximum.
        pool: Pool,
        /// Kernel height and width.
        kernel: [usize; 2],
        /// Stride down and across.
        stride: [usize; 2],
    },
    /// A map to a vector.
    GlobalPool(Pool),
    /// A vector to a vector.
    Linear(Layer),
    /// A vector to the caller's scores.
    Scores(Layer),
    /// The caller's scores to probabilities that add up to 1.
    Softmax,
    /// The caller's scores to a probability each.
    Sigmoid,
    /// A vector to the caller's embedding.
    Flatten,
    /// A map, each channel times the sigmoid of its number of a vector.
    Gate,
    /// The sum of two maps.
    Add,
    /// A map at another height and width, bilinear.
    Resize,
    /// A depthwise convolution that is not inside of a block.
    Depthwise {
        /// Kernel, stride, dilation, padding.
        window: Window,
        /// Its weights.
        layer: Layer,
    },
    /// A map of four times the channels to one of twice the height and width.
    PixelShuffle,
}

/// An inverted residual block.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// 1x1 expansion.
    pub expand: Option<Layer>,
    /// k x k.
    pub depthwise: Layer,
    /// Squeeze-excite: reduce and excite.
    pub gate: Option<[Layer; 2]>,
    /// 1x1 projection.
    pub project: Layer,
    /// What is added to its output.
    pub residual: Residual,
    /// What it does in memory and time.
    pub plan: BlockPlan,
}

/// What a block adds to its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residual {
    /// Nothing.
    None,
    /// Its input.
    Input,
    /// The second value that the step reads: the map that was expanded before, by a step of its own.
    Second,
}

/// Packed weights, and what follows them.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// How they are packed, and where they lie.
    pub packed: PackedLayer,
    /// After bias or batch norm.
    pub act: Act,
}

/// What a step reads from or writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The caller's image.
    Image,
    /// A part of the workspace.
    Slot {
        /// Index of the slot in [`WorkspacePlan::slots`].
        slot: usize,
        /// The floats of the value, from the start of the slot on.
        region: Region,
    },
    /// The caller's scores or embedding.
    Output,
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
            | StepKind::Add
            | StepKind::Resize
            | StepKind::Depthwise { .. }
            | StepKind::PixelShuffle => {
                // What a head that detects gives are outputs.
                self.graph.ends_row(step.value) && !(self.network.detect().is_some() && self.row(step).name == "head")
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
