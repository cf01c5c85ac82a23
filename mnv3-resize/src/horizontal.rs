//! Across: a batch of rows, each pixel of the window from its neighbours in the row.
//!
//! Lanes are rows: sixteen rows are turned so that what stands in a column lies side by side, and a coefficient is the
//! same for all lanes. So no vector is ever summed up across, few taps cost little, and many are no special case.

use crate::axis::{Axis, LOWER, Pair, START, pair};
use crate::finish::{LANES, bytes};
use crate::passes::{BATCH, Rows};
use fearless_simd::{
    Bytes, Simd, SimdCombine, SimdSplit, i16x32, i32x16, prelude::*, u8x16, u8x32, u16x16, u16x32, u32x8,
};
use std::ops::Range;

/// Pixels that are turned at a time: as many as a vector of bytes has lanes.
const GROUP: usize = 16;
/// Pixels whose bytes of one channel are moved as one.
const QUAD: usize = 4;
/// Bytes of a pixel at most.
const MOST_CHANNELS: usize = 4;
/// Pixels of a row that are turned before they are summed: three channels of sixteen rows fill half of the first cache.
const PIECE: usize = 1 << 8;
/// Pieces of a row whose coefficients are kept. Those of longer rows are computed for each batch, to bound memory.
const KEPT: usize = 1 << 5;

/// Bytes of a row that are asked for ahead of those that are turned: sixteen rows are more than processors follow by
/// themselves.
const AHEAD: usize = 1 << 9;

pub(crate) struct Horizontal<const C: usize> {
    axis: Axis,
    pieces: [Piece; KEPT],
    /// For each two neighbours of a piece and each channel, sixteen rows of both.
    turned: Vec<Neighbours>,
    /// For each pixel of the window and each channel, the sums of the rows, where one piece does not hold all taps.
    sums: Vec<[i32; BATCH]>,
    /// The same as bytes. Four channels are written at a time, and sixteen columns are read.
    columns: Vec<[u8; BATCH]>,
}

/// Two neighbours of a channel, of sixteen rows. Vectors that cross the end of a cache line would take twice the time.
#[derive(Clone)]
#[repr(align(64))]
struct Neighbours([u16; 2 * BATCH]);

/// Coefficients of some columns.
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
            let coefficient = |column: usize| {
                if column < columns.end {
                    axis.coefficient(taps, column)
                } else {
                    0
                }
            };
            piece.coefficients.extend((first..end).map(|i| {
                let column = columns.start + 2 * i;
                pair(coefficient(column), coefficient(column + 1))
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
            pieces: std::array::from_fn(|_| Piece::default()),
            turned: vec![Neighbours([0; 2 * BATCH]); neighbours * C],
        }
    }

    /// `lines` are rows of the source from the column on that is seen first.
    pub(crate) fn run<S: Simd>(&mut self, simd: S, lines: &[&[u8]; BATCH], rows: &mut Rows) {
        let seen = self.axis.seen();
        for (i, start) in seen.clone().step_by(PIECE).enumerate() {
            let columns = start..seen.end.min(start + PIECE);
            let piece = &mut self.pieces[i % KEPT];
            if piece.columns != columns {
                *piece = Piece::new(&self.axis, columns.clone());
            }
            let within = (columns.start - seen.start) * C..(columns.end - seen.start) * C;
            let mut lines = *lines;
            for line in &mut lines {
                *line = &line[within.start..];
            }
            let length = within.len();
            turn::<S, C>(simd, &lines, length, &mut self.turned);
            sum::<S, C>(simd, piece, &self.turned, &mut self.sums, &mut self.columns);
        }
        give(simd, &self.columns, rows);
    }
}

/// The first `length` bytes of sixteen rows to pairs of neighbours.
#[inline(never)]
fn turn<S: Simd, const C: usize>(simd: S, lines: &[&[u8]; BATCH], length: usize, turned: &mut [Neighbours]) {
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
                    if let Some(later) = lines[row].get(i * step + AHEAD) {
                        into_first_cache(simd, later);
                    }
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

/// Does nothing where safe Rust has no instruction for it.
#[inline(always)]
fn into_first_cache<S: Simd>(simd: S, byte: &u8) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        fearless_simd::kernel!(
            #[inline(always)]
            fn fetch(_sse2: Sse2, byte: &u8) {
                _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(byte).cast());
            }
        );
        if let Some(sse2) = simd.level().as_sse2() {
            fetch(sse2, byte);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (simd, byte);
}

/// Bytes of a vector that count: quads of whole pixels.
const fn used<const C: usize>() -> usize {
    LANES / (QUAD * C) * QUAD * C
}

/// Bytes of a line that a group reads.
const fn read<const C: usize>() -> usize {
    GROUP * C - used::<C>() + LANES
}

/// Where the bytes of a vector come from, so that a quad of neighbours of a channel stands side by side, the inner two
/// of it swapped: every other byte is then a pair of neighbours.
const fn quads<const C: usize>() -> [u8; 2 * LANES] {
    let mut places = [0; 2 * LANES];
    let mut i = 0;
    while i < used::<C>() {
        let (quad, channel) = (i / QUAD / C, i / QUAD % C);
        let pixel = quad * QUAD + [0, 2, 1, 3][i % QUAD];
        let place = (pixel * C + channel) as u8;
        places[i] = place;
        places[LANES + i] = place;
        i += 1;
    }
    places
}

/// Rows that lie in the lower and the upper halves of vectors, so that at the end all lie in order.
const HALVES: [[usize; BATCH / 2]; 2] = [[0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15]];

/// Sixteen pixels of sixteen rows. A vector begins with the quads of a row in each half; four of them, riffled twice, are
/// vectors of a quad of eight rows each.
#[inline(always)]
fn turn_group<S: Simd, const C: usize>(simd: S, blocks: &[&[u8]; BATCH], turned: &mut [Neighbours]) {
    let places = u8x32::from_slice(simd, const { &quads::<C>() });
    let low_bytes = u16x16::splat(simd, 0xff);
    for (i, turned) in turned.chunks_exact_mut(used::<C>() / 2).enumerate() {
        let mut vectors = [u32x8::splat(simd, 0); BATCH / 2];
        for row in 0..BATCH / 2 {
            let low = u8x16::from_slice(simd, &blocks[HALVES[0][row]][i * used::<C>()..][..LANES]);
            let high = u8x16::from_slice(simd, &blocks[HALVES[1][row]][i * used::<C>()..][..LANES]);
            vectors[row] = low.combine(high).swizzle_dyn_within_blocks(places).bitcast();
        }
        for _ in 0..2 {
            let before = vectors;
            for half in [0, BATCH / 4] {
                for i in half..half + BATCH / 8 {
                    let (low, high) = riffled(before[i], before[i + BATCH / 8]);
                    vectors[2 * i - half] = low;
                    vectors[2 * i - half + 1] = high;
                }
            }
        }
        for unit in 0..used::<C>() / QUAD {
            let first = unit / C * 2 * C + unit % C;
            for half in 0..2 {
                let quads: u16x16<S> = vectors[half * BATCH / 4 + unit].bitcast();
                (quads & low_bytes).store_slice(&mut turned[first].0[half * BATCH..][..BATCH]);
                (quads >> 8).store_slice(&mut turned[first + C].0[half * BATCH..][..BATCH]);
            }
        }
    }
}

/// Each half of one with the same half of the other.
#[inline(always)]
fn riffled<S: Simd>(a: u32x8<S>, b: u32x8<S>) -> (u32x8<S>, u32x8<S>) {
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
    turned: &[Neighbours],
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
                        let pixels: i16x32<S> = u16x32::from_slice(simd, &pixels[c].0).bitcast();
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
