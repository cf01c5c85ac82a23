//! Sixteen rows turned: what stands in a column lies side by side, as pairs of neighbours.

use crate::blocks::{narrow, zip_words};
use crate::finish::LANES;
use crate::products::multiplies_bytes;
use crate::rows::BATCH;
use fearless_simd::{Bytes, Level, Simd, SimdCombine, SimdSplit, prelude::*, u8x16, u8x64, u16x32, u32x16};

/// Pixels that are turned at a time: as many as a vector of bytes has lanes.
pub(crate) const GROUP: usize = 16;
/// Pixels whose bytes of one channel are moved as one.
const QUAD: usize = 4;

/// Bytes of a row that are asked for ahead of those that are turned: sixteen rows are more than processors follow by
/// themselves.
const AHEAD: usize = 1 << 9;

/// Two neighbours of a channel, of sixteen rows. Vectors that cross the end of a cache line would take twice the time.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct Neighbours(pub(crate) [u16; 2 * BATCH]);

/// Two neighbours of a channel as bytes, of sixteen rows: 0 to 3, 8 to 11, 4 to 7 and 12 to 15.
#[derive(Clone)]
#[repr(align(32))]
pub(crate) struct NeighbourBytes(pub(crate) [u8; 2 * BATCH]);

/// Sixteen rows of a piece.
pub(crate) struct Turned {
    /// For each two neighbours and each channel.
    pub(crate) neighbours: Vec<Neighbours>,
    /// The same as bytes, at levels that multiply them.
    pub(crate) bytes: Vec<NeighbourBytes>,
}

impl Turned {
    /// For pieces of up to `columns` pixels.
    pub(crate) fn new(columns: usize, channels: usize, bytes: bool) -> Self {
        let count = columns.next_multiple_of(GROUP) / 2 * channels;
        Self {
            neighbours: vec![Neighbours([0; 2 * BATCH]); count],
            bytes: vec![NeighbourBytes([0; 2 * BATCH]); if bytes { count } else { 0 }],
        }
    }
}

/// The first `length` bytes of sixteen rows to pairs of neighbours; `B` bytes are a group of pixels of `C` channels.
#[inline(never)]
pub(crate) fn turn<S: Simd, const C: usize, const B: usize>(
    simd: S,
    lines: &[&[u8]; BATCH],
    length: usize,
    turned: &mut Turned,
) {
    let count = length.div_ceil(B);
    let mut groups: [&[[u8; B]]; BATCH] = [&[]; BATCH];
    let mut padded = [[0; B]; BATCH];
    for row in 0..BATCH {
        let (whole, rest) = lines[row].as_chunks();
        groups[row] = whole;
        // Only at the row's end is there less than a group left.
        if !rest.is_empty() {
            padded[row][..rest.len()].copy_from_slice(rest);
        }
    }
    simd.vectorize(
        #[inline(always)]
        || {
            for i in 0..count {
                let neighbours = &mut turned.neighbours[i * GROUP / 2 * C..][..GROUP / 2 * C];
                let mut bytes: &mut [NeighbourBytes] = &mut [];
                if multiplies_bytes(simd.level()) {
                    bytes = &mut turned.bytes[i * GROUP / 2 * C..][..GROUP / 2 * C];
                }
                let mut group = [&[0; B]; BATCH];
                for row in 0..BATCH {
                    if let Some(later) = groups[row].get(i + AHEAD / B) {
                        into_first_cache(simd, &later[0]);
                    }
                    group[row] = groups[row].get(i).unwrap_or(&padded[row]);
                }
                if shuffles_bytes(simd.level()) {
                    turn_group::<S, C, B>(simd, &group, neighbours, bytes);
                } else {
                    turn_columns::<S, C, B>(simd, &group, neighbours);
                }
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
fn turn_group<S: Simd, const C: usize, const B: usize>(
    simd: S,
    group: &[&[u8; B]; BATCH],
    neighbours: &mut [Neighbours],
    bytes: &mut [NeighbourBytes],
) {
    let places = u8x64::from_slice(simd, const { &[quads::<C>(0); 4] }.as_flattened());
    // The last vector ends where the group does.
    let last = u8x64::from_slice(simd, const { &[quads::<C>(LANES - used::<C>()); 4] }.as_flattened());
    let low_bytes = u16x32::splat(simd, 0xff);
    for (i, neighbours) in neighbours.chunks_exact_mut(used::<C>() / 2).enumerate() {
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
                let (low, high) = zip_words(simd, before[i], before[i + 2]);
                vectors[2 * i] = low;
                vectors[2 * i + 1] = high;
            }
        }
        for (unit, vector) in vectors.into_iter().enumerate().take(used::<C>() / QUAD) {
            let first = unit / C * 2 * C + unit % C;
            let words: u16x32<S> = vector.bitcast();
            let words = [words & low_bytes, words >> 8];
            for (words, place) in words.into_iter().zip([first, first + C]) {
                words.store_slice(&mut neighbours[place].0);
                if multiplies_bytes(simd.level()) {
                    let (a, b) = words.split();
                    narrow(simd, a, b).store_slice(&mut bytes[i * (used::<C>() / 2) + place].0);
                }
            }
        }
    }
}

/// Whether a level has an instruction that puts the bytes of a block anywhere in it.
#[inline(always)]
fn shuffles_bytes(level: Level) -> bool {
    #[cfg(target_arch = "x86_64")]
    return level.as_sse4_2().is_some();
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = level;
        true
    }
}

/// Sixteen pixels of sixteen rows, first turned byte by byte.
#[inline(always)]
fn turn_columns<S: Simd, const C: usize, const B: usize>(
    simd: S,
    group: &[&[u8; B]; BATCH],
    neighbours: &mut [Neighbours],
) {
    let mut columns = [[0; LANES]; B];
    for (i, columns) in columns.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut vectors = [u8x16::splat(simd, 0); LANES];
        for row in 0..BATCH {
            vectors[row] = u8x16::from_slice(simd, &group[row][i * LANES..][..LANES]);
        }
        let vectors = transposed(vectors);
        for column in 0..LANES {
            vectors[column].store_slice(&mut columns[column]);
        }
    }
    for (i, neighbours) in neighbours.iter_mut().enumerate() {
        let first = i / C * 2 * C + i % C;
        let left = u8x16::from_slice(simd, &columns[first]);
        let right = u8x16::from_slice(simd, &columns[first + C]);
        let (low, high) = left.zip_low(right).combine(left.zip_high(right)).widen();
        low.combine(high).store_slice(&mut neighbours.0);
    }
}

/// Rows to columns.
#[inline(always)]
pub(crate) fn transposed<S: Simd>(mut vectors: [u8x16<S>; LANES]) -> [u8x16<S>; LANES] {
    for _ in 0..4 {
        let before = vectors;
        for i in 0..LANES / 2 {
            vectors[2 * i] = before[i].zip_low(before[i + LANES / 2]);
            vectors[2 * i + 1] = before[i].zip_high(before[i + LANES / 2]);
        }
    }
    vectors
}
