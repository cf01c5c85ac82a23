//! What kernels are told about a layer: sizes as values, packed weights as slices.
//!
//! Channels are padded to [`LANES`] in memory, never in a reduction; padded lanes hold zero.

use crate::engine::Engine;
use crate::kernels::lift;
use mnv3_ir::{Act, BlockPlan, LANES, Window, padded};
use std::fmt;
use std::ops::Range;

/// A 1x1 convolution, a linear layer, or the stem after its patches are gathered.
#[derive(Clone, Copy)]
pub struct Dense<'a> {
    /// Reduction length.
    pub(crate) input: usize,
    /// Output channels.
    pub(crate) output: usize,
    /// `[ceil(output / 16)][input][16]`
    pub(crate) weights: &'a [f32],
    /// Whether weights are in half precision, two to a float.
    pub(crate) half: bool,
    /// `[padded(output)]`
    pub(crate) bias: &'a [f32],
    pub(crate) act: Act,
    /// How far above the bias sums start and end: [`kernels::lift`](crate::kernels::lift).
    pub(crate) lift: f32,
    /// The packed weights of all later layers: what to fetch from memory next.
    pub(crate) later: &'a [f32],
}

impl fmt::Debug for Dense<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            input,
            output,
            half,
            act,
            ..
        } = self;
        let half = if *half { " in f16" } else { "" };
        write!(f, "Dense {{ {input} -> {output}{half}, {act:?} }}")
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
        let floats = self.input * LANES / if self.half { 2 } else { 1 };
        Self {
            output: self.output.min(panels.end * LANES) - panels.start * LANES,
            weights: &self.weights[panels.start * floats..panels.end * floats],
            bias: &self.bias[panels.start * LANES..panels.end * LANES],
            ..*self
        }
    }
}

/// The layer whose packed weights start `offset` floats into `weights`.
pub(crate) fn dense(weights: &Engine, offset: usize, [input, output]: [usize; 2], half: bool, act: Act) -> Dense<'_> {
    let panels = input * padded(output) / if half { 2 } else { 1 };
    let bias = weights.slice(offset + panels, padded(output));
    Dense {
        input,
        output,
        weights: weights.slice(offset, panels),
        half,
        bias,
        act,
        lift: lift(&bias[..output]),
        later: weights.after(offset + panels + padded(output)),
    }
}

/// The same over `channels`.
pub(crate) fn depthwise(weights: &Engine, offset: usize, channels: usize, window: Window, act: Act) -> Depthwise<'_> {
    let taps = window.taps() * padded(channels);
    let bias = weights.slice(offset + taps, padded(channels));
    Depthwise {
        window,
        weights: weights.slice(offset, taps),
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
    pub(crate) residual: bool,
}
