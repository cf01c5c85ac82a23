//! What kernels are told about a layer: sizes as values, packed weights as slices.
//!
//! Channels are padded to [`LANES`] in memory, never in a reduction; padded lanes hold zero.

use crate::Act;

pub use mnv3_weights::{LANES, padded};

/// A 1x1 convolution, a linear layer, or the stem after its patches are gathered.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a> {
    /// Reduction length.
    pub(crate) input: usize,
    /// Output channels.
    pub(crate) output: usize,
    /// `[ceil(output / 16)][input][16]`
    pub(crate) weights: &'a [f32],
    /// `[padded(output)]`
    pub(crate) bias: &'a [f32],
    pub(crate) act: Act,
    /// The packed weights of all later layers: what to fetch from memory next.
    pub(crate) later: &'a [f32],
}

/// Kernel, stride, dilation and zero padding; pairs are height, width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) dilation: [usize; 2],
    /// Rows above, below.
    pub(crate) pad_h: [usize; 2],
    /// Columns left, right.
    pub(crate) pad_w: [usize; 2],
}

/// A depthwise convolution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Depthwise<'a> {
    pub(crate) channels: usize,
    pub(crate) window: Window,
    /// `[ceil(channels / 16)][kh * kw][16]`
    pub(crate) weights: &'a [f32],
    /// `[padded(channels)]`
    pub(crate) bias: &'a [f32],
    pub(crate) act: Act,
}

/// Squeeze-excite: mean, reduce, expand.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    pub(crate) reduce: Dense<'a>,
    pub(crate) expand: Dense<'a>,
}

/// An inverted residual block; sizes are height, width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    pub(crate) input: [usize; 2],
    pub(crate) output: [usize; 2],
    pub(crate) expand: Option<Dense<'a>>,
    pub(crate) depthwise: Depthwise<'a>,
    pub(crate) gate: Option<Gate<'a>>,
    pub(crate) project: Dense<'a>,
    pub(crate) residual: bool,
}

/// Floats of scratch that the stem needs: one row of gathered patches.
pub const fn stem_scratch(ow: usize, [kh, kw]: [usize; 2], channels: usize) -> usize {
    ow * padded(kh * kw * channels)
}

/// Floats of scratch that a block needs: ring of input rows with halo, then one depthwise row, or with
/// squeeze-excite the whole depthwise map, channel means, squeezed vector and gate.
pub const fn block_scratch(
    [_, w]: [usize; 2],
    [oh, ow]: [usize; 2],
    [kh, dh]: [usize; 2],
    [pad_left, pad_right]: [usize; 2],
    exp: usize,
    squeeze: Option<usize>,
) -> usize {
    let ring = (dh * (kh - 1) + 1) * (w + pad_left + pad_right) * padded(exp);
    match squeeze {
        None => ring + ow * padded(exp),
        Some(s) => ring + oh * ow * padded(exp) + 2 * padded(exp) + padded(s),
    }
}
