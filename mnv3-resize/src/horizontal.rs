//! Across: a batch of rows, each pixel of the window from its neighbours in the row.
//!
//! Lanes are rows: sixteen rows are turned so that what stands in a column lies side by side, and a coefficient is the
//! same for all lanes. So no vector is ever summed up across, few taps cost little, and many are no special case.

use crate::axis::{Axis, LOWER, Pair, START, pair};
use crate::finish::{LANES, bytes};
use crate::passes::{BATCH, Rows};
use fearless_simd::{Bytes, Simd, SimdCombine, SimdSplit, i16x16, i16x32, i32x16, prelude::*, u8x16, u8x32, u16x16};
use std::ops::Range;

/// Pixels that are turned at a time: as many as a vector of bytes has lanes.
const GROUP: usize = 16;
/// Bytes of a pixel at most.
const MOST_CHANNELS: usize = 4;
/// Pixels of a row that are turned before they are summed. Longer rows are cut into pieces of so many, to bound memory:
/// three channels of sixteen rows take 768 kB.
const PIECE: usize = 1 << 13;

pub(crate) struct Horizontal<const C: usize> {
    axis: Axis,
    piece: Piece,
    /// For each two neighbours of a piece and each channel, sixteen rows of both.
    turned: Vec<[i16; 2 * BATCH]>,
    /// For each pixel of the window and each channel, the sums of the rows, where one piece does not hold all taps.
    sums: Vec<[i32; BATCH]>,
    /// The same as bytes. Four channels are written at a time, and sixteen columns are read.
    columns: Vec<[u8; BATCH]>,
}

/// Coefficients of the columns that were summed last. A row of one piece has them computed once.
#[derive(Default)]
struct Piece {
    columns: Range<usize>,
    parts: Vec<Part>,
    coefficients: Vec<Pair>,
}

/// The part of a pixel's taps that lies in a piece.
struct Part {
    /// Pixel of the window.
    pixel: usize,
    /// Whether its sums begin here, and end here.
    begins: bool,
    ends: bool,
    /// First pair of neighbours, from the piece's start.
    neighbours: usize,
    /// Where its coefficients lie.
    coefficients: Range<usize>,
}

impl Piece {
    fn new(axis: &Axis, columns: Range<usize>) -> Self {
        let mut piece = Self {
            columns: columns.clone(),
            ..Self::default()
        };
        let taps = axis.taps();
        let reached = taps.partition_point(|taps| taps.end <= columns.start);
        for (pixel, taps) in taps.iter().enumerate().skip(reached) {
            if taps.first >= columns.end {
                break;
            }
            let first = (taps.first.max(columns.start) - columns.start) / 2;
            let end = (taps.end.min(columns.end) - columns.start).div_ceil(2);
            let start = piece.coefficients.len();
            piece.coefficients.extend((first..end).map(|i| {
                pair([0, 1].map(|second| {
                    let column = columns.start + 2 * i + second;
                    if column < columns.end {
                        axis.coefficient(taps, column)
                    } else {
                        0
                    }
                }))
            }));
            piece.parts.push(Part {
                pixel,
                begins: taps.first >= columns.start,
                ends: taps.end <= columns.end,
                neighbours: first,
                coefficients: start..piece.coefficients.len(),
            });
        }
        piece
    }
}

impl<const C: usize> Horizontal<C> {
    /// Columns of the window.
    pub(crate) fn window(&self) -> usize {
        self.axis.taps().len()
    }

    pub(crate) fn new(axis: Axis) -> Self {
        let columns = axis.seen().len().min(PIECE);
        let neighbours = columns.next_multiple_of(GROUP) / 2;
        let lines = axis.taps().len() * C;
        let whole = axis.seen().len() <= PIECE;
        Self {
            sums: vec![[0; BATCH]; if whole { 0 } else { lines }],
            columns: vec![[0; BATCH]; lines.next_multiple_of(LANES) + MOST_CHANNELS],
            axis,
            piece: Piece::default(),
            turned: vec![[0; 2 * BATCH]; neighbours * C],
        }
    }

    /// `lines` are rows of the source from the column on that is seen first.
    pub(crate) fn run<S: Simd>(&mut self, simd: S, lines: &[&[u8]; BATCH], rows: &mut Rows) {
        let seen = self.axis.seen();
        for start in seen.clone().step_by(PIECE) {
            let columns = start..seen.end.min(start + PIECE);
            if self.piece.columns != columns {
                self.piece = Piece::new(&self.axis, columns.clone());
            }
            let within = (columns.start - seen.start) * C..(columns.end - seen.start) * C;
            let mut lines = *lines;
            for line in &mut lines {
                *line = &line[within.clone()];
            }
            turn::<S, C>(simd, &lines, &mut self.turned);
            sum::<S, C>(simd, &self.piece, &self.turned, &mut self.sums, &mut self.columns);
        }
        give(simd, &self.columns, rows);
    }
}

/// Columns of sixteen rows to pairs of neighbours.
#[inline(never)]
fn turn<S: Simd, const C: usize>(simd: S, lines: &[&[u8]; BATCH], turned: &mut [[i16; 2 * BATCH]]) {
    let length = lines[0].len();
    let (step, read) = (GROUP * C, read::<C>());
    // Groups whose vectors end inside of the line; what remains is less than what one reads.
    let whole = (length + step).saturating_sub(read) / step;
    let rest = whole * step;
    let mut padded = [[0; 2 * GROUP * MOST_CHANNELS]; BATCH];
    for (to, line) in padded.iter_mut().zip(lines) {
        to[..length - rest].copy_from_slice(&line[rest..length]);
    }
    let groups = turned.chunks_exact_mut(GROUP / 2 * C).take(length.div_ceil(step));
    simd.vectorize(
        #[inline(always)]
        || {
            for (i, group) in groups.enumerate() {
                let mut blocks: [&[u8]; BATCH] = [&[]; BATCH];
                for row in 0..BATCH {
                    blocks[row] = if i < whole {
                        &lines[row][i * step..][..read]
                    } else {
                        &padded[row][(i - whole) * step..][..read]
                    };
                }
                turn_group::<S, C>(simd, &blocks, group);
            }
        },
    );
}

/// Bytes of a vector that count: whole pairs of pixels.
const fn used<const C: usize>() -> usize {
    LANES / (2 * C) * 2 * C
}

/// Bytes of a line that a group reads.
const fn read<const C: usize>() -> usize {
    GROUP * C - used::<C>() + LANES
}

/// Where the bytes of a vector come from, so that neighbours of a channel stand side by side.
const fn neighbours<const C: usize>() -> [u8; 2 * LANES] {
    let mut places = [0; 2 * LANES];
    let mut i = 0;
    while i < used::<C>() {
        let (pair, channel, second) = (i / (2 * C), i % (2 * C) / 2, i % 2);
        let place = ((2 * pair + second) * C + channel) as u8;
        places[i] = place;
        places[LANES + i] = place;
        i += 1;
    }
    places
}

/// Rows that lie in the lower and the upper halves of vectors, so that at the end all lie in order.
const HALVES: [[usize; BATCH / 2]; 2] = [[0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15]];

/// Sixteen pixels of sixteen rows. A vector begins with pairs of a row in each half; each round of the riffle moves one
/// bit of a pair's place, those of the row to the bottom, so that rows become columns.
#[inline(always)]
fn turn_group<S: Simd, const C: usize>(simd: S, blocks: &[&[u8]; BATCH], turned: &mut [[i16; 2 * BATCH]]) {
    let places = u8x32::from_slice(simd, const { &neighbours::<C>() });
    let zero = u8x32::splat(simd, 0);
    for (i, turned) in turned.chunks_exact_mut(used::<C>() / 2).enumerate() {
        let mut vectors = [u16x16::splat(simd, 0); BATCH / 2];
        for row in 0..BATCH / 2 {
            let low = u8x16::from_slice(simd, &blocks[HALVES[0][row]][i * used::<C>()..][..LANES]);
            let high = u8x16::from_slice(simd, &blocks[HALVES[1][row]][i * used::<C>()..][..LANES]);
            let both = low.combine(high);
            let both = if C == 1 {
                both
            } else {
                both.swizzle_dyn_within_blocks(places)
            };
            vectors[row] = both.bitcast();
        }
        for _ in 0..3 {
            let before = vectors;
            for i in 0..BATCH / 4 {
                let (low, high) = riffled(before[i], before[i + BATCH / 4]);
                vectors[2 * i] = low;
                vectors[2 * i + 1] = high;
            }
        }
        for unit in 0..used::<C>() / 2 {
            let (low, high) = widened(vectors[unit].bitcast(), zero);
            low.store_slice(&mut turned[unit][..BATCH]);
            high.store_slice(&mut turned[unit][BATCH..]);
        }
    }
}

/// Bytes as wider numbers: the first quarter and the third, then the second and the fourth.
#[inline(always)]
fn widened<S: Simd>(bytes: u8x32<S>, zero: u8x32<S>) -> (i16x16<S>, i16x16<S>) {
    let ((low, high), (zero, _)) = (bytes.split(), zero.split());
    (
        low.zip_low(zero).combine(high.zip_low(zero)).bitcast(),
        low.zip_high(zero).combine(high.zip_high(zero)).bitcast(),
    )
}

/// Each half of one with the same half of the other.
#[inline(always)]
fn riffled<S: Simd>(a: u16x16<S>, b: u16x16<S>) -> (u16x16<S>, u16x16<S>) {
    let ((a_low, a_high), (b_low, b_high)) = (a.split(), b.split());
    (
        a_low.zip_low(b_low).combine(a_high.zip_low(b_high)),
        a_low.zip_high(b_low).combine(a_high.zip_high(b_high)),
    )
}

/// Taps of a piece to sums, and those that are complete to bytes.
#[inline(never)]
fn sum<S: Simd, const C: usize>(
    simd: S,
    piece: &Piece,
    turned: &[[i16; 2 * BATCH]],
    sums: &mut [[i32; BATCH]],
    columns: &mut [[u8; BATCH]],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            for part in &piece.parts {
                let coefficients = &piece.coefficients[part.coefficients.clone()];
                let pixels = &turned[part.neighbours * C..][..coefficients.len() * C];
                let mut upper = [i32x16::splat(simd, 0); MOST_CHANNELS];
                let mut lower = [i32x16::splat(simd, START); MOST_CHANNELS];
                if !part.begins {
                    for c in 0..C {
                        lower[c] = i32x16::from_slice(simd, &sums[part.pixel * C + c]);
                    }
                }
                for (pair, pixels) in coefficients.iter().zip(pixels.chunks_exact(C)) {
                    let [up, low] = words(simd, pair);
                    for c in 0..C {
                        let pixels = i16x32::from_slice(simd, &pixels[c]);
                        upper[c] += pixels.pairwise_dot_product(up);
                        lower[c] += pixels.pairwise_dot_product(low);
                    }
                }
                for c in 0..C {
                    lower[c] += upper[c] << LOWER;
                }
                if part.ends {
                    let bytes = bytes(simd, lower);
                    bytes.store_slice(columns[part.pixel * C..][..MOST_CHANNELS].as_flattened_mut());
                } else {
                    for c in 0..C {
                        lower[c].store_slice(&mut sums[part.pixel * C + c]);
                    }
                }
            }
        },
    );
}

/// Upper and lower parts of two coefficients, for all lanes.
#[inline(always)]
pub(crate) fn words<S: Simd>(simd: S, pair: &Pair) -> [i16x32<S>; 2] {
    [
        i32x16::splat(simd, pair[0]).bitcast(),
        i32x16::splat(simd, pair[1]).bitcast(),
    ]
}

/// Columns to rows.
#[inline(never)]
fn give<S: Simd>(simd: S, columns: &[[u8; BATCH]], rows: &mut Rows) {
    let blocks = rows.blocks_mut();
    simd.vectorize(
        #[inline(always)]
        || {
            for (block, columns) in blocks.iter_mut().zip(columns.as_chunks::<LANES>().0) {
                let mut vectors = [u8x16::splat(simd, 0); LANES];
                for column in 0..LANES {
                    vectors[column] = u8x16::from_slice(simd, &columns[column]);
                }
                // As pairs are turned, with one round more for sixteen.
                for _ in 0..4 {
                    let before = vectors;
                    for i in 0..LANES / 2 {
                        vectors[2 * i] = before[i].zip_low(before[i + LANES / 2]);
                        vectors[2 * i + 1] = before[i].zip_high(before[i + LANES / 2]);
                    }
                }
                for row in 0..BATCH {
                    vectors[row].store_slice(&mut block[row]);
                }
            }
        },
    );
}
