//! Rows of the expanded map between expand and depthwise.

use super::super::depthwise::{self, MOST_KERNEL_ROWS, MapRows};
use super::super::pointwise::{self, PanelOut};
use super::super::prefetch::Prefetch;
use super::super::split;
use super::row_batch;
use crate::layer::{Block, Dense};
use fearless_simd::{Simd, SimdBase};
use mnv3_ir::{LANES, LineBufferPlan, groups, padded};
use std::ops::Range;

/// Rows of the expanded map, each with its zero columns left and right: `[rows][groups][columns][16]`. Input row `y`
/// lies in slot `y % rows`.
pub(super) struct LineBuffer<'b> {
    block: &'b Block<'b>,
    plan: &'b LineBufferPlan,
    /// The block's input map.
    input: &'b [f32],
    rows: &'b mut [f32],
    /// The group of channels that each slot starts with.
    first_group: usize,
    /// The next input row to expand.
    next: usize,
    /// Input rows that are expanded as one.
    batch: usize,
    /// If these are several: the input in such batches, and room for what one of them is expanded to.
    batches: (&'b [f32], &'b mut [f32]),
    prefetch: Prefetch<'b>,
}

impl<'b> LineBuffer<'b> {
    /// An empty one in the parts of scratch for [expansion](mnv3_ir::ThreadScratch::expansion), its zero columns
    /// cleared.
    pub(super) fn new<S: Simd>(
        _simd: S,
        block: &'b Block<'b>,
        input: &'b [f32],
        [rows, input_batches, expanded]: [&'b mut [f32]; 3],
    ) -> Self {
        let (plan, [left, _]) = (&block.plan.line_buffer, block.plan.sizes.window.pad_w);
        let [h, w] = block.plan.sizes.input;
        for group in rows.chunks_exact_mut(plan.columns * LANES) {
            group[..left * LANES].fill(0.0);
            group[(left + w) * LANES..].fill(0.0);
        }
        let batch = block.plan.expand_rows(<S::f32s as SimdBase<S>>::LEN);
        let mut prefetch = Prefetch::none();
        if let Some(expand) = &block.expand {
            if batch > 1 {
                row_batch::side_by_side(input, [h, w], groups(expand.input), batch, input_batches);
            }
            let own = expand.later.len() - block.project.later.len();
            let soon = &expand.later[..own.min(block.plan.prefetch_under_expand)];
            prefetch = Prefetch::over(pointwise::steps(expand, h * w), soon);
        }
        Self {
            block,
            plan,
            input,
            rows,
            first_group: 0,
            next: 0,
            batch,
            batches: (input_batches, expanded),
            prefetch,
        }
    }

    /// Goes back to the top of the map, with the channels from group `first` on.
    pub(super) fn restart(&mut self, first: usize) {
        (self.first_group, self.next) = (first, 0);
    }

    /// The next input row that it would expand.
    pub(super) fn position(&self) -> usize {
        self.next
    }

    /// Goes on from an earlier [position](Self::position), for other channels.
    pub(super) fn go_to(&mut self, position: usize) {
        self.next = position;
    }

    /// Expands the channels `groups` of the input rows that output row `y` needs and that are not there yet.
    pub(super) fn fill<S: Simd>(&mut self, simd: S, y: usize, groups: Range<usize>) {
        let window = &self.block.plan.sizes.window;
        let (top, above) = (y * window.stride[0], window.pad_h[0]);
        let end = (top + window.reach()[0])
            .saturating_sub(above)
            .next_multiple_of(self.batch);
        // With a stride beyond the kernel, rows between are needed by none.
        let start = self.next.max(top.saturating_sub(above) / self.batch * self.batch);
        let new = start..end.min(self.block.plan.sizes.input[0]).max(start);
        for rows in split::bands(new.clone(), self.batch) {
            match &self.block.expand {
                Some(expand) if self.batch == 1 => self.expand(simd, expand, rows.start, groups.clone()),
                Some(expand) => self.expand_batch(simd, expand, rows, groups.clone()),
                None => self.copy(rows.start, groups.clone()),
            }
        }
        self.next = new.end;
    }

    /// Where the groups of input row `row` from `group` on lie.
    fn slot(&self, row: usize, group: usize) -> Range<usize> {
        let group_floats = self.plan.columns * LANES;
        let row_floats = self.plan.groups * group_floats;
        let start = row % self.plan.rows * row_floats;
        start + (group - self.first_group) * group_floats..start + row_floats
    }

    /// Without an expand convolution: the channels `groups` of input row `row` as they are.
    fn copy(&mut self, row: usize, groups: Range<usize>) {
        let (sizes, columns) = (&self.block.plan.sizes, self.plan.columns);
        let (width, left) = (sizes.input[1], sizes.window.pad_w[0]);
        let range = self.slot(row, groups.start);
        let floats = width * padded(sizes.channels);
        let src = &self.input[row * floats..][..floats];
        let src = src[groups.start * width * LANES..groups.end * width * LANES].chunks_exact(width * LANES);
        for (slot, src) in self.rows[range].chunks_exact_mut(columns * LANES).zip(src) {
            slot[left * LANES..][..src.len()].copy_from_slice(src);
        }
    }

    /// The channels `groups` of input row `row`.
    fn expand<S: Simd>(&mut self, simd: S, expand: &Dense<'_>, row: usize, groups: Range<usize>) {
        let sizes = &self.block.plan.sizes;
        let range = self.slot(row, groups.start);
        let width = sizes.input[1];
        let floats = width * padded(expand.input);
        let src = &self.input[row * floats..][..floats];
        let out = PanelOut {
            row: &mut self.rows[range],
            width: self.plan.columns,
            x: sizes.window.pad_w[0],
        };
        pointwise::row(simd, expand, groups, width, src, out, None, &mut self.prefetch);
    }

    /// The same for a batch of rows.
    fn expand_batch<S: Simd>(&mut self, simd: S, expand: &Dense<'_>, ys: Range<usize>, groups: Range<usize>) {
        let sizes = &self.block.plan.sizes;
        let (width, left) = (sizes.input[1], sizes.window.pad_w[0]);
        let (input, expanded) = &mut self.batches;
        let src = &input[ys.start * width * padded(expand.input)..];
        let out = PanelOut {
            row: expanded,
            width: ys.len() * width,
            x: 0,
        };
        let pixels = ys.len() * width;
        pointwise::row(simd, expand, groups.clone(), pixels, src, out, None, &mut self.prefetch);
        let count = ys.len();
        for (at, y) in ys.enumerate() {
            let range = self.slot(y, groups.start);
            let slot = self.rows[range].chunks_exact_mut(self.plan.columns * LANES);
            let row = row_batch::row(self.batches.1, at, count, width);
            for (slot, pixels) in slot.zip(row).take(groups.len()) {
                slot[left * LANES..][..pixels.len()].copy_from_slice(pixels);
            }
        }
    }

    /// The channels `groups` of row `y` of the depthwise map to the front of `row`, where groups are `row_width` pixels
    /// apart.
    pub(super) fn convolve<S: Simd>(&self, simd: S, y: usize, groups: Range<usize>, row: &mut [f32], row_width: usize) {
        let sizes = &self.block.plan.sizes;
        let window = &sizes.window;
        let mut under: MapRows<'_> = [None; MOST_KERNEL_ROWS];
        for (k, under) in under.iter_mut().enumerate().take(window.kernel[0]) {
            let row = (y * window.stride[0] + k * window.dilation[0]).checked_sub(window.pad_h[0]);
            *under = row
                .filter(|&row| row < sizes.input[0])
                .map(|row| self.rows[self.slot(row, groups.start)].as_chunks().0);
        }
        depthwise::row(
            simd,
            &self.block.depthwise,
            groups,
            &under,
            self.plan.columns,
            row,
            row_width,
            sizes.output[1],
        );
    }
}
