//! Pixels of logits, whose classes lie side by side, sixteen at a time, to planes, one of each class.

use crate::between::Mixture;
use crate::strips::StripRow;
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_runtime::LANES;

/// Some columns of a row of logits: groups of 16 classes, of each the pixels.
#[derive(Clone, Copy)]
pub(crate) struct RowOfLogits<'l> {
    pub(crate) pixels: &'l [[f32; LANES]],
    /// Which column comes first.
    pub(crate) first: usize,
    pub(crate) columns: usize,
}

impl RowOfLogits<'_> {
    /// Pixels that lie between those of the row, a plane of each class.
    #[inline(never)]
    pub(crate) fn mixed<S: Simd>(self, simd: S, columns: &[Mixture], planes: &mut [StripRow]) {
        // Of one class fifteen lanes in sixteen are nothing.
        if let [plane] = &mut *planes {
            for (to, Mixture { first, second, share }) in plane.iter_mut().zip(columns) {
                let [first, second] = [first, second].map(|at| self.pixels[at - self.first][0]);
                *to = first * (1.0 - share) + second * share;
            }
            return;
        }
        simd.vectorize(
            #[inline(always)]
            || {
                for (pixels, planes) in self.pixels.chunks_exact(self.columns).zip(planes.chunks_mut(LANES)) {
                    turned(
                        simd,
                        columns.len(),
                        planes,
                        #[inline(always)]
                        |x| {
                            let Mixture { first, second, share } = columns[x];
                            let first = f32x16::from_slice(simd, &pixels[first - self.first]) * (1.0 - share);
                            let second = f32x16::from_slice(simd, &pixels[second - self.first]);
                            second.mul_add(f32x16::splat(simd, share), first)
                        },
                    );
                }
            },
        );
    }

    /// The same of pixels of the row themselves: `count` from column `left` on.
    #[inline(never)]
    pub(crate) fn plain<S: Simd>(self, simd: S, left: usize, count: usize, planes: &mut [StripRow]) {
        let left = left - self.first;
        if let [plane] = &mut *planes {
            for (to, pixel) in plane.iter_mut().zip(&self.pixels[left..left + count]) {
                *to = pixel[0];
            }
            return;
        }
        simd.vectorize(
            #[inline(always)]
            || {
                for (pixels, planes) in self.pixels.chunks_exact(self.columns).zip(planes.chunks_mut(LANES)) {
                    let pixels = &pixels[left..left + count];
                    turned(
                        simd,
                        count,
                        planes,
                        #[inline(always)]
                        |x| f32x16::from_slice(simd, &pixels[x]),
                    );
                }
            },
        );
    }
}

/// The logits of `count` pixels, each of which is a vector, to planes. What the planes have beyond them means nothing.
#[inline(always)]
fn turned<S: Simd>(simd: S, count: usize, planes: &mut [StripRow], pixel: impl Fn(usize) -> f32x16<S>) {
    for left in (0..count).step_by(LANES) {
        let mut vectors = [f32x16::splat(simd, 0.0); LANES];
        for (lane, vector) in vectors.iter_mut().enumerate() {
            *vector = pixel((left + lane).min(count - 1));
        }
        for (plane, vector) in planes.iter_mut().zip(transposed(vectors)) {
            vector.store_slice(&mut plane[left..left + LANES]);
        }
    }
}

/// Rows to columns.
#[inline(always)]
fn transposed<S: Simd>(mut vectors: [f32x16<S>; LANES]) -> [f32x16<S>; LANES] {
    for _ in 0..4 {
        let before = vectors;
        for i in 0..LANES / 2 {
            vectors[2 * i] = before[i].zip_low(before[i + LANES / 2]);
            vectors[2 * i + 1] = before[i].zip_high(before[i + LANES / 2]);
        }
    }
    vectors
}
