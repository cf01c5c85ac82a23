//! Down from rows that are all there: each row of the window from those that it sees, its sums in registers.

use crate::axis::{Axis, START};
use crate::blocks;
use crate::finish::{LANES, few_bytes};
use crate::horizontal::words;
use crate::parts::{CoefficientPair, LOWER, byte_shift, pair, parts, word};
use crate::products::{add_products, multiplies_bytes};
use fearless_simd::{
    Bytes, Level, Simd, SimdCombine, dispatch, i8x32, i16x16, i16x32, i32x8, i32x16, prelude::*, u8x16, u8x32,
};
use std::ops::Range;

/// Rows that a row of the window sees at most. Of more than that, sums that are kept for all rows cost little.
pub(crate) const MOST_TAPS: usize = 64;

pub(crate) struct Gather {
    axis: Axis,
    level: Level,
    /// Of the row that is computed.
    whole: Vec<i32>,
    coefficients: RowCoefficients,
}

/// Of a row of the window.
#[derive(Default)]
struct RowCoefficients {
    pairs: Vec<CoefficientPair>,
    /// Pairs whose lower parts are bytes, and their shifts; none if all pairs are words.
    sections: Vec<(Range<usize>, u32)>,
}

impl RowCoefficients {
    fn set(&mut self, coefficients: &[i32], bytes: bool) {
        self.pairs.clear();
        self.sections.clear();
        let (twos, _) = coefficients.as_chunks::<2>();
        if bytes {
            // Where lower parts of all are too many for sixteen bits, those of a half of them may not be.
            for parts in [1, 2] {
                let step = twos.len().div_ceil(parts).max(1);
                self.sections
                    .extend(twos.chunks(step).enumerate().map_while(|(i, twos)| {
                        let shift = byte_shift(twos.as_flattened())?;
                        Some((i * step..i * step + twos.len(), shift))
                    }));
                if self.sections.last().is_some_and(|(pairs, _)| pairs.end == twos.len()) {
                    break;
                }
                self.sections.clear();
            }
        }
        if self.sections.is_empty() {
            self.pairs.extend(twos.iter().map(|&[a, b]| pair(a, b)));
        }
        for (pairs, shift) in &self.sections {
            self.pairs.extend(twos[pairs.clone()].iter().map(|twos| {
                let [(a, c), (b, d)] = twos.map(|k| parts(k, *shift));
                let [c, d] = [c, d].map(|lower| (lower as i8).cast_unsigned());
                [word(a, b), i32::from_ne_bytes([c, d, c, d])]
            }));
        }
    }
}

impl Gather {
    /// The axis again if a row sees too many.
    pub(crate) fn new(level: Level, axis: Axis) -> Result<Self, Axis> {
        if axis.most_taps() > MOST_TAPS {
            return Err(axis);
        }
        Ok(Self {
            axis,
            level,
            whole: Vec::new(),
            coefficients: RowCoefficients::default(),
        })
    }

    /// Rows of the window.
    pub(crate) fn rows(&self) -> usize {
        self.axis.taps().len()
    }

    /// Rows of the window that see no row of the source from `end` on.
    pub(crate) fn rows_that_end_by(&self, end: usize) -> usize {
        self.axis.taps().partition_point(|taps| taps.end <= end)
    }

    /// Row `row` of the window, from rows of the source that `line` gives, as long as it.
    pub(crate) fn row<'a>(&mut self, row: usize, line: impl Fn(usize) -> &'a [u8], to: &mut [u8]) {
        let taps = &self.axis.taps()[row];
        let even = (taps.end - taps.first).next_multiple_of(2);
        let mut lines: [&[u8]; MOST_TAPS] = [&[]; MOST_TAPS];
        for (i, to) in lines[..even].iter_mut().enumerate() {
            // One that does not count has the last one beside it.
            *to = line((taps.first + i).min(taps.end - 1));
        }
        self.whole.clear();
        self.axis
            .coefficients(taps, taps.first..taps.first + even, &mut self.whole);
        self.coefficients.set(&self.whole, multiplies_bytes(self.level));
        let (lines, coefficients) = (&lines[..even], &self.coefficients);
        dispatch!(self.level, simd => gather(simd, lines, coefficients, to));
    }
}

#[inline(never)]
fn gather<S: Simd>(simd: S, lines: &[&[u8]], coefficients: &RowCoefficients, to: &mut [u8]) {
    simd.vectorize(
        #[inline(always)]
        || {
            #[cfg(target_arch = "x86_64")]
            if let Some(token) = simd.level().as_avx512() {
                each_block(
                    lines,
                    to,
                    #[inline(always)]
                    |lines, x| by_wide_words(token, lines, x, &coefficients.pairs),
                );
                return;
            }
            if !coefficients.sections.is_empty() {
                each_block(
                    lines,
                    to,
                    #[inline(always)]
                    |lines, x| by_bytes(simd, lines, x, coefficients),
                );
            } else {
                each_block(
                    lines,
                    to,
                    #[inline(always)]
                    |lines, x| by_few_words(simd, lines, x, &coefficients.pairs),
                );
            }
        },
    );
}

/// Two rows, cut into blocks.
type RowPair<'a, const W: usize> = [&'a [[u8; W]]; 2];

/// Computes blocks of W columns; the last may be computed twice in part.
#[inline(always)]
fn each_block<const W: usize>(lines: &[&[u8]], to: &mut [u8], block: impl Fn(&[RowPair<'_, W>], usize) -> [u8; W]) {
    let pairs = lines.len() / 2;
    let mut cut: [RowPair<'_, W>; MOST_TAPS / 2] = [[&[]; 2]; MOST_TAPS / 2];
    for (cut, line) in cut.as_flattened_mut().iter_mut().zip(lines) {
        *cut = line.as_chunks().0;
    }
    let (whole, rest) = to.as_chunks_mut();
    for (i, to) in whole.iter_mut().enumerate() {
        *to = block(&cut[..pairs], i);
    }
    if rest.is_empty() {
        return;
    }
    // One that ends where the rows do. Rows that are shorter are filled up.
    let mut last = [[0; W]; MOST_TAPS];
    for ((last, cut), line) in last.iter_mut().zip(cut.as_flattened_mut()).zip(lines) {
        match line.last_chunk() {
            Some(chunk) => *last = *chunk,
            None => last[..line.len()].copy_from_slice(line),
        }
        *cut = std::slice::from_ref(last);
    }
    let block = block(&cut[..pairs], 0);
    match to.last_chunk_mut() {
        Some(to) => *to = block,
        None => to.copy_from_slice(&block[..to.len()]),
    }
}

/// Sums of 32 columns, lower parts multiplied as bytes.
#[inline(always)]
fn by_bytes<S: Simd>(simd: S, lines: &[RowPair<'_, 32>], x: usize, coefficients: &RowCoefficients) -> [u8; 32] {
    let zero = u8x32::splat(simd, 0);
    let mut sums = [i32x8::splat(simd, START); 4];
    for (pairs, shift) in &coefficients.sections {
        let mut upper = [i32x8::splat(simd, 0); 4];
        let mut lower = [i16x16::splat(simd, 0); 2];
        let lines = &lines[pairs.clone()];
        for ([up, low], [above, below]) in coefficients.pairs[pairs.clone()].iter().zip(lines) {
            let up: i16x16<S> = i32x8::splat(simd, *up).bitcast();
            let low: i8x32<S> = i32x8::splat(simd, *low).bitcast();
            let above = u8x32::from_slice(simd, &above[x]);
            let below = u8x32::from_slice(simd, &below[x]);
            let (first, second) = blocks::zip_bytes(simd, above, below);
            let ((a, b), (c, d)) = (
                blocks::zip_bytes(simd, first, zero),
                blocks::zip_bytes(simd, second, zero),
            );
            lower[0] = add_products(simd, lower[0], first, low);
            lower[1] = add_products(simd, lower[1], second, low);
            let pixels = [a, b, c, d];
            for i in 0..4 {
                let pixels: i16x16<S> = pixels[i].bitcast();
                upper[i] += pixels.pairwise_dot_product(up);
            }
        }
        for i in 0..2 {
            let (first, second) = blocks::widen(simd, lower[i]);
            sums[2 * i] += (upper[2 * i] << *shift) + first;
            sums[2 * i + 1] += (upper[2 * i + 1] << *shift) + second;
        }
    }
    blocks::bytes(simd, sums).into()
}

/// Sums of 64 columns.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn by_wide_words(
    token: fearless_simd::Avx512,
    lines: &[RowPair<'_, 64>],
    x: usize,
    pairs: &[CoefficientPair],
) -> [u8; 64] {
    use crate::axis::FRACTION;
    use fearless_simd::u8x64;
    use std::arch::x86_64::*;
    fearless_simd::kernel!(
        #[inline(always)]
        fn avx512(token: Avx512, lines: &[RowPair<'_, 64>], x: usize, pairs: &[CoefficientPair]) -> [u8; 64] {
            let zero = _mm512_setzero_si512();
            let mut upper = [zero; 4];
            let mut lower = [_mm512_set1_epi32(START); 4];
            for (pair, [above, below]) in pairs.iter().zip(lines) {
                let (up, low) = (_mm512_set1_epi32(pair[0]), _mm512_set1_epi32(pair[1]));
                let above: __m512i = u8x64::from_slice(token, &above[x]).into();
                let below: __m512i = u8x64::from_slice(token, &below[x]).into();
                let (first, second) = (_mm512_unpacklo_epi8(above, below), _mm512_unpackhi_epi8(above, below));
                let pixels = [
                    _mm512_unpacklo_epi8(first, zero),
                    _mm512_unpackhi_epi8(first, zero),
                    _mm512_unpacklo_epi8(second, zero),
                    _mm512_unpackhi_epi8(second, zero),
                ];
                for i in 0..4 {
                    upper[i] = _mm512_dpwssd_epi32(upper[i], pixels[i], up);
                    lower[i] = _mm512_dpwssd_epi32(lower[i], pixels[i], low);
                }
            }
            let mut sums = lower;
            for i in 0..4 {
                let sum = _mm512_add_epi32(lower[i], _mm512_slli_epi32::<LOWER>(upper[i]));
                sums[i] = _mm512_srai_epi32::<FRACTION>(sum);
            }
            let words = [
                _mm512_packs_epi32(sums[0], sums[1]),
                _mm512_packs_epi32(sums[2], sums[3]),
            ];
            (u8x64::simd_from(token, _mm512_packs_epi16(words[0], words[1])) ^ 128).into()
        }
    );
    avx512(token, lines, x, pairs)
}

/// Sums of 16 columns, for levels with few registers.
#[inline(always)]
fn by_few_words<S: Simd>(simd: S, lines: &[RowPair<'_, LANES>], x: usize, pairs: &[CoefficientPair]) -> [u8; LANES] {
    let mut upper = i32x16::splat(simd, 0);
    let mut lower = i32x16::splat(simd, START);
    for (pair, [above, below]) in pairs.iter().zip(lines) {
        let [up, low] = words(simd, pair);
        let above = u8x16::from_slice(simd, &above[x]);
        let below = u8x16::from_slice(simd, &below[x]);
        let (low_half, high_half) = above.zip_low(below).combine(above.zip_high(below)).widen();
        let pixels: i16x32<S> = low_half.combine(high_half).bitcast();
        upper += pixels.pairwise_dot_product(up);
        lower += pixels.pairwise_dot_product(low);
    }
    few_bytes(simd, lower + (upper << LOWER)).into()
}
