//! An inverted residual block, depth-first: the expanded map is never written as a whole.
//!
//! An input row is expanded into a ring of as many rows as the depthwise kernel is high; as soon as the ring holds what
//! an output row needs, that row is convolved, and, when all its channels are there, projected. Squeeze-excite must see
//! the whole depthwise map first. It is kept then, and channels rather than rows are the outer loop: a few of them at a
//! time go through all rows, with their weights and their ring in the first cache.

use super::depthwise::{self, Rows};
use super::linear;
use super::pointwise::{self, Out};
use super::prefetch::Prefetch;
use super::{MOST_KERNEL_ROWS, pool};
use crate::layer::{Block, Dense, Gate, LANES, padded};
use fearless_simd::{Simd, f32x16, prelude::*};
use std::ops::Range;

pub(super) fn run<S: Simd>(simd: S, block: &Block<'_>, input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
    let [oh, ow] = block.output;
    let exp = padded(block.depthwise.channels);
    let chunk = chunk(block);
    let chunks = (0..exp / LANES)
        .step_by(chunk)
        .map(|first| first..(first + chunk).min(exp / LANES));
    let mut project = Project {
        block,
        input,
        prefetch: Prefetch::over(
            pointwise::steps(&block.project, oh * ow),
            pointwise::soon(&block.project),
        ),
    };
    match &block.gate {
        None => {
            let (mut ring, rest) = Ring::new(block, exp / LANES, input, scratch);
            let row = &mut rest[..ow * exp];
            for y in 0..oh {
                let new = ring.rows_needed(y);
                for groups in chunks.clone() {
                    new.clone().for_each(|row| ring.expand(simd, row, groups.clone()));
                    ring.convolve(simd, y, groups, row);
                }
                ring.next = new.end;
                project.row(simd, y, row, output);
            }
        }
        Some(gate) => {
            let (mut ring, rest) = Ring::new(block, chunk.min(exp / LANES), input, scratch);
            let (map, rest) = rest.split_at_mut(oh * ow * exp);
            let (sums, rest) = rest.split_at_mut(exp);
            sums.fill(0.0);
            for groups in chunks {
                ring.restart(groups.start);
                let sums = &mut sums[groups.start * LANES..groups.end * LANES];
                for (y, row) in map.chunks_exact_mut(ow * exp).enumerate() {
                    let new = ring.rows_needed(y);
                    new.clone().for_each(|row| ring.expand(simd, row, groups.clone()));
                    ring.next = new.end;
                    ring.convolve(simd, y, groups.clone(), row);
                    let convolved = &row[groups.start * ow * LANES..groups.end * ow * LANES];
                    pool::add_row(simd, convolved, ow, sums);
                }
            }
            pool::scale(sums, oh * ow);
            let gates = excite(simd, gate, sums, rest);
            for (y, row) in map.chunks_exact_mut(ow * exp).enumerate() {
                multiply(simd, row, ow, gates);
                project.row(simd, y, row, output);
            }
        }
    }
}

/// Groups of 16 channels that are expanded and at once convolved: few enough that they stay in the first cache, and a
/// multiple of the panels of a tile.
const fn chunk(block: &Block<'_>) -> usize {
    match (block.input[1], block.gate.is_some()) {
        (0..14, _) => 3,
        (20.., true) => 2,
        _ => 4,
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
    /// The first group of channels that it holds.
    first: usize,
    row_floats: usize,
    /// The next input row to expand.
    next: usize,
    prefetch: Prefetch<'b>,
}

impl<'b> Ring<'b> {
    /// A ring of `groups` of 16 channels in the front of `scratch`, halo cleared, and what is left.
    fn new(block: &'b Block<'b>, groups: usize, input: &'b [f32], scratch: &'b mut [f32]) -> (Self, &'b mut [f32]) {
        let window = block.depthwise.window;
        let height = window.dilation[0] * (window.kernel[0] - 1) + 1;
        let [left, right] = window.pad_w;
        let width = left + block.input[1] + right;
        let row_floats = width * groups * LANES;
        let (rows, rest) = scratch.split_at_mut(height * row_floats);
        for group in rows.chunks_exact_mut(width * LANES) {
            group[..left * LANES].fill(0.0);
            group[(left + block.input[1]) * LANES..].fill(0.0);
        }
        let prefetch = block.expand.as_ref().map_or_else(Prefetch::none, |expand| {
            let of_block = expand.later.len() - block.project.later.len();
            let [h, w] = block.input;
            Prefetch::over(
                pointwise::steps(expand, h * w),
                &expand.later[..of_block.min(2 * pointwise::SOON)],
            )
        });
        (
            Self {
                block,
                input,
                rows,
                height,
                width,
                first: 0,
                row_floats,
                next: 0,
                prefetch,
            },
            rest,
        )
    }

    /// Goes back to the top of the map, with channels from group `first` on.
    fn restart(&mut self, first: usize) {
        (self.first, self.next) = (first, 0);
    }

    /// The input rows that output row `y` needs and that are not there yet.
    fn rows_needed(&self, y: usize) -> Range<usize> {
        let window = self.block.depthwise.window;
        let top = y * window.stride[0];
        let end = (top + self.height)
            .saturating_sub(window.pad_h[0])
            .min(self.block.input[0]);
        // With a stride beyond the kernel, rows between are needed by none.
        let start = self.next.max(top.saturating_sub(window.pad_h[0]));
        start..end.max(start)
    }

    /// Where the groups of input row `row` from `group` on lie.
    fn slot(&self, row: usize, group: usize) -> Range<usize> {
        let start = row % self.height * self.row_floats;
        start + (group - self.first) * self.width * LANES..start + self.row_floats
    }

    /// Writes the channels `groups` of input row `row` into its place, expanded if the block does that.
    fn expand<S: Simd>(&mut self, simd: S, row: usize, groups: Range<usize>) {
        let width = self.block.input[1];
        let left = self.block.depthwise.window.pad_w[0];
        let range = self.slot(row, groups.start);
        let slot = &mut self.rows[range];
        match &self.block.expand {
            Some(expand) => {
                let floats = width * padded(expand.input);
                let src = &self.input[row * floats..][..floats];
                let out = Out {
                    row: slot,
                    width: self.width,
                    x: left,
                };
                pointwise::row(simd, expand, groups, width, src, out, None, &mut self.prefetch);
            }
            None => {
                let floats = width * padded(self.block.depthwise.channels);
                let src = &self.input[row * floats..][..floats];
                let src = src[groups.start * width * LANES..groups.end * width * LANES].chunks_exact(width * LANES);
                for (slot, src) in slot.chunks_exact_mut(self.width * LANES).zip(src) {
                    slot[left * LANES..][..src.len()].copy_from_slice(src);
                }
            }
        }
    }

    /// The channels `groups` of row `y` of the depthwise map.
    fn convolve<S: Simd>(&self, simd: S, y: usize, groups: Range<usize>, row: &mut [f32]) {
        let window = self.block.depthwise.window;
        let mut under: Rows<'_> = [None; MOST_KERNEL_ROWS];
        for (k, under) in under.iter_mut().enumerate().take(window.kernel[0]) {
            let row = (y * window.stride[0] + k * window.dilation[0]).checked_sub(window.pad_h[0]);
            *under = row
                .filter(|&row| row < self.block.input[0])
                .map(|row| self.rows[self.slot(row, groups.start)].as_chunks().0);
        }
        let width = self.block.output[1];
        let row = &mut row[groups.start * width * LANES..];
        depthwise::row(simd, &self.block.depthwise, groups, &under, self.width, row, width);
    }
}

/// The way from a depthwise row to an output row.
struct Project<'b> {
    block: &'b Block<'b>,
    input: &'b [f32],
    prefetch: Prefetch<'b>,
}

impl Project<'_> {
    fn row<S: Simd>(&mut self, simd: S, y: usize, row: &[f32], output: &mut [f32]) {
        let (dense, width): (&Dense<'_>, _) = (&self.block.project, self.block.output[1]);
        let floats = width * padded(dense.output);
        let range = y * floats..(y + 1) * floats;
        let residual = self.block.residual.then(|| &self.input[range.clone()]);
        let out = Out {
            row: &mut output[range],
            width,
            x: 0,
        };
        let panels = 0..dense.output.div_ceil(LANES);
        pointwise::row(simd, dense, panels, width, row, out, residual, &mut self.prefetch);
    }
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
