//! Down: each row is added to the rows of the window that it belongs to, as it comes.

use crate::axis::{Axis, START};
use crate::finish::{BYTES, LANES, bytes};
use crate::horizontal::words;
use crate::parts::{CoefficientPair, LOWER, pair};
use crate::rows::{BATCH, Lines};
use fearless_simd::{Bytes, Level, Simd, SimdCombine, dispatch, i16x32, i32x16, prelude::*, u8x16};
use std::collections::VecDeque;
use std::ops::Range;

/// Rows of the window that are summed at a time.
const GROUP: usize = 8;
/// Pairs of rows in a batch.
const PAIRS: usize = BATCH / 2;

pub(crate) struct Vertical {
    axis: Axis,
    /// The row that was finished last.
    row: Vec<u8>,
    /// Rows of the window that are finished.
    finished: usize,
    /// Sums of those that follow and have begun.
    begun: VecDeque<Sums>,
    /// Memory of those that are finished.
    spare: Vec<Sums>,
}

/// Vectors that cross the end of a cache line would take twice the time.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Sum([i32; LANES]);

type Sums = Vec<Sum>;

/// A row of the window while a batch is added to it.
struct RowOfWindow {
    coefficients: [CoefficientPair; PAIRS],
    /// The pairs of rows that it takes something of.
    pairs: Range<usize>,
    sums: Sums,
}

impl Vertical {
    /// For rows of `length` bytes.
    pub(crate) fn new(axis: Axis, length: usize) -> Self {
        Self {
            axis,
            row: vec![0; length],
            finished: 0,
            begun: VecDeque::new(),
            spare: Vec::new(),
        }
    }

    /// `rows` are `seen` of the source; where they are the `last`, all rows that remain are finished. Each goes to `sink`
    /// as its bytes, in order.
    pub(crate) fn run(
        &mut self,
        level: Level,
        rows: &Lines<'_>,
        seen: Range<usize>,
        last: bool,
        sink: &mut dyn FnMut(&[u8]),
    ) {
        let taps = self.axis.taps();
        let ends = taps.partition_point(|taps| taps.end <= seen.end);
        let begin = taps.partition_point(|taps| taps.first < seen.end);
        let (ends, begin) = if last {
            (taps.len(), taps.len())
        } else {
            (ends, begin.max(ends))
        };
        let mut begun = VecDeque::new();
        for start in (self.finished..begin).step_by(GROUP) {
            let group = start..begin.min(start + GROUP);
            let mut parts: Vec<RowOfWindow> = group.clone().map(|row| self.part(row, &seen, rows.blocks())).collect();
            dispatch!(level, simd => add(simd, rows, seen.len(), &mut parts));
            for (row, part) in group.zip(parts) {
                if row < ends {
                    dispatch!(level, simd => write(simd, &part.sums, &mut self.row));
                    sink(&self.row);
                    self.spare.push(part.sums);
                } else {
                    begun.push_back(part.sums);
                }
            }
        }
        self.finished = ends;
        self.begun = begun;
    }

    fn part(&mut self, row: usize, seen: &Range<usize>, blocks: usize) -> RowOfWindow {
        let sums = self.begun.pop_front().unwrap_or_else(|| {
            let mut sums = self.spare.pop().unwrap_or_default();
            sums.clear();
            // Bytes are made of whole vectors of them.
            sums.resize(blocks.next_multiple_of(BYTES / LANES), Sum([START; LANES]));
            sums
        });
        let taps = &self.axis.taps()[row];
        let mut coefficients = [[0; 2]; PAIRS];
        let mut whole = Vec::with_capacity(BATCH);
        self.axis.coefficients(taps, seen.start..seen.start + BATCH, &mut whole);
        for (to, &[above, below]) in coefficients.iter_mut().zip(whole.as_chunks().0) {
            *to = pair(above, below);
        }
        let first = taps.first.clamp(seen.start, seen.end) - seen.start;
        let end = taps.end.clamp(seen.start, seen.end) - seen.start;
        let pairs = first / 2..end.div_ceil(2);
        RowOfWindow {
            coefficients,
            pairs,
            sums,
        }
    }
}

/// Adds `count` rows to each part.
#[inline(never)]
fn add<S: Simd>(simd: S, rows: &Lines<'_>, count: usize, parts: &mut [RowOfWindow]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let blocks = rows.blocks();
            let mut i = 0;
            // As many as registers hold the sums of.
            if S::f32s::LEN >= LANES {
                while i + 4 <= blocks {
                    add_to::<S, 4>(simd, rows, i, count, parts);
                    i += 4;
                }
            }
            while i + 2 <= blocks {
                add_to::<S, 2>(simd, rows, i, count, parts);
                i += 2;
            }
            if i < blocks {
                add_to::<S, 1>(simd, rows, i, count, parts);
            }
        },
    );
}

/// Adds the N blocks from `first` on of `count` rows.
#[inline(always)]
fn add_to<S: Simd, const N: usize>(simd: S, rows: &Lines<'_>, first: usize, count: usize, parts: &mut [RowOfWindow]) {
    let mut pixels = [[i16x32::splat(simd, 0); N]; PAIRS];
    for (pair, pixels) in pixels.iter_mut().enumerate().take(count.div_ceil(2)) {
        let (above, below) = (rows.run::<N>(2 * pair, first), rows.run::<N>(2 * pair + 1, first));
        for j in 0..N {
            let (above, below) = (u8x16::from_slice(simd, above[j]), u8x16::from_slice(simd, below[j]));
            let (low, high) = above.zip_low(below).combine(above.zip_high(below)).widen();
            pixels[j] = low.combine(high).bitcast();
        }
    }
    for part in parts.iter_mut() {
        let sums = &mut part.sums[first..][..N];
        let mut upper = [i32x16::splat(simd, 0); N];
        let mut lower = upper;
        for j in 0..N {
            lower[j] = i32x16::from_slice(simd, &sums[j].0);
        }
        let pairs = part.coefficients[part.pairs.clone()].iter();
        for (pair, pixels) in pairs.zip(&pixels[part.pairs.clone()]) {
            let [up, low] = words(simd, pair);
            for j in 0..N {
                upper[j] += pixels[j].pairwise_dot_product(up);
                lower[j] += pixels[j].pairwise_dot_product(low);
            }
        }
        for j in 0..N {
            (lower[j] + (upper[j] << LOWER)).store_slice(&mut sums[j].0);
        }
    }
}

/// Sums to a row of bytes.
#[inline(never)]
fn write<S: Simd>(simd: S, sums: &[Sum], row: &mut [u8]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let (whole, rest) = row.as_chunks_mut::<BYTES>();
            let mut sums = sums.as_chunks::<4>().0.iter().map(
                #[inline(always)]
                |sums| {
                    let mut vectors = [i32x16::splat(simd, 0); 4];
                    for i in 0..4 {
                        vectors[i] = i32x16::from_slice(simd, &sums[i].0);
                    }
                    bytes(simd, vectors)
                },
            );
            for (to, bytes) in whole.iter_mut().zip(&mut sums) {
                bytes.store_slice(to);
            }
            if let Some(bytes) = sums.next() {
                let bytes: [u8; BYTES] = bytes.into();
                rest.copy_from_slice(&bytes[..rest.len()]);
            }
        },
    );
}
