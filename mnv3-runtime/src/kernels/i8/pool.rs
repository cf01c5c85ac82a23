//! What needs all pixels of a map: means, maxima, and gates.

use super::dot::{Dot, Pixel};
use fearless_simd::{f32x16, i32x16, prelude::*};
use mnv3_ir::LANES;

/// Scales and zero points of a map, `[padded(channels)]` each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scales<'a> {
    pub(crate) scale: &'a [f32],
    pub(crate) zero: &'a [i32],
}

impl Scales<'_> {
    /// What a byte of a channel means.
    pub(crate) fn number(&self, channel: usize, byte: u8) -> f32 {
        (i32::from(byte) - self.zero[channel]) as f32 * self.scale[channel]
    }
}

/// The mean of every channel of a map of `h x w` pixels, from its exact sum.
#[inline(never)]
pub(super) fn mean<S: Dot>(simd: S, [h, w]: [usize; 2], map: &[Pixel], scales: Scales<'_>, means: &mut [f32]) {
    let means = means.as_chunks_mut::<LANES>().0;
    let groups = means.len();
    simd.vectorize(
        #[inline(always)]
        || {
            let ones = simd.weights(&[1; 4 * LANES]);
            let pixels = (h * w) as i32;
            for (g, to) in means.iter_mut().enumerate() {
                let mut sum = i32x16::splat(simd, 0);
                for y in 0..h {
                    let (fours, rest) = map[(y * groups + g) * w..][..w].as_chunks::<4>();
                    for four in fours {
                        sum = simd.dot(sum, simd.interleave(four), ones);
                    }
                    if !rest.is_empty() {
                        let mut four = [[0; LANES]; 4];
                        for (to, pixel) in four.iter_mut().zip(rest) {
                            *to = *pixel;
                        }
                        sum = simd.dot(sum, simd.interleave(&four), ones);
                    }
                }
                let zero = i32x16::from_slice(simd, &scales.zero[g * LANES..][..LANES]);
                let above: f32x16<S> = (sum - zero * i32x16::splat(simd, pixels)).to_float();
                let share = f32x16::from_slice(simd, &scales.scale[g * LANES..][..LANES]);
                (above * (share / f32x16::splat(simd, pixels as f32))).store_slice(to);
            }
        },
    );
}

/// The maximum of every channel of a map of `w` pixels a row.
pub(super) fn max(w: usize, map: &[Pixel], scales: Scales<'_>, most: &mut [f32]) {
    let groups = most.len() / LANES;
    for (g, to) in most.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut bytes = [0u8; LANES];
        let rows = map.chunks_exact(groups * w).map(|row| &row[g * w..][..w]);
        for pixel in rows.flatten() {
            for (most, byte) in bytes.iter_mut().zip(pixel) {
                *most = (*most).max(*byte);
            }
        }
        for (lane, to) in to.iter_mut().enumerate() {
            *to = scales.number(g * LANES + lane, bytes[lane]);
        }
    }
}

/// A row of `[groups][w][16]` bytes times the gate of each channel, in steps of another scale, in its place.
#[inline(never)]
pub(super) fn gate<S: Dot>(simd: S, w: usize, row: &mut [Pixel], from: &[i32], factors: &[f32], to: &[f32]) {
    simd.vectorize(
        #[inline(always)]
        || {
            for (g, pixels) in row.chunks_exact_mut(w).enumerate() {
                let at = g * LANES;
                let from: f32x16<S> = i32x16::from_slice(simd, &from[at..][..LANES]).to_float();
                let factor = f32x16::from_slice(simd, &factors[at..][..LANES]);
                let to: i32x16<S> = f32x16::from_slice(simd, &to[at..][..LANES]).to_int();
                let (fours, rest) = pixels.as_chunks_mut::<4>();
                for four in fours {
                    *four = simd.saturate([
                        scaled(simd, &four[0], from, factor, to),
                        scaled(simd, &four[1], from, factor, to),
                        scaled(simd, &four[2], from, factor, to),
                        scaled(simd, &four[3], from, factor, to),
                    ]);
                }
                for pixel in rest {
                    *pixel = simd.saturate([scaled(simd, pixel, from, factor, to); 4])[0];
                }
            }
        },
    );
}

#[inline(always)]
fn scaled<S: Dot>(simd: S, pixel: &Pixel, from: f32x16<S>, factor: f32x16<S>, to: i32x16<S>) -> i32x16<S> {
    simd.round((simd.widen(pixel) - from) * factor) + to
}
