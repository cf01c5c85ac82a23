//! An inverted residual block, depth-first: the expanded map is never written as a whole.
//!
//! An input row is expanded into a [line buffer](line_buffer); as soon as that holds what an output row needs, the row is
//! convolved, and, when all its channels are there, [projected](projection). [Squeeze-excite](squeeze_excite) must see the
//! whole depthwise map first, and has a schedule of its own. Rows of a narrow map do not fill a register tile: a
//! [row batch](row_batch) of them is multiplied as one.
//!
//! How many rows and channels are worked on at a time, and where they lie, is the block's [`BlockPlan`](mnv3_ir::BlockPlan).

mod channel_slices;
mod line_buffer;
mod projection;
mod row_batch;
mod squeeze_excite;

use super::regions::regions;
use super::split;
use crate::cpu::Cpu;
use crate::layer::Block;
use channel_slices::channel_slices;
use fearless_simd::Simd;
use line_buffer::LineBuffer;
use mnv3_ir::{LANES, groups, padded};
use projection::Projection;

/// `input` is the block's input map, `output` its output map, `scratch` of the plan's floats.
pub(super) fn run<S: Simd>(
    simd: S,
    cpu: Cpu<'_>,
    block: &Block<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    match &block.gate {
        None => by_rows(simd, cpu, block, input, output, scratch),
        Some(gate) => squeeze_excite::run(simd, cpu, block, gate, input, output, scratch),
    }
}

/// Without squeeze-excite. Threads take runs of rows, and expand the rows between two runs both.
fn by_rows<S: Simd>(simd: S, cpu: Cpu<'_>, block: &Block<'_>, input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
    let plan = &block.plan;
    let ([oh, ow], batch) = (plan.sizes.output, plan.project_row_batch);
    let row_floats = ow * padded(plan.sizes.project);
    let panels = 0..groups(plan.sizes.project);
    split::rows(cpu, oh, row_floats, output, scratch, &|ys, output, scratch| {
        let ([a, b, c], [d, e]) = (plan.scratch.thread.expansion(), plan.scratch.thread.projection());
        let [rows, input_batches, expanded, depthwise, projected] = regions(scratch, [a, b, c, d, e]);
        let mut line_buffer = LineBuffer::new(simd, block, input, [rows, input_batches, expanded]);
        let mut projection = Projection::new(block, ys.len());
        for (ys, output) in split::bands(ys, batch).zip(output.chunks_mut(batch * row_floats)) {
            let first = line_buffer.position();
            for groups in channel_slices(plan) {
                line_buffer.go_to(first);
                for (at, y) in ys.clone().enumerate() {
                    line_buffer.fill(simd, y, groups.clone());
                    let row = &mut depthwise[(groups.start * ys.len() + at) * ow * LANES..];
                    line_buffer.convolve(simd, y, groups.clone(), row, ys.len() * ow);
                }
            }
            projection.rows(simd, ys, panels.clone(), depthwise, projected, output);
        }
    });
}
