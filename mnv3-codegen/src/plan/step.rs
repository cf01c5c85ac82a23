//! Steps: calls of the runtime, with what they read and write.

use super::layer::Layer;
use super::place::Place;
use mnv3_ir::{Act, BlockPlan, Pool, Shape, Window};
use mnv3_spec::graph::ValueId;

/// One call of the runtime.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// Index of its row in [`Graph::rows`](mnv3_spec::graph::Graph::rows).
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
    /// A map, each channel times its number of a vector.
    Scale,
    /// A non-linearity of each number of a map or a vector.
    Activation(Act),
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
