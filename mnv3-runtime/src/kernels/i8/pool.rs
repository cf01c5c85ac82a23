//! What needs all pixels of a map: means, maxima, and gates.

use super::dot::{Dot, Pixel, Rows};
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

/// The mean of every channel of a map of `pixels` pixels in runs of `run`, as long as there are so many left: run `y` of group `g`
/// begins where row `y` of it does.
#[inline(never)]
pub(super) fn mean<S: Dot>(
    simd: S,
    [pixels, run]: [usize; 2],
    map: Rows<'_, Pixel>,
    scales: Scales<'_>,
    means: &mut [f32],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let ones = simd.weights(&[1; 4 * LANES]);
            for (g, to) in means.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                let mut sums = [i32x16::splat(simd, 0); 4];
                for y in 0..pixels.div_ceil(run) {
                    let run = &map.pixels[y * map.row + g * map.group..][..run.min(pixels - y * run)];
                    // Several sums, so that additions need not wait for each other.
                    let (many, rest) = run.as_chunks::<16>();
                    for pixels in many {
                        let (fours, _) = pixels.as_chunks::<4>();
                        for i in 0..4 {
                            sums[i] = simd.dot(sums[i], simd.interleave(&fours[i]), ones);
                        }
                    }
                    let (fours, rest) = rest.as_chunks::<4>();
                    for four in fours {
                        sums[0] = simd.dot(sums[0], simd.interleave(four), ones);
                    }
                    if !rest.is_empty() {
                        let mut four = [[0; LANES]; 4];
                        for (to, pixel) in four.iter_mut().zip(rest) {
                            *to = *pixel;
                        }
                        sums[1] = simd.dot(sums[1], simd.interleave(&four), ones);
                    }
                }
                let sum = sums[0] + sums[1] + (sums[2] + sums[3]);
                let zero = i32x16::from_slice(simd, &scales.zero[g * LANES..][..LANES]);
                let above: f32x16<S> = (sum - zero * i32x16::splat(simd, pixels as i32)).to_float();
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

/// The 16 channels of a group, in every pixel, times the gate of each, in steps of another scale, in their place.
#[inline(never)]
pub(super) fn gate<S: Dot>(
    simd: S,
    pixels: &mut [Pixel],
    from: &[i32; LANES],
    factors: &[f32; LANES],
    to: &[f32; LANES],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let from: f32x16<S> = i32x16::from_slice(simd, from).to_float();
            let factor = f32x16::from_slice(simd, factors);
            let to: i32x16<S> = f32x16::from_slice(simd, to).to_int();
            let (fours, rest) = pixels.as_chunks_mut::<4>();
            for four in fours {
                let scaled = [
                    scaled(simd, &four[0], from, factor),
                    scaled(simd, &four[1], from, factor),
                    scaled(simd, &four[2], from, factor),
                    scaled(simd, &four[3], from, factor),
                ];
                *four = simd.saturate(scaled, to);
            }
            for pixel in rest {
                *pixel = simd.saturate([scaled(simd, pixel, from, factor); 4], to)[0];
            }
        },
    );
}

#[inline(always)]
fn scaled<S: Dot>(simd: S, pixel: &Pixel, from: f32x16<S>, factor: f32x16<S>) -> i32x16<S> {
    simd.round((simd.widen(pixel) - from) * factor)
}
