//! One layer divided among threads.

use crate::cpu::{Cpu, join};
use mnv3_weights::Arena;
use std::cell::Cell;
use std::ops::Range;

thread_local! {
    /// Scratch of a thread that helps; the thread that runs the network has the workspace's.
    static SCRATCH: Cell<Option<Arena>> = const { Cell::new(None) };
}

/// Divides `0..count` rows of `row_floats` of `output` into parts, and calls `work` for each with its rows, their
/// output, and as much scratch as `scratch` has.
pub(super) fn rows<F>(cpu: Cpu, count: usize, row_floats: usize, output: &mut [f32], scratch: &mut [f32], work: F)
where
    F: Fn(Range<usize>, &mut [f32], &mut [f32]) + Sync,
{
    let parts = cpu.parts.min(count).max(1);
    let split = Split {
        count,
        parts,
        row_floats,
        scratch_floats: scratch.len(),
        work: &work,
    };
    split.run(0..parts, output, Some(scratch));
}

/// The runs of rows that [`rows`] hands out.
pub(super) fn parts(cpu: Cpu, count: usize) -> impl Iterator<Item = Range<usize>> {
    let parts = cpu.parts.min(count).max(1);
    (0..parts).map(move |part| part * count / parts..(part + 1) * count / parts)
}

/// What a run of `part` is, counted in pieces of rows of `pieces` each: of which row which pieces.
pub(super) fn whole_rows(part: Range<usize>, pieces: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
    (part.start / pieces..part.end.div_ceil(pieces)).map(move |row| {
        let first = row * pieces;
        let start = part.start.max(first) - first;
        (row, start..part.end.min(first + pieces) - first)
    })
}

struct Split<'f, F> {
    count: usize,
    parts: usize,
    row_floats: usize,
    scratch_floats: usize,
    work: &'f F,
}

impl<F> Split<'_, F>
where
    F: Fn(Range<usize>, &mut [f32], &mut [f32]) + Sync,
{
    /// The row that a part starts with.
    fn start(&self, part: usize) -> usize {
        part * self.count / self.parts
    }

    fn run(&self, parts: Range<usize>, output: &mut [f32], scratch: Option<&mut [f32]>) {
        let rows = self.start(parts.start)..self.start(parts.end);
        if parts.len() > 1 {
            let middle = parts.start + parts.len() / 2;
            let (left, right) = output.split_at_mut((self.start(middle) - rows.start) * self.row_floats);
            join(
                || self.run(parts.start..middle, left, scratch),
                || self.run(middle..parts.end, right, None),
            );
        } else if let Some(scratch) = scratch {
            (self.work)(rows, output, scratch);
        } else {
            let arena = SCRATCH
                .take()
                .filter(|arena| arena.as_slice().len() >= self.scratch_floats);
            let mut arena = arena.unwrap_or_else(|| Arena::zeroed(self.scratch_floats));
            (self.work)(rows, output, &mut arena.as_mut_slice()[..self.scratch_floats]);
            SCRATCH.set(Some(arena));
        }
    }
}
