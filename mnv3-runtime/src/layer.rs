//! What kernels are told about a layer: sizes as values, packed weights as slices.
//!
//! Channels are padded to [`LANES`] in memory, never in a reduction; padded lanes hold zero.

use crate::engine::Engine;
use crate::kernels::lift;
use mnv3_ir::{Act, BlockPlan, LANES, Packing, Window, padded};
use mnv3_weights::PackedLayer;
use std::fmt;
use std::ops::Range;

/// A 1x1 convolution, a linear layer, or the stem after its patches are gathered.
#[derive(Clone, Copy)]
pub struct Dense<'a> {
    /// Reduction length.
    pub(crate) input: usize,
    /// Output channels.
    pub(crate) output: usize,
    pub(crate) weights: Panels<'a>,
    /// `[padded(output)]`
    pub(crate) bias: &'a [f32],
    pub(crate) act: Act,
    /// How far above the bias sums start and end: [`kernels::lift`](crate::kernels::lift).
    pub(crate) lift: f32,
    /// The packed weights of all later layers, in whatever numbers: what to fetch from memory next.
    pub(crate) later: &'a [u8],
}

/// `[ceil(output / 16)][input]` vectors of weights, in the numbers that they are stored as.
#[derive(Clone, Copy)]
pub(crate) enum Panels<'a> {
    F32(&'a [[f32; LANES]]),
    /// Bits of half precision.
    F16(&'a [[u16; LANES]]),
    /// Whole numbers, and a scale for each output: `[padded(output)]`.
    I8(&'a [[i8; LANES]], &'a [f32]),
}

impl<'a> Panels<'a> {
    /// Of a layer that many pixels go through: the plan stores such in single precision.
    pub(crate) fn f32(self) -> &'a [[f32; LANES]] {
        match self {
            Self::F32(panels) => panels,
            Self::F16(_) | Self::I8(..) => {
                unreachable!("only matrices that one vector is multiplied with are stored in fewer bits")
            }
        }
    }

    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::F32(panels) => size_of_val(panels),
            Self::F16(panels) => size_of_val(panels),
            Self::I8(panels, _) => size_of_val(panels),
        }
    }
}

impl fmt::Debug for Dense<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            input,
            output,
            weights,
            act,
            ..
        } = self;
        let fewer = match weights {
            Panels::F32(_) => "",
            Panels::F16(_) => " in f16",
            Panels::I8(..) => " in i8",
        };
        write!(f, "Dense {{ {input} -> {output}{fewer}, {act:?} }}")
    }
}

impl fmt::Debug for Depthwise<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Window { kernel: [h, w], .. } = self.window;
        write!(f, "Depthwise {{ {h} x {w}, {:?} }}", self.act)
    }
}

impl<'a> Dense<'a> {
    /// The layer with these panels of output channels only.
    pub(crate) fn panels(&self, panels: Range<usize>) -> Self {
        let vectors = panels.start * self.input..panels.end * self.input;
        Self {
            output: self.output.min(panels.end * LANES) - panels.start * LANES,
            weights: match self.weights {
                Panels::F32(weights) => Panels::F32(&weights[vectors]),
                Panels::F16(weights) => Panels::F16(&weights[vectors]),
                Panels::I8(weights, scales) => {
                    Panels::I8(&weights[vectors], &scales[panels.start * LANES..panels.end * LANES])
                }
            },
            bias: &self.bias[panels.start * LANES..panels.end * LANES],
            ..*self
        }
    }
}

/// The layer whose packed weights start `offset` bytes into `engine`.
pub(crate) fn dense(
    engine: &Engine,
    offset: usize,
    [input, output]: [usize; 2],
    packing: Packing,
    act: Act,
) -> Dense<'_> {
    let layer = PackedLayer::dense([1, 1], input, output).packed(packing);
    let bias = engine.f32(offset + layer.bias_offset(), padded(output));
    Dense {
        input,
        output,
        weights: match packing {
            Packing::F32 => Panels::F32(engine.f32(offset, layer.weights()).as_chunks().0),
            Packing::F16 => Panels::F16(engine.f16(offset, layer.weights()).as_chunks().0),
            Packing::I8 => Panels::I8(
                engine.i8(offset, layer.weights()).as_chunks().0,
                engine.f32(offset + layer.scale_offset(), padded(output)),
            ),
        },
        bias,
        act,
        lift: lift(&bias[..output]),
        later: engine.after(offset + layer.packed_bytes()),
    }
}

/// The same over `channels`.
pub(crate) fn depthwise(engine: &Engine, offset: usize, channels: usize, window: Window, act: Act) -> Depthwise<'_> {
    let layer = PackedLayer::depthwise(window.kernel, channels);
    let bias = engine.f32(offset + layer.bias_offset(), padded(channels));
    Depthwise {
        window,
        weights: engine.f32(offset, layer.weights()),
        bias,
        act,
        lift: lift(&bias[..channels]),
    }
}

/// A depthwise convolution.
#[derive(Clone, Copy)]
pub(crate) struct Depthwise<'a> {
    pub(crate) window: Window,
    /// `[ceil(channels / 16)][kh * kw][16]`
    pub(crate) weights: &'a [f32],
    /// `[padded(channels)]`
    pub(crate) bias: &'a [f32],
    pub(crate) act: Act,
    /// How far above the bias sums start and end: [`kernels::lift`](crate::kernels::lift).
    pub(crate) lift: f32,
}

/// Squeeze-excite: mean, reduce, expand.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    pub(crate) reduce: Dense<'a>,
    pub(crate) expand: Dense<'a>,
}

/// An inverted residual block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    pub(crate) plan: BlockPlan,
    pub(crate) expand: Option<Dense<'a>>,
    pub(crate) depthwise: Depthwise<'a>,
    pub(crate) gate: Option<Gate<'a>>,
    pub(crate) project: Dense<'a>,
    /// A map of the output's shape that is added to it.
    pub(crate) added: Option<&'a [f32]>,
}
