//! How a layer in eight bits lies in memory.

use crate::kind::Kind;
use mnv3_ir::{CACHE_LINE, padded};
use std::ops::Range;

/// Where the parts of a packed layer in eight bits lie, in bytes from its start, each from a cache line on.
///
/// First `[ceil(output / 16)][kh][ceil(row / 4)][16][4]` weights, where a row is `kw * input` of them, of a depthwise kernel
/// `kw`. Then numbers of 32 bits for each output, `[padded(output)]`: where sums start, factor, bias, what the non-linearity
/// needs, factor of the residual, scale, zero point. Then for each input, `[padded(channels)]`: scale, zero point; and the zero
/// point in a byte.
#[derive(Clone, Copy, Debug)]
pub struct Int8Parts {
    /// Numbers for an output.
    pub outputs: usize,
    /// Numbers for an input.
    pub inputs: usize,
    weights: usize,
}

impl Int8Parts {
    /// Of a form.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        let (rows, channels) = rows_and_channels(kind);
        let outputs = padded(kind.output());
        Self {
            outputs,
            inputs: padded(channels),
            weights: outputs * rows * (kind.taps() / rows).div_ceil(4) * 4,
        }
    }

    /// Bytes of weights, which come first.
    #[must_use]
    pub const fn weights(&self) -> usize {
        self.weights
    }

    const fn of_output(&self, part: usize) -> usize {
        self.weights + part * self.outputs * size_of::<f32>()
    }

    const fn of_input(&self, part: usize) -> usize {
        self.of_output(7) + part * self.inputs * size_of::<f32>()
    }

    /// Where sums start, i32: zero points of the input times weights, taken off.
    #[must_use]
    pub const fn start(&self) -> usize {
        self.of_output(0)
    }

    /// What sums are multiplied with, in steps of the output.
    #[must_use]
    pub const fn factor(&self) -> usize {
        self.of_output(1)
    }

    /// What is added then.
    #[must_use]
    pub const fn bias(&self) -> usize {
        self.of_output(2)
    }

    /// Six in steps of the output, or the slope of the non-linearity over them.
    #[must_use]
    pub const fn curve(&self) -> usize {
        self.of_output(3)
    }

    /// What the added map's bytes are multiplied with.
    #[must_use]
    pub const fn residual(&self) -> usize {
        self.of_output(4)
    }

    /// Scale of the output.
    #[must_use]
    pub const fn output_scale(&self) -> usize {
        self.of_output(5)
    }

    /// Zero points of the output, i32.
    #[must_use]
    pub const fn output_zero(&self) -> usize {
        self.of_output(6)
    }

    /// Scale of the input.
    #[must_use]
    pub const fn input_scale(&self) -> usize {
        self.of_input(0)
    }

    /// Zero points of the input.
    #[must_use]
    pub const fn input_zero(&self) -> usize {
        self.of_input(1)
    }

    /// The same in bytes: what lies beyond a map's border.
    #[must_use]
    pub const fn border(&self) -> usize {
        self.of_input(2)
    }

    /// Bytes of all.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        (self.border() + self.inputs).next_multiple_of(CACHE_LINE)
    }

    /// Where numbers of 32 bits lie.
    pub(crate) const fn numbers(&self) -> Range<usize> {
        self.weights..self.border()
    }
}

/// Rows of a kernel, and the channels that it reads.
pub(crate) const fn rows_and_channels(kind: Kind) -> (usize, usize) {
    match kind {
        Kind::Dense { kh, input, .. } => (kh, input),
        Kind::Depthwise { kh, channels, .. } => (kh, channels),
    }
}
