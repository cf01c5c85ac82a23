//! One layer divided among threads.

use crate::cpu::Cpu;
use std::mem;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// What is done with some rows, their output, and scratch.
pub(crate) type Work<'w, T> = dyn Fn(Range<usize>, &mut [T], &mut [f32]) + Sync + 'w;

/// Divides `0..count` rows of `row_len` of `output` into parts, and calls `work` for each with its rows, their
/// output, and as much scratch as `scratch` has.
///
/// This thread takes parts from the front, others from the back: rows that lie together stay together.
pub(crate) fn rows<T: Send>(
    cpu: Cpu<'_>,
    count: usize,
    row_len: usize,
    output: &mut [T],
    scratch: &mut [f32],
    work: &Work<'_, T>,
) {
    let all = number(cpu, count);
    if all == 1 {
        return work(0..count, output, scratch);
    }
    let left = Mutex::new((0..all, output));
    let take = |part: fn(&mut Range<usize>) -> Option<usize>| {
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        let (parts, output) = &mut *left;
        let first = start(parts.start, all, count);
        let part = part(parts)?;
        let rows = start(part, all, count)..start(part + 1, all, count);
        let (before, from) = mem::take(output).split_at_mut((rows.start - first) * row_len);
        // The last may be shorter.
        let len = from.len().min(rows.len() * row_len);
        let (now, after) = from.split_at_mut(len);
        *output = if before.is_empty() { after } else { before };
        Some((rows, now))
    };
    let floats = scratch.len();
    let mine = || match take(Range::next) {
        Some((rows, output)) => {
            work(rows, output, scratch);
            true
        }
        None => false,
    };
    cpu.share(floats, mine, &|scratch| match take(Range::next_back) {
        Some((rows, output)) => {
            work(rows, output, scratch);
            true
        }
        None => false,
    });
}

/// The runs of rows that [`rows`] hands out.
pub(super) fn parts(cpu: Cpu<'_>, count: usize) -> impl Iterator<Item = Range<usize>> {
    let parts = number(cpu, count);
    (0..parts).map(move |part| start(part, parts, count)..start(part + 1, parts, count))
}

fn number(cpu: Cpu<'_>, count: usize) -> usize {
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
