//! Layers of a network: their shapes, tensors and places in the spec.

use mnv3_ir::{Act, BlockPlan, BlockSizes, Layout, Pool, Shape, Window};

/// The row of the spec that a layer comes from, for comments and messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file that holds the row: the spec, or one that it extends.
    pub file: String,
    /// Line in the spec, from 1.
    pub line: usize,
    /// The row's text as written, without indentation or list dash, on one line.
    pub text: String,
}

/// A tensor that the network wants from a weights file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Full name in the file.
    pub name: String,
    /// Shape in the file.
    pub shape: Vec<usize>,
}

impl Tensor {
    /// How many numbers it holds.
    #[must_use]
    pub fn numbers(&self) -> u64 {
        self.shape.iter().map(|&n| n as u64).product()
    }
}

/// The four tensors of a batch norm.
#[derive(Clone, Debug, PartialEq)]
pub struct Norm {
    /// Scale.
    pub gamma: Tensor,
    /// Shift.
    pub beta: Tensor,
    /// Running mean.
    pub mean: Tensor,
    /// Running variance.
    pub variance: Tensor,
    /// Added to the variance.
    pub epsilon: f64,
}

/// The tensors of one convolution or linear layer, in the order weight, bias, norm.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensors {
    /// Kernel.
    pub weight: Tensor,
    /// Layout of the kernel.
    pub layout: Layout,
    /// What the kernel is multiplied by: 1, but after a hidden layer whose output is scaled.
    pub factor: f64,
    /// Bias beside the kernel.
    pub bias: Option<Tensor>,
    /// Batch norm after it.
    pub norm: Option<Norm>,
}

impl Tensors {
    /// Weight, bias, gamma, beta, mean, variance: those that are there.
    pub fn iter(&self) -> impl Iterator<Item = &Tensor> {
        let norm = self.norm.iter().flat_map(|n| [&n.gamma, &n.beta, &n.mean, &n.variance]);
        std::iter::once(&self.weight).chain(&self.bias).chain(norm)
    }

    /// Trainable numbers: weights, biases, and scale and shift of batch norms.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        let norm = self.norm.iter().flat_map(|n| [&n.gamma, &n.beta]);
        let trained = std::iter::once(&self.weight).chain(&self.bias).chain(norm);
        trained.map(Tensor::numbers).sum()
    }
}

/// A full (dense) convolution: the stem, and with a 1x1 window the last one.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Where it is written.
    pub source: Source,
    /// Shape in.
    pub input: Shape,
    /// Shape out.
    pub output: Shape,
    /// Kernel, stride, dilation, padding.
    pub window: Window,
    /// After batch norm.
    pub act: Act,
    /// Its tensors.
    pub tensors: Tensors,
}

/// A 1x1 convolution or linear layer on channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Channels in.
    pub input: usize,
    /// Channels out.
    pub output: usize,
    /// After bias or batch norm.
    pub act: Act,
    /// Its tensors.
    pub tensors: Tensors,
}

/// A depthwise convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Depthwise {
    /// Channels in and out.
    pub channels: usize,
    /// Kernel, stride, dilation, padding.
    pub window: Window,
    /// After batch norm.
    pub act: Act,
    /// Its tensors.
    pub tensors: Tensors,
}

/// Squeeze-excite: global average, reduce, expand to a gate per channel.
#[derive(Clone, Debug, PartialEq)]
pub struct SqueezeExcite {
    /// Channels to squeeze width.
    pub reduce: Dense,
    /// Squeeze width to channels; its `act` is the gate, where that is hard.
    pub expand: Dense,
    /// Whether the gate is the sigmoid of what `expand` gives.
    pub sigmoid: bool,
    /// What follows the product: nothing, or the row's non-linearity, which the depthwise convolution then does not have.
    pub then: Act,
    /// Whether it gates the projected map, and not the depthwise one.
    pub after_project: bool,
}

/// What is added to a block whose input does not fit: the input, convolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Shortcut {
    /// At the block's stride, where that is not 1; linear.
    pub depthwise: Option<Depthwise>,
    /// 1x1, where the block gives other channels than it takes; linear.
    pub project: Option<Dense>,
}

/// An inverted residual block.
#[derive(Clone, Debug, PartialEq)]
pub struct Bottleneck {
    /// Where it is written.
    pub source: Source,
    /// From 1, as in the paper's table and in messages.
    pub number: usize,
    /// Shape in.
    pub input: Shape,
    /// Shape out.
    pub output: Shape,
    /// 1x1 expansion, left out by most dialects where exp equals the incoming channels.
    pub expand: Option<Dense>,
    /// k x k.
    pub depthwise: Depthwise,
    /// After the depthwise convolution, mostly after its non-linearity.
    pub squeeze_excite: Option<SqueezeExcite>,
    /// 1x1 linear projection.
    pub project: Dense,
    /// Adds the input to the output.
    pub residual: bool,
    /// Adds the convolved input to the output.
    pub shortcut: Option<Shortcut>,
    /// After the projection, or the sum; mostly nothing.
    pub act: Act,
}

impl Bottleneck {
    /// Whether it runs op by op up to its projection: with a gate that is a sigmoid, or one before the non-linearity.
    #[must_use]
    pub fn runs_op_by_op(&self) -> bool {
        let gate = self.squeeze_excite.as_ref();
        gate.is_some_and(|gate| !gate.after_project && (gate.sigmoid || gate.then != Act::Identity))
    }

    /// What the block does in memory and time.
    #[must_use]
    pub const fn plan(&self) -> BlockPlan {
        BlockPlan::new(BlockSizes {
            input: [self.input.h, self.input.w],
            output: [self.output.h, self.output.w],
            window: self.depthwise.window,
            expand: match &self.expand {
                Some(expand) => Some(expand.input),
                None => None,
            },
            channels: self.depthwise.channels,
            squeeze: match &self.squeeze_excite {
                Some(se) if !se.after_project => Some(se.reduce.output),
                Some(_) | None => None,
            },
            project: self.project.output,
        })
    }
}

/// A pool over windows, without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolWindow {
    /// Mean or maximum.
    pub pool: Pool,
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Stride down and across.
    pub stride: [usize; 2],
    /// Shape in.
    pub input: Shape,
    /// Shape out.
    pub output: Shape,
}

/// A map of a row that is handed to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tap {
    /// The field's name.
    pub name: String,
    /// The row, or what of it.
    pub of: Tapped,
}

/// What of a network can be tapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tapped {
    /// The first convolution.
    Stem,
    /// The bottleneck of this number, from 1.
    Bottleneck(usize),
    /// The map between expand and depthwise of the bottleneck of this number.
    Expand(usize),
    /// The last of the convolutions after the bottlenecks.
    Last,
}
