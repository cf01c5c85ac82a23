//! An inverted residual block, depth-first by rows.
//!
//! An input row is expanded into a ring of as many rows as the depthwise kernel is high; as soon as the ring holds what
//! an output row needs, that row is convolved and projected. The expanded map is never written as a whole. Only
//! squeeze-excite needs to see all of it first: then depthwise rows are kept, and their sums taken on the way.

use super::depthwise::{self, Rows};
use super::pointwise::{self, Out};
use super::{MOST_KERNEL_ROWS, pool};
use crate::layer::{Block, Gate, LANES, padded};
use fearless_simd::{Simd, f32x16, prelude::*};

#[inline(always)]
pub(super) fn run<S: Simd>(simd: S, block: &Block<'_>, input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
    let [oh, ow] = block.output;
    let exp = padded(block.depthwise.channels);
    let (mut ring, rest) = Ring::new(block, scratch);
    match &block.gate {
        None => {
            let row = &mut rest[..ow * exp];
            for y in 0..oh {
                ring.fill(simd, block, input, y);
                depthwise::row(simd, &block.depthwise, &ring.under(y), ring.width, row, ow);
                project(simd, block, y, row, input, output);
            }
        }
        Some(gate) => {
            let (map, rest) = rest.split_at_mut(oh * ow * exp);
            let (sums, rest) = rest.split_at_mut(exp);
            sums.fill(0.0);
            for (y, row) in map.chunks_exact_mut(ow * exp).enumerate() {
                ring.fill(simd, block, input, y);
                depthwise::row(simd, &block.depthwise, &ring.under(y), ring.width, row, ow);
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
struct Ring<'s> {
    rows: &'s mut [f32],
    /// Rows that it holds.
    height: usize,
    /// Pixels of a row with halo.
    width: usize,
    row_floats: usize,
    /// The next input row to expand.
    next: usize,
    input_height: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    pad_top: usize,
}

impl<'s> Ring<'s> {
    /// The ring in the front of `scratch`, halo cleared, and what is left.
    #[inline(always)]
    fn new(block: &Block<'_>, scratch: &'s mut [f32]) -> (Self, &'s mut [f32]) {
        let window = block.depthwise.window;
        let (kernel, dilation) = (window.kernel[0], window.dilation[0]);
        let height = dilation * (kernel - 1) + 1;
        let [input_height, input_width] = block.input;
        let [left, right] = window.pad_w;
        let width = left + input_width + right;
        let row_floats = width * padded(block.depthwise.channels);
        let (rows, rest) = scratch.split_at_mut(height * row_floats);
        for group in rows.chunks_exact_mut(width * LANES) {
            group[..left * LANES].fill(0.0);
            group[(left + input_width) * LANES..].fill(0.0);
        }
        let (stride, pad_top) = (window.stride[0], window.pad_h[0]);
        (
            Self {
                rows,
                height,
                width,
                row_floats,
                next: 0,
                input_height,
                kernel,
                stride,
                dilation,
                pad_top,
            },
            rest,
        )
    }

    /// Expands the input rows that output row `y` needs and that are not there yet; each row once.
    #[inline(always)]
    fn fill<S: Simd>(&mut self, simd: S, block: &Block<'_>, input: &[f32], y: usize) {
        let top = y * self.stride;
        let end = (top + self.height).saturating_sub(self.pad_top).min(self.input_height);
        // With a stride beyond the kernel, rows between are needed by none.
        let start = self.next.max(top.saturating_sub(self.pad_top));
        let width = block.input[1];
        let left = block.depthwise.window.pad_w[0];
        for row in start..end {
            let slot = &mut self.rows[row % self.height * self.row_floats..][..self.row_floats];
            match &block.expand {
                Some(expand) => {
                    let floats = width * padded(expand.input);
                    let src = &input[row * floats..][..floats];
                    pointwise::row(
                        simd,
                        expand,
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
                    let floats = width * padded(block.depthwise.channels);
                    let src = input[row * floats..][..floats].chunks_exact(width * LANES);
                    for (slot, src) in slot.chunks_exact_mut(self.width * LANES).zip(src) {
                        slot[left * LANES..][..src.len()].copy_from_slice(src);
                    }
                }
            }
        }
        self.next = self.next.max(end);
    }

    /// The rows under output row `y`.
    #[inline(always)]
    fn under(&self, y: usize) -> Rows<'_> {
        let mut rows: Rows<'_> = [None; MOST_KERNEL_ROWS];
        for (k, under) in rows.iter_mut().enumerate().take(self.kernel) {
            let row = (y * self.stride + k * self.dilation).checked_sub(self.pad_top);
            *under = row.filter(|&row| row < self.input_height).map(|row| {
                self.rows[row % self.height * self.row_floats..][..self.row_floats]
                    .as_chunks()
                    .0
            });
        }
        rows
    }
}

#[inline(always)]
fn project<S: Simd>(simd: S, block: &Block<'_>, y: usize, row: &[f32], input: &[f32], output: &mut [f32]) {
    let width = block.output[1];
    let floats = width * padded(block.project.output);
    let range = y * floats..(y + 1) * floats;
    let residual = block.residual.then(|| &input[range.clone()]);
    pointwise::row(
        simd,
        &block.project,
        width,
        row,
        Out {
            row: &mut output[range],
            width,
            x: 0,
        },
        residual,
    );
}

/// The gate of every channel, in the front of `scratch`.
#[inline(always)]
fn excite<'s, S: Simd>(simd: S, gate: &Gate<'_>, means: &[f32], scratch: &'s mut [f32]) -> &'s [f32] {
    let (gates, squeezed) = scratch.split_at_mut(padded(gate.expand.output));
    let squeezed = &mut squeezed[..padded(gate.reduce.output)];
    pointwise::row(
        simd,
        &gate.reduce,
        1,
        means,
        Out {
            row: &mut *squeezed,
            width: 1,
            x: 0,
        },
        None,
    );
    pointwise::row(
        simd,
        &gate.expand,
        1,
        squeezed,
        Out {
            row: &mut *gates,
            width: 1,
            x: 0,
        },
        None,
    );
    gates
}

/// Scales every channel of a row by its gate.
#[inline(always)]
fn multiply<S: Simd>(simd: S, row: &mut [f32], width: usize, gates: &[f32]) {
    let groups = row.as_chunks_mut::<LANES>().0.chunks_exact_mut(width);
    for (pixels, gate) in groups.zip(gates.as_chunks::<LANES>().0) {
        let gate = f32x16::from_slice(simd, gate);
        for pixel in pixels {
            (f32x16::from_slice(simd, pixel) * gate).store_slice(pixel);
        }
    }
}
