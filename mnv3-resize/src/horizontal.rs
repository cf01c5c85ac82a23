//! Across: a batch of rows, each pixel of the window from its neighbours in the row.
//!
//! Lanes are rows: sixteen rows are turned so that what stands in a column lies side by side, and a coefficient is the
//! same for all lanes. So no vector is ever summed up across, few taps cost little, and many are no special case.

use crate::axis::{Axis, CoefficientPair, LOWER, START, pair};
use crate::finish::{LANES, bytes};
use crate::passes::{BATCH, PassRows};
use fearless_simd::{
    Bytes, Level, Simd, SimdCombine, SimdSplit, dispatch, i16x32, i32x16, prelude::*, u8x16, u8x64, u16x32, u32x16,
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

pub(crate) struct Horizontal {
    axis: Axis,
    channels: usize,
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
    parts: Vec<PieceTaps>,
    coefficients: Vec<CoefficientPair>,
}

/// The part of a pixel's taps that lies in a piece.
struct PieceTaps {
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
            piece.parts.push(PieceTaps {
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

impl Horizontal {
    /// Columns of the window.
    pub(crate) fn window(&self) -> usize {
        self.axis.taps().len()
    }

    pub(crate) fn new(axis: Axis, channels: usize) -> Self {
        let columns = axis.seen().len().min(PIECE);
        let neighbours = columns.next_multiple_of(GROUP) / 2;
        let lines = axis.taps().len() * channels;
        let whole = axis.seen().len() <= PIECE;
        Self {
            sums: vec![[0; BATCH]; if whole { 0 } else { lines }],
            columns: vec![[0; BATCH]; lines.next_multiple_of(LANES) + MOST_CHANNELS],
            axis,
            channels,
            pieces: std::array::from_fn(|_| Piece::default()),
            turned: vec![Neighbours([0; 2 * BATCH]); neighbours * channels],
        }
    }

    /// `lines` are rows of the source from the column on that is seen first.
    pub(crate) fn run(&mut self, level: Level, lines: &[&[u8]; BATCH], rows: &mut PassRows) {
        let Self {
            axis,
            channels,
            pieces,
            turned,
            sums,
            columns: summed,
        } = self;
        let (seen, channels) = (axis.seen(), *channels);
        for (i, start) in seen.clone().step_by(PIECE).enumerate() {
            let columns = start..seen.end.min(start + PIECE);
            let piece = &mut pieces[i % KEPT];
            if piece.columns != columns {
                *piece = Piece::new(axis, columns.clone());
            }
            let within = (columns.start - seen.start) * channels..(columns.end - seen.start) * channels;
            let mut lines = *lines;
            for line in &mut lines {
                *line = &line[within.start..];
            }
            let length = within.len();
            match channels {
                1 => dispatch!(level, simd => across::<_, 1, 16>(simd, &lines, length, piece, turned, sums, summed)),
                3 => dispatch!(level, simd => across::<_, 3, 48>(simd, &lines, length, piece, turned, sums, summed)),
                _ => dispatch!(level, simd => across::<_, 4, 64>(simd, &lines, length, piece, turned, sums, summed)),
            }
        }
        dispatch!(level, simd => give(simd, summed, rows));
    }
}

/// The first `length` bytes of sixteen rows, which are a piece, to sums and bytes.
fn across<S: Simd, const C: usize, const B: usize>(
    simd: S,
    lines: &[&[u8]; BATCH],
    length: usize,
    piece: &Piece,
    turned: &mut [Neighbours],
    sums: &mut [[i32; BATCH]],
    columns: &mut [[u8; BATCH]],
) {
    turn::<S, C, B>(simd, lines, length, turned);
    sum::<S, C>(simd, piece, turned, sums, columns);
}

/// The first `length` bytes of sixteen rows to pairs of neighbours; `B` bytes are a group of pixels of `C` channels.
#[inline(never)]
fn turn<S: Simd, const C: usize, const B: usize>(
    simd: S,
    lines: &[&[u8]; BATCH],
    length: usize,
    turned: &mut [Neighbours],
) {
    let count = length.div_ceil(B);
    let mut groups: [&[[u8; B]]; BATCH] = [&[]; BATCH];
    let mut padded = [[0; B]; BATCH];
    for row in 0..BATCH {
        let (whole, rest) = lines[row].as_chunks();
        groups[row] = whole;
        // Only at the row's end is there less than a group left.
        padded[row][..rest.len()].copy_from_slice(rest);
    }
    simd.vectorize(
        #[inline(always)]
        || {
            for (i, turned) in turned.chunks_exact_mut(GROUP / 2 * C).enumerate().take(count) {
                let mut group = [&[0; B]; BATCH];
                for row in 0..BATCH {
                    if let Some(later) = groups[row].get(i + AHEAD / B) {
                        into_first_cache(simd, &later[0]);
                    }
                    group[row] = groups[row].get(i).unwrap_or(&padded[row]);
                }
                turn_group::<S, C, B>(simd, &group, turned);
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

/// Where the bytes of a vector come from, if those that count begin at `first`, so that a quad of neighbours of a channel
/// stands side by side, the inner two of it swapped: every other byte is then a pair of neighbours.
const fn quads<const C: usize>(first: usize) -> [u8; LANES] {
    let mut places = [0; LANES];
    let mut i = 0;
    while i < used::<C>() {
        let (quad, channel) = (i / QUAD / C, i / QUAD % C);
        let pixel = quad * QUAD + [0, 2, 1, 3][i % QUAD];
        places[i] = (first + pixel * C + channel) as u8;
        i += 1;
    }
    places
}

/// Sixteen pixels of sixteen rows. A vector begins with the quads of four rows, a quarter each; four of them, riffled twice,
/// are vectors of a quad of all rows each.
#[inline(always)]
fn turn_group<S: Simd, const C: usize, const B: usize>(simd: S, group: &[&[u8; B]; BATCH], turned: &mut [Neighbours]) {
    let places = u8x64::from_slice(simd, const { &[quads::<C>(0); 4] }.as_flattened());
    // The last vector ends where the group does.
    let last = u8x64::from_slice(simd, const { &[quads::<C>(LANES - used::<C>()); 4] }.as_flattened());
    let low_bytes = u16x32::splat(simd, 0xff);
    for (i, turned) in turned.chunks_exact_mut(used::<C>() / 2).enumerate() {
        let start = (i * used::<C>()).min(B - LANES);
        let places = if start < i * used::<C>() { last } else { places };
        let mut vectors = [u32x16::splat(simd, 0); 4];
        for row in 0..4 {
            let mut quarters = [u8x16::splat(simd, 0); 4];
            for i in 0..4 {
                quarters[i] = u8x16::from_slice(simd, &group[row + 4 * i][start..][..LANES]);
            }
            let [a, b, c, d] = quarters;
            vectors[row] = a
                .combine(b)
                .combine(c.combine(d))
                .swizzle_dyn_within_blocks(places)
                .bitcast();
        }
        for _ in 0..2 {
            let before = vectors;
            for i in 0..2 {
                let (low, high) = riffled(before[i], before[i + 2]);
                vectors[2 * i] = low;
                vectors[2 * i + 1] = high;
            }
        }
        for (unit, vector) in vectors.into_iter().enumerate().take(used::<C>() / QUAD) {
            let first = unit / C * 2 * C + unit % C;
            let quads: u16x32<S> = vector.bitcast();
            (quads & low_bytes).store_slice(&mut turned[first].0);
            (quads >> 8).store_slice(&mut turned[first + C].0);
        }
    }
}

/// Each quarter of one with the same quarter of the other.
#[inline(always)]
fn riffled<S: Simd>(a: u32x16<S>, b: u32x16<S>) -> (u32x16<S>, u32x16<S>) {
    let ((a_upper, a_lower), (b_upper, b_lower)) = (a.split(), b.split());
    let ((a0, a1), (a2, a3)) = (a_upper.split(), a_lower.split());
    let ((b0, b1), (b2, b3)) = (b_upper.split(), b_lower.split());
    (
        (a0.zip_low(b0).combine(a1.zip_low(b1))).combine(a2.zip_low(b2).combine(a3.zip_low(b3))),
        (a0.zip_high(b0).combine(a1.zip_high(b1))).combine(a2.zip_high(b2).combine(a3.zip_high(b3))),
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
pub(crate) fn words<S: Simd>(simd: S, pair: &CoefficientPair) -> [i16x32<S>; 2] {
    [
        i32x16::splat(simd, pair[0]).bitcast(),
        i32x16::splat(simd, pair[1]).bitcast(),
    ]
}

/// Columns to rows.
#[inline(never)]
fn give<S: Simd>(simd: S, columns: &[[u8; BATCH]], rows: &mut PassRows) {
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
