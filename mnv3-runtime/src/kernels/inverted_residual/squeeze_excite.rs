//! A block with squeeze-excite: its gates depend on the whole depthwise map.
//!
//! The depthwise map is kept, and channels rather than rows are the outer loop: a slice of them at a time goes through
//! all rows, with its weights and its line buffer in the first cache. Threads take runs of rows, whose depthwise map then
//! stays with them, or, where there are few rows and many channels, runs of channels and later of output rows:
//! [`Division`].

use super::super::regions::regions;
use super::super::{linear, pool, split, underflow};
use super::channel_slices::channel_slices;
use super::line_buffer::LineBuffer;
use super::projection::Projection;
use crate::cpu::Cpu;
use crate::layer::{Block, Gate};
use fearless_simd::{Simd, SimdBase, f32x16};
use mnv3_ir::{Division, LANES, groups, padded};
use std::ops::Range;

pub(super) fn run<S: Simd>(
    simd: S,
    cpu: Cpu<'_>,
    block: &Block<'_>,
    gate: &Gate<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let plan = &block.plan;
    let ([oh, ow], places) = (plan.sizes.output, &plan.scratch);
    let [map, means, gates, squeezed, work] = regions(
        scratch,
        [
            places.depthwise_map,
            places.means,
            places.gate,
            places.squeezed,
            places.of_thread,
        ],
    );
    let division = plan.division(cpu.parts);
    let slices = channel_slices(plan);
    match division {
        Division::Rows => {
            let row_floats = plan.depthwise_row(groups(plan.sizes.channels));
            split::rows(cpu, oh, row_floats, map, work, &|ys, map, work| {
                depthwise(simd, block, input, ys, slices.clone(), map, work);
            });
        }
        Division::Channels => {
            let slice_floats = oh * plan.depthwise_row(plan.groups_at_once);
            split::rows(cpu, slices.len(), slice_floats, map, work, &|part, map, work| {
                let slices = slices.clone().skip(part.start).take(part.len());
                depthwise(simd, block, input, 0..oh, slices, map, work);
            });
        }
    }

    let map = DepthwiseMap { block, map };
    // The gates and what is projected come later: until then their places are scratch.
    squeeze(simd, cpu, division, &map, means, gates, work);
    linear::vector(simd, cpu, &gate.reduce, means, squeezed);
    linear::vector(simd, cpu, &gate.expand, squeezed, gates);

    let panels = groups(plan.sizes.project);
    match division {
        Division::Rows => split::rows(cpu, oh, panels * ow * LANES, output, work, &|ys, output, work| {
            let mut projection = Projection::new(block, ys.len());
            map.project(simd, &mut projection, gates, &ys, ys.clone(), 0..panels, output, work);
        }),
        // A few rows do not divide evenly: rows of one group of 16 output channels do.
        Division::Channels => split::rows(cpu, oh * panels, ow * LANES, output, work, &|part, mut output, work| {
            let mut projection = Projection::new(block, part.len() / panels);
            for (ys, panels) in split::runs(part, panels) {
                let (now, later) = output.split_at_mut(ys.len() * panels.len() * ow * LANES);
                map.project(simd, &mut projection, gates, &(0..oh), ys, panels, now, work);
                output = later;
            }
        }),
    }
}

/// Rows `ys` of the depthwise map, slice of channels by slice, to `map`: for each slice all rows, for each row its pixels
/// `[groups][columns][16]`, then the sums of its channels `[groups][16]`.
fn depthwise<S: Simd>(
    simd: S,
    block: &Block<'_>,
    input: &[f32],
    ys: Range<usize>,
    slices: impl Iterator<Item = Range<usize>>,
    mut map: &mut [f32],
    work: &mut [f32],
) {
    let plan = &block.plan;
    let ow = plan.sizes.output[1];
    let mut line_buffer = LineBuffer::new(simd, block, input, regions(work, plan.scratch.thread.expansion()));
    for groups in slices {
        let row_floats = plan.depthwise_row(groups.len());
        let (now, later) = map.split_at_mut(ys.len() * row_floats);
        map = later;
        line_buffer.restart(groups.start);
        for (y, row) in ys.clone().zip(now.chunks_exact_mut(row_floats)) {
            let (row, sums) = row.split_at_mut(groups.len() * ow * LANES);
            line_buffer.fill(simd, y, groups.clone());
            line_buffer.convolve(simd, y, groups.clone(), row, ow);
            pool::sum_row(simd, row, ow, sums);
        }
    }
}

/// The mean of each channel; `lost` and `run` are scratch of as many floats, and of a slice's channels.
fn squeeze<S: Simd>(
    simd: S,
    cpu: Cpu<'_>,
    division: Division,
    map: &DepthwiseMap<'_>,
    means: &mut [f32],
    lost: &mut [f32],
    run: &mut [f32],
) {
    let plan = &map.block.plan;
    let [oh, ow] = plan.sizes.output;
    let together = || match division {
        Division::Rows => split::parts(cpu, oh),
        Division::Channels => split::parts(cpu.alone(), oh),
    };
    for groups in channel_slices(plan) {
        let lanes = groups.start * LANES..groups.end * LANES;
        // Row by row from the top, so that the division changes no bit.
        let rows = together().flat_map(|ys| ys.clone().map(move |y| (ys.clone(), y)));
        let sums = rows.map(|(ys, y)| &map.row(&ys, &groups, y)[groups.len() * ow * LANES..]);
        let (means, lost) = (&mut means[lanes.clone()], &mut lost[lanes.clone()]);
        pool::sum_rows(simd, sums, means, lost, &mut run[..lanes.len()]);
    }
    pool::scale(means, oh * ow);
}

/// The depthwise map as [`depthwise`] wrote it.
struct DepthwiseMap<'b> {
    block: &'b Block<'b>,
    map: &'b [f32],
}

impl DepthwiseMap<'_> {
    /// The channels `groups`, a slice, of row `y`, and their sums, among rows `ys` that were written together.
    fn row(&self, ys: &Range<usize>, slice: &Range<usize>, y: usize) -> &[f32] {
        let plan = &self.block.plan;
        let start = ys.start * plan.depthwise_row(groups(plan.sizes.channels))
            + ys.len() * plan.depthwise_row(slice.start)
            + (y - ys.start) * plan.depthwise_row(slice.len());
        &self.map[start..][..plan.depthwise_row(slice.len())]
    }

    /// Rows `ys`, of rows `together` that were written together, gated, to the output channels `panels`.
    #[expect(clippy::too_many_arguments, reason = "all of them vary on their own")]
    fn project<S: Simd>(
        &self,
        simd: S,
        projection: &mut Projection<'_>,
        gates: &[f32],
        together: &Range<usize>,
        ys: Range<usize>,
        panels: Range<usize>,
        output: &mut [f32],
        work: &mut [f32],
    ) {
        let plan = &self.block.plan;
        let (ow, batch) = (plan.sizes.output[1], plan.project_row_batch);
        let [rows, projected] = regions(work, plan.scratch.thread.projection());
        let floats = batch * panels.len() * ow * LANES;
        for (ys, output) in split::bands(ys, batch).zip(output.chunks_mut(floats)) {
            for slice in channel_slices(plan) {
                let gates = &gates[slice.start * LANES..slice.end * LANES];
                for (at, y) in ys.clone().enumerate() {
                    let pixels = &self.row(together, &slice, y)[..slice.len() * ow * LANES];
                    let rows = &mut rows[(slice.start * ys.len() + at) * ow * LANES..];
                    scaled(simd, pixels, ow, gates, rows, ys.len() * ow);
                }
            }
            let rows = &rows[..ys.len() * ow * padded(plan.sizes.channels)];
            projection.rows(simd, ys, panels.clone(), rows, projected, output);
        }
    }
}

/// Every channel of some groups of a row, scaled by its gate; groups of `out` are of `out_width` pixels.
#[inline(never)]
fn scaled<S: Simd>(simd: S, row: &[f32], width: usize, gates: &[f32], out: &mut [f32], out_width: usize) {
    simd.vectorize(
        #[inline(always)]
        || {
            let groups = row.as_chunks::<LANES>().0.chunks_exact(width);
            let outs = out.as_chunks_mut::<LANES>().0.chunks_mut(out_width);
            for ((pixels, out), gate) in groups.zip(outs).zip(gates.as_chunks::<LANES>().0) {
                let gate = f32x16::from_slice(simd, gate);
                for (pixel, out) in pixels.iter().zip(out) {
                    underflow::settled(simd, f32x16::from_slice(simd, pixel) * gate).store_slice(out);
                }
            }
        },
    );
}
