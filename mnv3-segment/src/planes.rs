//! Pixels of logits, sixteen of which lie side by side for each class, to planes, one of each class.

use crate::between::Mixture;
use crate::strips::StripRow;
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_runtime::{LANES, MapView};

/// Logits as they lie in memory: rows of groups of 16 classes of columns.
#[derive(Clone, Copy)]
pub(crate) struct LogitRows<'l> {
    pixels: &'l [[f32; LANES]],
    columns: usize,
    groups: usize,
}

impl<'l> LogitRows<'l> {
    /// None of a map without numbers.
    pub(crate) fn new(logits: MapView<'l>) -> Option<Self> {
        let [h, w, c] = logits.shape;
        let (pixels, groups) = (logits.floats().as_chunks().0, c.div_ceil(LANES));
        let there = !pixels.is_empty() && pixels.len() == h * groups * w;
        there.then_some(Self {
            pixels,
            columns: w,
            groups,
        })
    }

    /// The columns of each group of a row.
    fn row(&self, y: usize) -> impl Iterator<Item = &'l [[f32; LANES]]> {
        self.pixels[y * self.groups * self.columns..][..self.groups * self.columns].chunks_exact(self.columns)
    }

    /// Row `y` of each plane, of pixels that lie between those of the logits.
    #[inline(never)]
    pub(crate) fn mixed<S: Simd>(&self, simd: S, y: usize, columns: &[Mixture], planes: &mut [StripRow]) {
        // Of one class fifteen lanes in sixteen are nothing.
        if let ([plane], Some(pixels)) = (&mut *planes, self.row(y).next()) {
            for (to, Mixture { first, second, share }) in plane.iter_mut().zip(columns) {
                *to = pixels[*first][0] * (1.0 - share) + pixels[*second][0] * share;
            }
            return;
        }
        simd.vectorize(
            #[inline(always)]
            || {
                for (pixels, planes) in self.row(y).zip(planes.chunks_mut(LANES)) {
                    turned(
                        simd,
                        columns.len(),
                        planes,
                        #[inline(always)]
                        |x| {
                            let Mixture { first, second, share } = columns[x];
                            let first = f32x16::from_slice(simd, &pixels[first]) * (1.0 - share);
                            f32x16::from_slice(simd, &pixels[second]).mul_add(f32x16::splat(simd, share), first)
                        },
                    );
                }
            },
        );
    }

    /// The same of `count` pixels of the logits themselves, from column `left` on.
    #[inline(never)]
    pub(crate) fn plain<S: Simd>(&self, simd: S, [y, left]: [usize; 2], count: usize, planes: &mut [StripRow]) {
        if let ([plane], Some(pixels)) = (&mut *planes, self.row(y).next()) {
            for (to, pixel) in plane.iter_mut().zip(&pixels[left..left + count]) {
                *to = pixel[0];
            }
            return;
        }
        simd.vectorize(
            #[inline(always)]
            || {
                for (pixels, planes) in self.row(y).zip(planes.chunks_mut(LANES)) {
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
