//! Values, ops and what is between them.

use crate::network::{Act, Matrices, Network, Pool, Shape, Source, Tensors, Window};

/// A value: a feature map, or a vector as a map of one pixel. The index of its shape in `Graph::values`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueId(pub(crate) usize);

/// What a network computes, for one image.
#[derive(Clone, Debug)]
pub struct Graph<'n> {
    /// The table that it was lowered from.
    pub network: &'n Network,
    /// Rows of the spec, in order: stem, bottlenecks, last, head.
    pub rows: Vec<Row<'n>>,
    /// The shape of each value.
    pub(crate) values: Vec<Shape>,
    /// In an order in which each op's inputs are there before it.
    pub ops: Vec<Op<'n>>,
    /// The image.
    pub input: ValueId,
    /// What is handed to the caller, in the order of the graph.
    pub outputs: Vec<Output<'n>>,
}

/// A row of the spec.
#[derive(Clone, Debug)]
pub struct Row<'n> {
    /// `stem`, `bottleneck 1` and so on, `last`, `head`; where `last` is repeated, those before it are `last 1` and so on.
    pub name: String,
    /// Where it is written.
    pub source: &'n Source,
}

/// One op.
#[derive(Clone, Debug)]
pub struct Op<'n> {
    /// The field's name for it in its place: `expand`, `depthwise`, `reduce`, and so on.
    pub name: &'static str,
    /// What it does.
    pub kind: OpKind<'n>,
    /// What it reads.
    pub inputs: Vec<ValueId>,
    /// What it makes.
    pub output: ValueId,
    /// Index of its row.
    pub row: usize,
}

/// What an op does.
#[derive(Clone, Copy, Debug)]
pub enum OpKind<'n> {
    /// A convolution over all channels.
    Conv {
        /// Kernel, stride, dilation, padding.
        window: Window,
        /// After batch norm.
        act: Act,
        /// Its weights.
        tensors: &'n Tensors,
    },
    /// A convolution of each channel by itself.
    Depthwise {
        /// Kernel, stride, dilation, padding.
        window: Window,
        /// After batch norm.
        act: Act,
        /// Its weights.
        tensors: &'n Tensors,
    },
    /// A 1x1 convolution.
    Pointwise {
        /// After batch norm.
        act: Act,
        /// Its weights.
        tensors: &'n Tensors,
    },
    /// A linear layer: a matrix that one vector is multiplied with.
    Linear {
        /// After bias or batch norm.
        act: Act,
        /// Its weights.
        tensors: &'n Tensors,
        /// How the packed matrix is stored.
        storage: Matrices,
    },
    /// A pool over windows, without padding.
    WindowPool {
        /// Mean or maximum.
        pool: Pool,
        /// Kernel height and width.
        kernel: [usize; 2],
        /// Stride down and across.
        stride: [usize; 2],
    },
    /// A map to one number for each channel.
    GlobalPool {
        /// Mean or maximum.
        pool: Pool,
    },
    /// The first input, each channel times its number of the second.
    Scale,
    /// The sum of both inputs.
    Add,
    /// A non-linearity by itself, of each number of a map or a vector.
    Activation {
        /// Which.
        act: Act,
    },
    /// Scores to probabilities that add up to 1.
    Softmax,
    /// `1 / (1 + exp(-x))` of each number: scores to a probability each, or a gate.
    Sigmoid,
    /// The vector as it is, for the caller.
    Flatten,
    /// A map at another height and width: bilinear, the edges of first and last pixels on those of the output (PyTorch's
    /// `align_corners=False`).
    Resize,
    /// A map of four times the channels to one of twice the height and width: channel `4 c + 2 y + x` of a pixel becomes channel `c`
    /// of the pixel at row `y`, column `x` of the four that it becomes (PyTorch's `PixelShuffle(2)`). After a 1x1 convolution, it
    /// makes a transposed convolution of 2x2 at stride 2.
    PixelShuffle,
}

/// A value that is handed to the caller.
#[derive(Clone, Debug)]
pub struct Output<'n> {
    /// The field's name.
    pub name: &'n str,
    /// Which.
    pub value: ValueId,
    /// Why.
    pub kind: OutputKind,
}

/// Why a value is handed to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// The spec taps it.
    Tap,
    /// It is a map that the head gives, or the last one of a network without a head.
    Map,
    /// It is the vector that a head gives which classifies: scores, or an embedding.
    Vector,
}

impl<'n> Graph<'n> {
    /// The shape of a value.
    #[must_use]
    pub fn shape(&self, value: ValueId) -> Shape {
        self.values[value.0]
    }

    /// The indices of the ops that read a value.
    pub fn readers(&self, value: ValueId) -> impl Iterator<Item = usize> {
        let reads = move |op: &Op<'_>| op.inputs.contains(&value);
        (0..self.ops.len()).filter(move |op| reads(&self.ops[*op]))
    }

    /// Whether a value is handed to the caller.
    #[must_use]
    pub fn is_output(&self, value: ValueId) -> bool {
        self.outputs.iter().any(|output| output.value == value)
    }

    /// The name of the row that a value is of; of the image, nothing.
    #[must_use]
    pub fn row_of(&self, value: ValueId) -> &str {
        let op = self.ops.iter().find(|op| op.output == value);
        op.map_or("", |op| &self.rows[op.row].name)
    }

    /// Whether a value is what its row ends in.
    #[must_use]
    pub fn ends_row(&self, value: ValueId) -> bool {
        let made = self.ops.iter().position(|op| op.output == value);
        made.is_some_and(|made| self.ops.get(made + 1).is_none_or(|next| next.row != self.ops[made].row))
    }

    /// Names of the taps of a value.
    pub fn taps(&self, value: ValueId) -> impl Iterator<Item = &'n str> {
        let tapped = move |output: &&Output<'_>| output.value == value && output.kind == OutputKind::Tap;
        self.outputs.iter().filter(tapped).map(|output| output.name)
    }

    /// Multiply-adds of an op of this graph.
    #[must_use]
    pub fn multiply_adds(&self, op: &Op<'_>) -> u64 {
        let (input, output) = (self.shape(op.inputs[0]), self.shape(op.output));
        output.pixels() * output.c as u64 * op.kind.taps(input.c) as u64
    }
}

impl<'n> OpKind<'n> {
    /// The weights and the non-linearity after them, of ops that have any.
    fn weighted(&self) -> Option<(&'n Tensors, Act)> {
        match *self {
            Self::Conv { tensors, act, .. }
            | Self::Depthwise { tensors, act, .. }
            | Self::Pointwise { tensors, act, .. }
            | Self::Linear { tensors, act, .. } => Some((tensors, act)),
            Self::WindowPool { .. }
            | Self::GlobalPool { .. }
            | Self::Scale
            | Self::Add
            | Self::Activation { .. }
            | Self::Softmax
            | Self::Sigmoid
            | Self::Flatten
            | Self::Resize
            | Self::PixelShuffle => None,
        }
    }

    /// The weights, of ops that have any.
    #[must_use]
    pub fn tensors(&self) -> Option<&'n Tensors> {
        self.weighted().map(|(tensors, _)| tensors)
    }

    /// Products that one number of the output sums up, of ops that have weights; for so many input channels.
    #[must_use]
    pub fn taps(&self, input: usize) -> usize {
        match self {
            Self::Conv { window, .. } => window.taps() * input,
            Self::Depthwise { window, .. } => window.taps(),
            Self::Pointwise { .. } | Self::Linear { .. } => input,
            Self::WindowPool { .. }
            | Self::GlobalPool { .. }
            | Self::Scale
            | Self::Add
            | Self::Activation { .. }
            | Self::Softmax
            | Self::Sigmoid
            | Self::Flatten
            | Self::Resize
            | Self::PixelShuffle => 0,
        }
    }

    /// The non-linearity after their weights, of ops that have any.
    #[must_use]
    pub fn act(&self) -> Option<Act> {
        self.weighted().map(|(_, act)| act)
    }
}
