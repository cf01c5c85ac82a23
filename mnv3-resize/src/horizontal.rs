//! Across: a batch of rows, each pixel of the window from its neighbours in the row.
//!
//! Lanes are rows: sixteen rows are turned so that what stands in a column lies side by side, and a coefficient is the
//! same for all lanes. So no vector is ever summed up across, few taps cost little, and many are no special case.

use crate::axis::{Axis, START};
use crate::blocks;
use crate::finish::{LANES, bytes};
use crate::parts::{CoefficientPair, LOWER, UPPER_START, append_byte_pairs, pair};
use crate::products::{add_products, multiplies_bytes};
use crate::rows::{BATCH, PassRows};
use crate::turn::{NeighbourBytes, Neighbours, Turned, transposed, turn};
use fearless_simd::{
    Bytes, Level, Simd, SimdCombine, dispatch, i8x32, i16x16, i16x32, i32x8, i32x16, prelude::*, u8x16, u8x32, u16x32,
};
use std::ops::Range;

/// Bytes of a pixel at most.
const MOST_CHANNELS: usize = 4;
/// Pixels of a row that are turned before they are summed: three channels of sixteen rows fill half of the first cache.
const PIECE: usize = 1 << 8;
/// Pieces of a row whose coefficients are kept. Those of longer rows are computed for each batch, to bound memory.
const KEPT: usize = 1 << 5;

pub(crate) struct Horizontal {
    axis: Axis,
    channels: usize,
    pieces: [Piece; KEPT],
    /// Whether the level multiplies bytes.
    bytes: bool,
    turned: Turned,
    /// For each pixel of the window and each channel, the sums of the rows, where one piece does not hold all taps.
    sums: Vec<[i32; BATCH]>,
    /// The same as bytes. Four channels are written at a time, and sixteen columns are read.
    columns: Vec<[u8; BATCH]>,
}

/// Coefficients of some columns.
#[derive(Default)]
struct Piece {
    columns: Range<usize>,
    parts: Vec<PieceTaps>,
    /// Of all parts.
    pairs: Vec<CoefficientPair>,
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
    coefficients: Range<usize>,
    /// Whether upper parts of coefficients are bytes.
    bytes: bool,
}

impl Piece {
    fn new(axis: &Axis, columns: Range<usize>, bytes: bool) -> Self {
        let mut piece = Self {
            columns: columns.clone(),
            ..Self::default()
        };
        let taps = axis.taps();
        let reached = taps.partition_point(|taps| taps.end <= columns.start);
        let mut coefficients = Vec::new();
        for (pixel, taps) in taps.iter().enumerate().skip(reached) {
            if taps.first >= columns.end {
                break;
            }
            let neighbours = (taps.first.max(columns.start) - columns.start) / 2
                ..(taps.end.min(columns.end) - columns.start).div_ceil(2);
            let first = columns.start + 2 * neighbours.start;
            coefficients.clear();
            axis.coefficients(taps, first..taps.end.min(columns.end), &mut coefficients);
            coefficients.resize(2 * neighbours.len(), 0);
            let (twos, _) = coefficients.as_chunks();
            let start = piece.pairs.len();
            let bytes = bytes && append_byte_pairs(twos, &mut piece.pairs);
            if !bytes {
                piece.pairs.extend(twos.iter().map(|&[a, b]| pair(a, b)));
            }
            piece.parts.push(PieceTaps {
                pixel,
                begins: taps.first >= columns.start,
                ends: taps.end <= columns.end,
                neighbours: neighbours.start,
                coefficients: start..piece.pairs.len(),
                bytes,
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

    pub(crate) fn new(level: Level, axis: Axis, channels: usize) -> Self {
        let columns = axis.seen().len().min(PIECE);
        let bytes = multiplies_bytes(level);
        let lines = axis.taps().len() * channels;
        let whole = axis.seen().len() <= PIECE;
        Self {
            sums: vec![[0; BATCH]; if whole { 0 } else { lines }],
            columns: vec![[0; BATCH]; lines.next_multiple_of(LANES) + MOST_CHANNELS],
            axis,
            channels,
            pieces: std::array::from_fn(|_| Piece::default()),
            bytes,
            turned: Turned::new(columns, channels, bytes),
        }
    }

    /// `lines` are rows of the source from the column on that is seen first; they become the `batch`th of `rows`.
    pub(crate) fn run(&mut self, level: Level, lines: &[&[u8]; BATCH], rows: &mut PassRows, batch: usize) {
        let Self {
            axis,
            channels,
            pieces,
            bytes,
            turned,
            sums,
            columns: summed,
        } = self;
        let (seen, channels) = (axis.seen(), *channels);
        for (i, start) in seen.clone().step_by(PIECE).enumerate() {
            let columns = start..seen.end.min(start + PIECE);
            let piece = &mut pieces[i % KEPT];
            if piece.columns != columns {
                *piece = Piece::new(axis, columns.clone(), *bytes);
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
        let stride = rows.stride();
        dispatch!(level, simd => give(simd, summed, rows.batch_mut(batch), stride));
    }
}

/// The first `length` bytes of sixteen rows, which are a piece, to sums and bytes.
fn across<S: Simd, const C: usize, const B: usize>(
    simd: S,
    lines: &[&[u8]; BATCH],
    length: usize,
    piece: &Piece,
    turned: &mut Turned,
    sums: &mut [[i32; BATCH]],
    columns: &mut [[u8; BATCH]],
) {
    turn::<S, C, B>(simd, lines, length, turned);
    sum::<S, C>(simd, piece, turned, sums, columns);
}

/// Taps of a piece to sums, and those that are complete to bytes.
#[inline(never)]
fn sum<S: Simd, const C: usize>(
    simd: S,
    piece: &Piece,
    turned: &Turned,
    sums: &mut [[i32; BATCH]],
    columns: &mut [[u8; BATCH]],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            for part in &piece.parts {
                let mut before = [i32x16::splat(simd, START); MOST_CHANNELS];
                if !part.begins {
                    for c in 0..C {
                        before[c] = i32x16::from_slice(simd, &sums[part.pixel * C + c]);
                    }
                }
                let pairs = &piece.pairs[part.coefficients.clone()];
                let sum = if part.bytes {
                    add_bytes::<S, C>(simd, before, turned, part.neighbours, pairs)
                } else {
                    add_words::<S, C>(simd, before, turned, part.neighbours, pairs)
                };
                if part.ends {
                    let bytes = bytes(simd, sum);
                    bytes.store_slice(columns[part.pixel * C..][..MOST_CHANNELS].as_flattened_mut());
                } else {
                    for c in 0..C {
                        sum[c].store_slice(&mut sums[part.pixel * C + c]);
                    }
                }
            }
        },
    );
}

type ChannelSums<S> = [i32x16<S>; MOST_CHANNELS];

/// Adds the neighbours from the `first` on.
#[inline(always)]
fn add_words<S: Simd, const C: usize>(
    simd: S,
    before: ChannelSums<S>,
    turned: &Turned,
    first: usize,
    pairs: &[CoefficientPair],
) -> ChannelSums<S> {
    let neighbours = &turned.neighbours[first * C..][..pairs.len() * C];
    let mut upper = [i32x16::splat(simd, 0); MOST_CHANNELS];
    let mut lower = before;
    if S::f32s::LEN >= LANES {
        for (pair, neighbours) in pairs.iter().zip(neighbours.chunks_exact(C)) {
            let [up, low] = words(simd, pair);
            for c in 0..C {
                let pixels: i16x32<S> = u16x32::from_slice(simd, &neighbours[c].0).bitcast();
                upper[c] += pixels.pairwise_dot_product(up);
                lower[c] += pixels.pairwise_dot_product(low);
            }
        }
    } else {
        // Registers hold half of the sums.
        for (part, sums) in [&mut upper, &mut lower].into_iter().enumerate() {
            for (pair, neighbours) in pairs.iter().zip(neighbours.chunks_exact(C)) {
                add_part::<S, C>(simd, sums, pair[part], neighbours);
            }
        }
    }
    for c in 0..C {
        lower[c] += upper[c] << LOWER;
    }
    lower
}

/// Adds the neighbours times one part of their coefficients.
#[inline(always)]
fn add_part<S: Simd, const C: usize>(simd: S, sums: &mut ChannelSums<S>, part: i32, neighbours: &[Neighbours]) {
    let part: i16x32<S> = i32x16::splat(simd, part).bitcast();
    for c in 0..C {
        let pixels: i16x32<S> = u16x32::from_slice(simd, &neighbours[c].0).bitcast();
        sums[c] += pixels.pairwise_dot_product(part);
    }
}

/// The same, upper parts multiplied as bytes.
#[inline(always)]
fn add_bytes<S: Simd, const C: usize>(
    simd: S,
    before: ChannelSums<S>,
    turned: &Turned,
    first: usize,
    pairs: &[CoefficientPair],
) -> ChannelSums<S> {
    let neighbours = &turned.neighbours[first * C..][..pairs.len() * C];
    let bytes = &turned.bytes[first * C..][..pairs.len() * C];
    let mut lower = before;
    let mut upper = [i16x16::splat(simd, UPPER_START); MOST_CHANNELS];
    let all = pairs.iter().zip(neighbours.chunks_exact(C)).zip(bytes.chunks_exact(C));
    if S::f32s::LEN >= LANES / 2 {
        for ((pair, neighbours), bytes) in all {
            add_part::<S, C>(simd, &mut lower, pair[1], neighbours);
            add_upper_bytes::<S, C>(simd, &mut upper, pair[0], bytes);
        }
    } else {
        // Registers hold no more than the lower sums.
        for ((pair, neighbours), _) in all.clone() {
            add_part::<S, C>(simd, &mut lower, pair[1], neighbours);
        }
        for ((pair, _), bytes) in all {
            add_upper_bytes::<S, C>(simd, &mut upper, pair[0], bytes);
        }
    }
    let start = i32x16::splat(simd, -(i32::from(UPPER_START) << LOWER));
    for c in 0..C {
        let (low, high) = blocks::widen(simd, upper[c]);
        lower[c] += (low.combine(high) << LOWER) + start;
    }
    lower
}

/// Adds the neighbours times the upper part of their coefficients.
#[inline(always)]
fn add_upper_bytes<S: Simd, const C: usize>(
    simd: S,
    sums: &mut [i16x16<S>; MOST_CHANNELS],
    part: i32,
    bytes: &[NeighbourBytes],
) {
    let part: i8x32<S> = i32x8::splat(simd, part).bitcast();
    for c in 0..C {
        sums[c] = add_products(simd, sums[c], u8x32::from_slice(simd, &bytes[c].0), part);
    }
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
fn give<S: Simd>(simd: S, columns: &[[u8; BATCH]], rows: &mut [u8], stride: usize) {
    simd.vectorize(
        #[inline(always)]
        || {
            for (start, columns) in (0..stride).step_by(LANES).zip(columns.as_chunks::<LANES>().0) {
                let mut vectors = [u8x16::splat(simd, 0); LANES];
                for column in 0..LANES {
                    vectors[column] = u8x16::from_slice(simd, &columns[column]);
                }
                let vectors = transposed(vectors);
                for row in 0..BATCH {
                    vectors[row].store_slice(&mut rows[row * stride + start..][..LANES]);
                }
            }
        },
    );
}
