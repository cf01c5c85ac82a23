//! Across: a batch of rows, each pixel of the window from its neighbours in the row.
//!
//! Lanes are rows: sixteen rows are turned so that what stands in a column lies side by side, and a coefficient is the
//! same for all lanes. So no vector is ever summed up across, few taps cost little, and many are no special case.

use crate::axis::{Axis, START};
use crate::finish::{LANES, bytes};
use crate::parts::{CoefficientPair, LOWER, byte_shift, pair, parts, word};
use crate::products::{add_products, multiplies_turned_bytes};
use crate::rows::{BATCH, PassRows};
use crate::turn::{Neighbours, QUAD, Turned, transposed, turn};
use fearless_simd::{
    Bytes, Level, Simd, SimdCombine, SimdSplit, dispatch, i8x64, i16x32, i32x16, prelude::*, u8x16, u8x64, u16x32,
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
    /// Of those in words.
    pairs: Vec<CoefficientPair>,
    /// Of those whose lower parts are bytes: upper parts of pairs, lower parts of quads as these are turned.
    uppers: Vec<i32>,
    lowers: Vec<i32>,
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
    coefficients: PartCoefficients,
}

/// Where coefficients lie in a piece.
enum PartCoefficients {
    /// Both parts of pairs.
    Words(Range<usize>),
    /// Upper parts of pairs, lower parts of the quads in which these are.
    Bytes {
        shift: u32,
        uppers: Range<usize>,
        lowers: Range<usize>,
    },
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
            let first = (taps.first.max(columns.start) - columns.start) / QUAD * QUAD;
            let end = (taps.end.min(columns.end) - columns.start).next_multiple_of(QUAD);
            coefficients.clear();
            let counting = columns.start + first..columns.end.min(columns.start + end);
            axis.coefficients(taps, counting, &mut coefficients);
            coefficients.resize(end - first, 0);
            let pairs = (taps.first.max(columns.start) - columns.start) / 2
                ..(taps.end.min(columns.end) - columns.start).div_ceil(2);
            let kept = piece.keep(&coefficients, first, pairs.clone(), bytes);
            piece.parts.push(PieceTaps {
                pixel,
                begins: taps.first >= columns.start,
                ends: taps.end <= columns.end,
                neighbours: pairs.start,
                coefficients: kept,
            });
        }
        piece
    }

    /// Coefficients of whole quads from column `first` of the piece on, of which the `pairs` count.
    fn keep(&mut self, coefficients: &[i32], first: usize, pairs: Range<usize>, bytes: bool) -> PartCoefficients {
        let (twos, _) = coefficients[2 * pairs.start - first..2 * pairs.end - first].as_chunks();
        // Products with the first and third byte of a quad are added, and those with the others.
        let shift = bytes.then(|| byte_shift::<2>(coefficients)).flatten();
        let Some(shift) = shift else {
            let start = self.pairs.len();
            self.pairs.extend(twos.iter().map(|&[a, b]| pair(a, b)));
            return PartCoefficients::Words(start..self.pairs.len());
        };
        let starts = (self.uppers.len(), self.lowers.len());
        let upper = |k| parts(k, shift).0;
        let lower = |k| parts(k, shift).1 as i8;
        self.uppers.extend(twos.iter().map(|&[a, b]| word(upper(a), upper(b))));
        let (fours, _) = coefficients.as_chunks();
        self.lowers.extend(
            fours
                .iter()
                .map(|&[a, b, c, d]| i32::from_ne_bytes([a, c, b, d].map(|k| lower(k).cast_unsigned()))),
        );
        PartCoefficients::Bytes {
            shift,
            uppers: starts.0..self.uppers.len(),
            lowers: starts.1..self.lowers.len(),
        }
    }
}

impl Horizontal {
    /// Columns of the window.
    pub(crate) fn window(&self) -> usize {
        self.axis.taps().len()
    }

    pub(crate) fn new(level: Level, axis: Axis, channels: usize) -> Self {
        let columns = axis.seen().len().min(PIECE);
        let bytes = multiplies_turned_bytes(level);
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
                let sum = match &part.coefficients {
                    PartCoefficients::Bytes { shift, uppers, lowers } => {
                        let (uppers, lowers) = (&piece.uppers[uppers.clone()], &piece.lowers[lowers.clone()]);
                        add_bytes::<S, C>(simd, before, turned, part.neighbours, uppers, lowers, *shift)
                    }
                    PartCoefficients::Words(pairs) => {
                        add_words::<S, C>(simd, before, turned, part.neighbours, &piece.pairs[pairs.clone()])
                    }
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

/// The same, lower parts multiplied as bytes.
#[inline(always)]
fn add_bytes<S: Simd, const C: usize>(
    simd: S,
    before: ChannelSums<S>,
    turned: &Turned,
    first: usize,
    uppers: &[i32],
    lowers: &[i32],
    shift: u32,
) -> ChannelSums<S> {
    let neighbours = &turned.neighbours[first * C..][..uppers.len() * C];
    let mut sums = [i32x16::splat(simd, 0); MOST_CHANNELS];
    for (&upper, neighbours) in uppers.iter().zip(neighbours.chunks_exact(C)) {
        add_part::<S, C>(simd, &mut sums, upper, neighbours);
    }
    let quads = &turned.quads[first / 2 * C..][..lowers.len() * C];
    let mut words = [i16x32::splat(simd, 0); MOST_CHANNELS];
    for (&lower, quads) in lowers.iter().zip(quads.chunks_exact(C)) {
        let lower: i8x64<S> = i32x16::splat(simd, lower).bitcast();
        for c in 0..C {
            let ((a, b), (c0, c1)) = (u8x64::from_slice(simd, &quads[c].0).split(), words[c].split());
            let (low, high) = lower.split();
            words[c] = add_products(simd, c0, a, low).combine(add_products(simd, c1, b, high));
        }
    }
    for c in 0..C {
        let lower = words[c].pairwise_dot_product(i16x32::splat(simd, 1));
        sums[c] = before[c] + (sums[c] << shift) + lower;
    }
    sums
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
