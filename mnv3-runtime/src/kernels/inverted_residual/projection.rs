//! From a depthwise row to an output row.

use super::super::pointwise::{self, PanelOut};
use super::super::prefetch::Prefetch;
use super::row_batch;
use crate::layer::Block;
use fearless_simd::Simd;
use mnv3_ir::{LANES, groups, padded};
use std::ops::Range;

/// The 1x1 projection, and the residual added to it.
pub(super) struct Projection<'b> {
    block: &'b Block<'b>,
    prefetch: Prefetch<'b>,
}

impl<'b> Projection<'b> {
    /// The projection of so many rows.
    pub(super) fn new(block: &'b Block<'b>, rows: usize) -> Self {
        let dense = &block.project;
        let steps = pointwise::steps(dense, rows * block.plan.sizes.output[1]);
        let soon = &dense.later[..dense.later.len().min(block.plan.prefetch_under_project)];
        Self {
            block,
            prefetch: Prefetch::over(steps, soon),
        }
    }

    /// Depthwise rows `ys`, side by side in `rows` (`[groups][ys * columns][16]`), to the output channels `panels` (in
    /// units of 16); `output` is of `[ys][panels][columns][16]`, `projected` has room for these side by side.
    pub(super) fn rows<S: Simd>(
        &mut self,
        simd: S,
        ys: Range<usize>,
        panels: Range<usize>,
        rows: &[f32],
        projected: &mut [f32],
        output: &mut [f32],
    ) {
        if ys.len() == 1 {
            return self.row(simd, ys.start, panels, rows, output);
        }
        let (dense, width) = (&self.block.project, self.block.plan.sizes.output[1]);
        let (count, floats) = (ys.len(), width * LANES);
        let projected = &mut projected[..panels.len() * count * floats];
        let out = PanelOut {
            row: &mut *projected,
            width: count * width,
            x: 0,
        };
        pointwise::row(
            simd,
            dense,
            panels.clone(),
            count * width,
            rows,
            out,
            None,
            &mut self.prefetch,
        );
        for (at, (y, output)) in ys.zip(output.chunks_exact_mut(panels.len() * floats)).enumerate() {
            let row = row_batch::row(projected, at, count, width);
            for ((panel, output), pixels) in panels.clone().zip(output.chunks_exact_mut(floats)).zip(row) {
                if let Some(added) = self.block.added {
                    let residual = &added[(y * groups(dense.output) + panel) * floats..][..floats];
                    let sums = pixels.iter().zip(residual).map(|(a, b)| a + b);
                    output.iter_mut().zip(sums).for_each(|(output, sum)| *output = sum);
                } else {
                    output.copy_from_slice(pixels);
                }
            }
        }
    }

    /// Depthwise row `y` to the output channels `panels`; `output` has room for just these.
    fn row<S: Simd>(&mut self, simd: S, y: usize, panels: Range<usize>, row: &[f32], output: &mut [f32]) {
        let (dense, width) = (&self.block.project, self.block.plan.sizes.output[1]);
        let floats = width * padded(dense.output);
        let residual = self.block.added.map(|added| &added[y * floats..][..floats]);
        let out = PanelOut {
            row: output,
            width,
            x: 0,
        };
        pointwise::row(simd, dense, panels, width, row, out, residual, &mut self.prefetch);
    }
}
