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
    let parts = number(cpu, count);
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
    let parts = number(cpu, count);
    (0..parts).map(move |part| start(part, parts, count)..start(part + 1, parts, count))
}

fn number(cpu: Cpu, count: usize) -> usize {
    cpu.parts.min(count).max(1)
}

/// The row that a part starts with.
fn start(part: usize, parts: usize, count: usize) -> usize {
    part * count / parts
}

/// What a run of `part` is, counted in pieces of rows of `pieces` each: rows of which the same pieces are wanted. At most
/// the end of a row, whole rows, and the start of a row.
pub(super) fn runs(part: Range<usize>, pieces: usize) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let whole = part.start.div_ceil(pieces)..part.end / pieces;
    let head = part.start..part.end.min(whole.start * pieces);
    let tail = head.end.max(whole.end * pieces)..part.end;
    let of_row = move |part: Range<usize>| {
        let row = part.start / pieces;
        (row..row + 1, part.start - row * pieces..part.end - row * pieces)
    };
    let ends = |part: Range<usize>| Some(part).filter(|part| !part.is_empty()).map(of_row);
    let whole = Some((whole, 0..pieces)).filter(|(rows, _)| !rows.is_empty());
    [ends(head), whole, ends(tail)].into_iter().flatten()
}

/// Runs of at most `most` of `rows`.
pub(super) fn bands(rows: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> {
    rows.clone()
        .step_by(most)
        .map(move |first| first..(first + most).min(rows.end))
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
        start(part, self.parts, self.count)
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

#[cfg(test)]
mod tests {
    use super::runs;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_are_the_pieces_of_a_part_in_order(start in 0usize..40, len in 0usize..40, pieces in 1usize..9) {
            let found: Vec<usize> = runs(start..start + len, pieces)
                .flat_map(|(rows, of_row)| rows.map(move |row| (row, of_row.clone())))
                .flat_map(|(row, of_row)| of_row.map(move |piece| row * pieces + piece))
                .collect();
            prop_assert_eq!(found, (start..start + len).collect::<Vec<_>>());
            prop_assert!(runs(start..start + len, pieces).count() <= 3);
        }
    }
}
