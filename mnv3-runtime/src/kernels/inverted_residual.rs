//! An inverted residual block, depth-first: the expanded map is never written as a whole.
//!
//! An input row is expanded into a ring of as many rows as the depthwise kernel is high; as soon as the ring holds what
//! an output row needs, that row is convolved, and, when all its channels are there, projected. Squeeze-excite must see
//! the whole depthwise map first. It is kept then, and channels rather than rows are the outer loop: a few of them at a
//! time go through all rows, with their weights and their ring in the first cache.
//!
//! Rows of a narrow map do not fill a tile. A few of them are then copied side by side and multiplied as one.

use super::depthwise::{self, Rows};
use super::linear;
use super::pointwise::{self, Out};
use super::prefetch::Prefetch;
use super::split;
use super::{MOST_KERNEL_ROWS, pool};
use crate::cpu::Cpu;
use crate::layer::{Block, Dense, Gate, LANES, chunk, kept_floats, padded, ring_rows, rows_at_once};
use fearless_simd::{Simd, SimdBase, f32x16};
use std::ops::Range;

pub(super) fn run<S: Simd>(
    simd: S,
    cpu: Cpu,
    block: &Block<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    match &block.gate {
        None => by_rows(simd, cpu, block, input, output, scratch),
        Some(gate) => gated(simd, cpu, block, gate, input, output, scratch),
    }
}

/// Chunks of channels of a block.
fn chunks(block: &Block<'_>) -> (usize, impl ExactSizeIterator<Item = Range<usize>> + Clone + use<>) {
    let groups = block.depthwise.channels.div_ceil(LANES);
    let chunk = chunk(block.input[1], block.gate.is_some(), block.depthwise.channels);
    (
        chunk,
        (0..groups)
            .step_by(chunk)
            .map(move |first| first..(first + chunk).min(groups)),
    )
}

/// Without squeeze-excite. Threads take runs of rows, and expand the rows between two runs both.
fn by_rows<S: Simd>(simd: S, cpu: Cpu, block: &Block<'_>, input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
    let [oh, ow] = block.output;
    let groups = block.depthwise.channels.div_ceil(LANES);
    let panels = 0..block.project.output.div_ceil(LANES);
    let row_floats = ow * padded(block.project.output);
    split::rows(cpu, oh, row_floats, output, scratch, |ys, output, scratch| {
        let (mut ring, work) = Ring::new(simd, block, groups, input, scratch);
        let mut project = Project::new(block, input, ys.len());
        let many = rows_at_once(ow);
        for (ys, output) in split::bands(ys, many).zip(output.chunks_mut(many * row_floats)) {
            let (rows, results) = work.split_at_mut(ys.len() * ow * groups * LANES);
            let first = ring.next;
            for groups in chunks(block).1 {
                ring.next = first;
                for (at, y) in ys.clone().enumerate() {
                    ring.fill(simd, y, groups.clone());
                    let row = &mut rows[(groups.start * ys.len() + at) * ow * LANES..];
                    ring.convolve(simd, y, groups.clone(), row, ys.len() * ow);
                }
            }
            project.rows(simd, ys, panels.clone(), rows, results, output);
        }
    });
}

/// Input rows that a thread must have for rows to be divided rather than channels: the fewer they are, the more of them
/// lie between two threads, and are expanded by both.
const MANY_ROWS: usize = 14;

/// With squeeze-excite. Threads take runs of rows, whose depthwise map then stays with them, or, where there are few
/// rows and many channels, runs of channels and later of output rows.
fn gated<S: Simd>(
    simd: S,
    cpu: Cpu,
    block: &Block<'_>,
    gate: &Gate<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let [oh, ow] = block.output;
    let exp = padded(block.depthwise.channels);
    let (chunk, chunks) = chunks(block);
    let kept_row_floats = kept_floats(ow, exp / LANES);
    let (kept, rest) = scratch.split_at_mut(oh * kept_row_floats);
    let (means, rest) = rest.split_at_mut(exp);
    let (gates, rest) = rest.split_at_mut(exp);
    let (squeezed, work) = rest.split_at_mut(padded(gate.reduce.output));
    let by_rows = block.input[0] >= MANY_ROWS * cpu.parts;

    if by_rows {
        split::rows(cpu, oh, kept_row_floats, kept, work, |ys, kept, work| {
            keep(simd, block, input, ys, chunks.clone(), kept, work);
        });
    } else {
        let chunk_floats = oh * kept_floats(ow, chunk);
        split::rows(cpu, chunks.len(), chunk_floats, kept, work, |part, kept, work| {
            let chunks = chunks.clone().skip(part.start).take(part.len());
            keep(simd, block, input, 0..oh, chunks, kept, work);
        });
    }

    let kept = &*kept;
    // The rows that lie together in `kept`.
    let runs = || split::parts(if by_rows { cpu } else { cpu.alone() }, oh);
    means.fill(0.0);
    for groups in chunks.clone() {
        let means = &mut means[groups.start * LANES..groups.end * LANES];
        // Row by row from the top, so that the division changes no bit.
        for (ys, y) in runs().flat_map(|ys| ys.clone().map(move |y| (ys.clone(), y))) {
            let sums = &kept_row(block, kept, &ys, &groups, y)[groups.len() * ow * LANES..];
            pool::add_row(simd, sums, 1, means);
        }
    }
    pool::scale(means, oh * ow);
    linear::vector(simd, cpu, &gate.reduce, means, squeezed);
    linear::vector(simd, cpu, &gate.expand, squeezed, gates);

    let gates = &*gates;
    // Rows `ys`, of rows `run` that lie together, to the output channels `panels`.
    let project = |project: &mut Project<'_>,
                   run: &Range<usize>,
                   ys: Range<usize>,
                   panels: Range<usize>,
                   output: &mut [f32],
                   work: &mut [f32]| {
        let floats = panels.len() * ow * LANES;
        for (ys, output) in split::bands(ys, rows_at_once(ow)).zip(output.chunks_mut(rows_at_once(ow) * floats)) {
            let (rows, results) = work.split_at_mut(ys.len() * ow * exp);
            for groups in chunks.clone() {
                let gates = &gates[groups.start * LANES..groups.end * LANES];
                for (at, y) in ys.clone().enumerate() {
                    let kept = &kept_row(block, kept, run, &groups, y)[..groups.len() * ow * LANES];
                    let rows = &mut rows[(groups.start * ys.len() + at) * ow * LANES..];
                    scaled(simd, kept, ow, gates, rows, ys.len() * ow);
                }
            }
            project.rows(simd, ys, panels.clone(), rows, results, output);
        }
    };
    let panels = block.project.output.div_ceil(LANES);
    if by_rows {
        split::rows(cpu, oh, panels * ow * LANES, output, work, |ys, output, work| {
            let mut way = Project::new(block, input, ys.len());
            project(&mut way, &ys, ys.clone(), 0..panels, output, work);
        });
    } else {
        // A few rows do not divide evenly: rows of one group of 16 output channels do.
        split::rows(cpu, oh * panels, ow * LANES, output, work, |part, mut output, work| {
            let mut way = Project::new(block, input, part.len() / panels);
            for (ys, panels) in split::runs(part, panels) {
                let (now, later) = output.split_at_mut(ys.len() * panels.len() * ow * LANES);
                project(&mut way, &(0..oh), ys, panels, now, work);
                output = later;
            }
        });
    }
}

/// The depthwise map of rows `ys`, chunk by chunk, to `kept`.
fn keep<S: Simd>(
    simd: S,
    block: &Block<'_>,
    input: &[f32],
    ys: Range<usize>,
    chunks: impl Iterator<Item = Range<usize>>,
    mut kept: &mut [f32],
    work: &mut [f32],
) {
    let ow = block.output[1];
    let (chunk, _) = self::chunks(block);
    let (mut ring, _) = Ring::new(simd, block, chunk, input, work);
    for groups in chunks {
        let row_floats = kept_floats(ow, groups.len());
        let (now, later) = kept.split_at_mut(ys.len() * row_floats);
        kept = later;
        ring.restart(groups.start);
        for (y, row) in ys.clone().zip(now.chunks_exact_mut(row_floats)) {
            let (row, sums) = row.split_at_mut(groups.len() * ow * LANES);
            ring.fill(simd, y, groups.clone());
            ring.convolve(simd, y, groups.clone(), row, ow);
            sums.fill(0.0);
            pool::add_row(simd, row, ow, sums);
        }
    }
}

/// Row `y` of the channels `groups`, and their sums, among rows `ys` that [`keep`] wrote together.
fn kept_row<'k>(block: &Block<'_>, kept: &'k [f32], ys: &Range<usize>, groups: &Range<usize>, y: usize) -> &'k [f32] {
    let floats = |groups: usize| kept_floats(block.output[1], groups);
    let all = block.depthwise.channels.div_ceil(LANES);
    let start = ys.start * floats(all) + ys.len() * floats(groups.start);
    &kept[start + (y - ys.start) * floats(groups.len())..][..floats(groups.len())]
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
    /// Input rows that are expanded at once.
    at_once: usize,
    /// If these are several: the input, so many rows side by side, and room for what they are expanded to.
    abreast: (&'b [f32], &'b mut [f32]),
    prefetch: Prefetch<'b>,
}

impl<'b> Ring<'b> {
    /// A ring of `groups` of 16 channels in the front of `scratch`, halo cleared, and what is left.
    fn new<S: Simd>(
        _simd: S,
        block: &'b Block<'b>,
        groups: usize,
        input: &'b [f32],
        scratch: &'b mut [f32],
    ) -> (Self, &'b mut [f32]) {
        let window = block.depthwise.window;
        let [left, right] = window.pad_w;
        let [h, w] = block.input;
        let height = ring_rows(w, [window.kernel[0], window.dilation[0]], block.expand.is_some());
        let width = left + w + right;
        let row_floats = width * groups * LANES;
        let (rows, mut rest) = scratch.split_at_mut(height * row_floats);
        for group in rows.chunks_exact_mut(width * LANES) {
            group[..left * LANES].fill(0.0);
            group[(left + w) * LANES..].fill(0.0);
        }
        let (mut at_once, mut abreast): (_, (&[f32], &mut [f32])) = (1, Default::default());
        // With 16 lanes, seven pixels keep all registers busy already, and copies would cost more than they save.
        let narrow = rows_at_once(w) > 1 && (w < 7 || <S::f32s as SimdBase<S>>::LEN < LANES);
        if let Some(expand) = block.expand.as_ref().filter(|_| narrow) {
            at_once = rows_at_once(w);
            let (input_abreast, later) = rest.split_at_mut(h * w * padded(expand.input));
            let (results, later) = later.split_at_mut(at_once * w * groups * LANES);
            rest = later;
            side_by_side(input, block.input, expand.input.div_ceil(LANES), input_abreast);
            abreast = (input_abreast, results);
        }
        let prefetch = block.expand.as_ref().map_or_else(Prefetch::none, |expand| {
            let of_block = expand.later.len() - block.project.later.len();
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
                at_once,
                abreast,
                prefetch,
            },
            rest,
        )
    }

    /// Goes back to the top of the map, with channels from group `first` on.
    fn restart(&mut self, first: usize) {
        (self.first, self.next) = (first, 0);
    }

    /// Expands the channels `groups` of the input rows that output row `y` needs and that are not there yet.
    fn fill<S: Simd>(&mut self, simd: S, y: usize, groups: Range<usize>) {
        let window = self.block.depthwise.window;
        let (top, above) = (y * window.stride[0], window.pad_h[0]);
        let reach = window.dilation[0] * (window.kernel[0] - 1) + 1;
        let end = (top + reach).saturating_sub(above).next_multiple_of(self.at_once);
        // With a stride beyond the kernel, rows between are needed by none.
        let start = self.next.max(top.saturating_sub(above) / self.at_once * self.at_once);
        let new = start..end.min(self.block.input[0]).max(start);
        for rows in split::bands(new.clone(), self.at_once) {
            match self.at_once {
                1 => self.expand(simd, rows.start, groups.clone()),
                _ => self.expand_abreast(simd, rows, groups.clone()),
            }
        }
        self.next = new.end;
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

    /// The same for a few rows at once.
    fn expand_abreast<S: Simd>(&mut self, simd: S, ys: Range<usize>, groups: Range<usize>) {
        let Some(expand) = &self.block.expand else { return };
        let (width, left) = (self.block.input[1], self.block.depthwise.window.pad_w[0]);
        let (count, floats) = (ys.len(), width * LANES);
        let (input, results) = &mut self.abreast;
        let src = &input[ys.start * width * padded(expand.input)..];
        let out = Out {
            row: results,
            width: count * width,
            x: 0,
        };
        pointwise::row(
            simd,
            expand,
            groups.clone(),
            count * width,
            src,
            out,
            None,
            &mut self.prefetch,
        );
        for (at, row) in ys.enumerate() {
            let range = self.slot(row, groups.start);
            let slot = self.rows[range].chunks_exact_mut(self.width * LANES);
            for (slot, results) in slot.zip(self.abreast.1.chunks_exact(count * floats)).take(groups.len()) {
                slot[left * LANES..][..floats].copy_from_slice(&results[at * floats..][..floats]);
            }
        }
    }

    /// The channels `groups` of row `y` of the depthwise map to the front of `row`, where groups are `row_width` pixels
    /// apart.
    fn convolve<S: Simd>(&self, simd: S, y: usize, groups: Range<usize>, row: &mut [f32], row_width: usize) {
        let window = self.block.depthwise.window;
        let mut under: Rows<'_> = [None; MOST_KERNEL_ROWS];
        for (k, under) in under.iter_mut().enumerate().take(window.kernel[0]) {
            let row = (y * window.stride[0] + k * window.dilation[0]).checked_sub(window.pad_h[0]);
            *under = row
                .filter(|&row| row < self.block.input[0])
                .map(|row| self.rows[self.slot(row, groups.start)].as_chunks().0);
        }
        let width = self.block.output[1];
        depthwise::row(
            simd,
            &self.block.depthwise,
            groups,
            &under,
            self.width,
            row,
            row_width,
            width,
        );
    }
}

/// A map of `h x w` pixels, its rows copied so that in every group of channels a few of them lie side by side.
fn side_by_side(map: &[f32], [h, w]: [usize; 2], groups: usize, out: &mut [f32]) {
    let row_floats = w * groups * LANES;
    let many = rows_at_once(w) * row_floats;
    for (rows, out) in map[..h * row_floats].chunks(many).zip(out.chunks_mut(many)) {
        let count = rows.len() / row_floats;
        for (i, pixels) in rows.chunks_exact(w * LANES).enumerate() {
            let (at, group) = (i / groups, i % groups);
            out[(group * count + at) * w * LANES..][..w * LANES].copy_from_slice(pixels);
        }
    }
}

/// The way from a depthwise row to an output row.
struct Project<'b> {
    block: &'b Block<'b>,
    input: &'b [f32],
    prefetch: Prefetch<'b>,
}

impl<'b> Project<'b> {
    /// The way of so many rows.
    fn new(block: &'b Block<'b>, input: &'b [f32], rows: usize) -> Self {
        let steps = pointwise::steps(&block.project, rows * block.output[1]);
        Self {
            block,
            input,
            prefetch: Prefetch::over(steps, pointwise::soon(&block.project)),
        }
    }

    /// Depthwise row `y` to the output channels `panels`, in units of 16; `output` has room for just these.
    fn row<S: Simd>(&mut self, simd: S, y: usize, panels: Range<usize>, row: &[f32], output: &mut [f32]) {
        let (dense, width): (&Dense<'_>, _) = (&self.block.project, self.block.output[1]);
        let floats = width * padded(dense.output);
        let residual = self.block.residual.then(|| &self.input[y * floats..][..floats]);
        let out = Out {
            row: output,
            width,
            x: 0,
        };
        pointwise::row(simd, dense, panels, width, row, out, residual, &mut self.prefetch);
    }

    /// Depthwise rows `ys`, which lie abreast in `rows`, to the output channels `panels`; `results` has room for these
    /// abreast.
    fn rows<S: Simd>(
        &mut self,
        simd: S,
        ys: Range<usize>,
        panels: Range<usize>,
        rows: &[f32],
        results: &mut [f32],
        output: &mut [f32],
    ) {
        if ys.len() == 1 {
            return self.row(simd, ys.start, panels, rows, output);
        }
        let (dense, width): (&Dense<'_>, _) = (&self.block.project, self.block.output[1]);
        let abreast = ys.len() * width;
        let results = &mut results[..panels.len() * abreast * LANES];
        let out = Out {
            row: &mut *results,
            width: abreast,
            x: 0,
        };
        pointwise::row(
            simd,
            dense,
            panels.clone(),
            abreast,
            rows,
            out,
            None,
            &mut self.prefetch,
        );
        let floats = width * LANES;
        for (at, (y, output)) in ys
            .clone()
            .zip(output.chunks_exact_mut(panels.len() * floats))
            .enumerate()
        {
            for (panel, output) in panels.clone().zip(output.chunks_exact_mut(floats)) {
                let result = &results[((panel - panels.start) * ys.len() + at) * floats..][..floats];
                match self.block.residual {
                    true => {
                        let row = y * dense.output.div_ceil(LANES) + panel;
                        let residual = &self.input[row * floats..][..floats];
                        let sums = result.iter().zip(residual).map(|(a, b)| a + b);
                        output.iter_mut().zip(sums).for_each(|(output, sum)| *output = sum);
                    }
                    false => output.copy_from_slice(result),
                }
            }
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
                    (f32x16::from_slice(simd, pixel) * gate).store_slice(out);
                }
            }
        },
    );
}
