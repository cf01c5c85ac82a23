//! Pixels of logits, whose classes lie side by side, sixteen at a time, to planes, one of each class.

use crate::between::Mixture;
use crate::strips::StripRow;
use fearless_simd::{Simd, prelude::*};
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
                        |x, class| {
                            let Mixture { first, second, share } = columns[x];
                            let [first, second] = [first, second].map(
                                #[inline(always)]
                                |at| S::f32s::from_slice(simd, &pixels[at - self.first][class..][..S::f32s::LEN]),
                            );
                            second.mul_add(share, first * (1.0 - share))
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
                        |x, class| S::f32s::from_slice(simd, &pixels[x][class..][..S::f32s::LEN]),
                    );
                }
            },
        );
    }
}

/// The logits of `count` pixels to planes, as many pixels and classes at a time as a register has lanes: `pixel` gives those of classes from a
/// number on. What the planes have beyond them means nothing.
#[inline(always)]
fn turned<S: Simd>(simd: S, count: usize, planes: &mut [StripRow], pixel: impl Fn(usize, usize) -> S::f32s) {
    let lanes = S::f32s::LEN;
    for (block, planes) in planes.chunks_mut(lanes).enumerate() {
        for left in (0..count).step_by(lanes) {
            let mut vectors = [S::f32s::splat(simd, 0.0); LANES];
            for (lane, vector) in vectors.iter_mut().enumerate().take(lanes) {
                *vector = pixel((left + lane).min(count - 1), block * lanes);
            }
            transpose::<S>(&mut vectors);
            for (plane, vector) in planes.iter_mut().zip(vectors) {
                vector.store_slice(&mut plane[left..left + lanes]);
            }
        }
    }
}

/// Rows to columns, of as many vectors as one has lanes.
#[inline(always)]
fn transpose<S: Simd>(vectors: &mut [S::f32s; LANES]) {
    let lanes = S::f32s::LEN;
    for _ in 0..lanes.ilog2() {
        let before = *vectors;
        for i in 0..lanes / 2 {
            vectors[2 * i] = before[i].zip_low(before[i + lanes / 2]);
            vectors[2 * i + 1] = before[i].zip_high(before[i + lanes / 2]);
        }
    }
}
