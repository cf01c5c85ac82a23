//! An inverted residual block, depth-first by rows.
//!
//! An input row is expanded into a ring of as many rows as the depthwise kernel is high; as soon as the ring holds what
//! an output row needs, that row is convolved and projected. The expanded map is never written as a whole. Only
//! squeeze-excite needs to see all of it first: then depthwise rows are kept, and their sums taken on the way.

use super::depthwise::{self, Rows};
use super::linear;
use super::pointwise::{self, Out};
use super::{MOST_KERNEL_ROWS, pool};
use crate::layer::{Block, Gate, LANES, padded};
use fearless_simd::{Simd, f32x16, prelude::*};
use std::ops::Range;

/// Groups of 16 channels that are expanded and at once convolved, while they are in the first cache.
const CHUNK: usize = 4;

pub(super) fn run<S: Simd>(simd: S, block: &Block<'_>, input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
    let [oh, ow] = block.output;
    let exp = padded(block.depthwise.channels);
    let (mut ring, rest) = Ring::new(block, input, scratch);
    match &block.gate {
        None => {
            let row = &mut rest[..ow * exp];
            for y in 0..oh {
                ring.convolve(simd, y, row);
                project(simd, block, y, row, input, output);
            }
        }
        Some(gate) => {
            let (map, rest) = rest.split_at_mut(oh * ow * exp);
            let (sums, rest) = rest.split_at_mut(exp);
            sums.fill(0.0);
            for (y, row) in map.chunks_exact_mut(ow * exp).enumerate() {
                ring.convolve(simd, y, row);
                pool::add_row(simd, row, ow, sums);
            }
            pool::scale(sums, oh * ow);
            let gates = excite(simd, gate, sums, rest);
            for (y, row) in map.chunks_exact_mut(ow * exp).enumerate() {
                multiply(simd, row, ow, gates);
                project(simd, block, y, row, input, output);
            }
        }
    }
}

/// Rows of the expanded map, each with its halo of zero columns.
struct Ring<'b> {
    block: &'b Block<'b>,
    input: &'b [f32],
    rows: &'b mut [f32],
    /// Rows that it holds.
    height: usize,
    /// Pixels of a row with halo.
    width: usize,
    row_floats: usize,
    /// The next input row to expand.
    next: usize,
}

impl<'b> Ring<'b> {
    /// The ring in the front of `scratch`, halo cleared, and what is left.
    fn new(block: &'b Block<'b>, input: &'b [f32], scratch: &'b mut [f32]) -> (Self, &'b mut [f32]) {
        let window = block.depthwise.window;
        let height = window.dilation[0] * (window.kernel[0] - 1) + 1;
        let [left, right] = window.pad_w;
        let width = left + block.input[1] + right;
        let row_floats = width * padded(block.depthwise.channels);
        let (rows, rest) = scratch.split_at_mut(height * row_floats);
        for group in rows.chunks_exact_mut(width * LANES) {
            group[..left * LANES].fill(0.0);
            group[(left + block.input[1]) * LANES..].fill(0.0);
        }
        (
            Self {
                block,
                input,
                rows,
                height,
                width,
                row_floats,
                next: 0,
            },
            rest,
        )
    }

    /// Row `y` of the depthwise map, expanding the input rows that it needs and that are not there yet, each once.
    fn convolve<S: Simd>(&mut self, simd: S, y: usize, out: &mut [f32]) {
        let window = self.block.depthwise.window;
        let top = y * window.stride[0];
        let end = (top + self.height)
            .saturating_sub(window.pad_h[0])
            .min(self.block.input[0]);
        // With a stride beyond the kernel, rows between are needed by none.
        let start = self.next.max(top.saturating_sub(window.pad_h[0]));
        let groups = padded(self.block.depthwise.channels) / LANES;
        for first in (0..groups).step_by(CHUNK) {
            let chunk = first..groups.min(first + CHUNK);
            for row in start..end {
                self.expand(simd, row, chunk.clone());
            }
            let layer = &self.block.depthwise;
            depthwise::row(
                simd,
                layer,
                chunk,
                &self.under(y),
                self.width,
                out,
                self.block.output[1],
            );
        }
        self.next = self.next.max(end);
    }

    /// Writes the channels `groups` of input row `row` into its place, expanded if the block does that.
    fn expand<S: Simd>(&mut self, simd: S, row: usize, groups: Range<usize>) {
        let width = self.block.input[1];
        let left = self.block.depthwise.window.pad_w[0];
        let slot = &mut self.rows[row % self.height * self.row_floats..][..self.row_floats];
        match &self.block.expand {
            Some(expand) => {
                let floats = width * padded(expand.input);
                let src = &self.input[row * floats..][..floats];
                pointwise::row(
                    simd,
                    expand,
                    groups,
                    width,
                    src,
                    Out {
                        row: slot,
                        width: self.width,
                        x: left,
                    },
                    None,
                );
            }
            None => {
                let floats = width * padded(self.block.depthwise.channels);
                let src = &self.input[row * floats..][..floats];
                for group in groups {
                    let slot = &mut slot[(group * self.width + left) * LANES..][..width * LANES];
                    slot.copy_from_slice(&src[group * width * LANES..][..width * LANES]);
                }
            }
        }
    }

    /// The rows under output row `y`.
    fn under(&self, y: usize) -> Rows<'_> {
        let window = self.block.depthwise.window;
        let mut rows: Rows<'_> = [None; MOST_KERNEL_ROWS];
        for (k, under) in rows.iter_mut().enumerate().take(window.kernel[0]) {
            let row = (y * window.stride[0] + k * window.dilation[0]).checked_sub(window.pad_h[0]);
            *under = row.filter(|&row| row < self.block.input[0]).map(|row| {
                self.rows[row % self.height * self.row_floats..][..self.row_floats]
                    .as_chunks()
                    .0
            });
        }
        rows
    }
}

fn project<S: Simd>(simd: S, block: &Block<'_>, y: usize, row: &[f32], input: &[f32], output: &mut [f32]) {
    let (width, panels) = (block.output[1], block.project.output.div_ceil(LANES));
    let floats = width * padded(block.project.output);
    let range = y * floats..(y + 1) * floats;
    let residual = block.residual.then(|| &input[range.clone()]);
    let out = Out {
        row: &mut output[range],
        width,
        x: 0,
    };
    pointwise::row(simd, &block.project, 0..panels, width, row, out, residual);
}

/// The gate of every channel, in the front of `scratch`.
fn excite<'s, S: Simd>(simd: S, gate: &Gate<'_>, means: &[f32], scratch: &'s mut [f32]) -> &'s [f32] {
    let (gates, squeezed) = scratch.split_at_mut(padded(gate.expand.output));
    let squeezed = &mut squeezed[..padded(gate.reduce.output)];
    linear::vector(simd, &gate.reduce, means, squeezed);
    linear::vector(simd, &gate.expand, squeezed, gates);
    gates
}

/// Scales every channel of a row by its gate.
#[inline(never)]
fn multiply<S: Simd>(simd: S, row: &mut [f32], width: usize, gates: &[f32]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let groups = row.as_chunks_mut::<LANES>().0.chunks_exact_mut(width);
            for (pixels, gate) in groups.zip(gates.as_chunks::<LANES>().0) {
                let gate = f32x16::from_slice(simd, gate);
                for pixel in pixels {
                    (f32x16::from_slice(simd, pixel) * gate).store_slice(pixel);
                }
            }
        },
    );
}
