//! Sums over many pixels that lose no digits, however many there are.
//!
//! Numbers are added in runs of eight, and the runs with what every addition has lost (Knuth's two-sum; Neumaier 1974), so
//! that only the runs and the ends are rounded. A mean is off by at most 18 roundings, 1e-6 of the mean of magnitudes, in a
//! map of any size: 8 in a row of pixels, 8 over the rows, 2 for the share.

use super::underflow::settled;
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::LANES;

/// Numbers that are added before their sum is added to the others.
pub(super) const RUN: usize = 8;

/// A sum, and what its roundings have lost.
#[derive(Clone, Copy)]
pub(super) struct CompensatedSum<S: Simd> {
    sum: f32x16<S>,
    lost: f32x16<S>,
}

impl<S: Simd> CompensatedSum<S> {
    /// The sum of nothing.
    #[inline(always)]
    pub(super) fn zero(simd: S) -> Self {
        let zero = f32x16::splat(simd, 0.0);
        Self { sum: zero, lost: zero }
    }

    /// What [`store`](Self::store) wrote.
    #[inline(always)]
    pub(super) fn load(simd: S, sum: &[f32; LANES], lost: &[f32; LANES]) -> Self {
        Self {
            sum: load(simd, sum),
            lost: load(simd, lost),
        }
    }

    #[inline(always)]
    pub(super) fn store(self, sum: &mut [f32; LANES], lost: &mut [f32; LANES]) {
        self.sum.store_slice(sum);
        self.lost.store_slice(lost);
    }

    #[inline(always)]
    pub(super) fn add(&mut self, x: f32x16<S>) {
        let sum = self.sum + x;
        let added = sum - self.sum;
        self.lost += (self.sum - (sum - added)) + (x - added);
        self.sum = sum;
    }

    /// Neighbouring pixels.
    #[inline(always)]
    pub(super) fn add_pixels(&mut self, simd: S, pixels: &[[f32; LANES]]) {
        let (runs, rest) = pixels.as_chunks::<RUN>();
        for [a, b, c, d, e, f, g, h] in runs {
            let left = (load(simd, a) + load(simd, b)) + (load(simd, c) + load(simd, d));
            let right = (load(simd, e) + load(simd, f)) + (load(simd, g) + load(simd, h));
            self.add(settled(simd, left + right));
        }
        if !rest.is_empty() {
            self.add(settled(simd, run(simd, rest)));
        }
    }

    /// The sum. What infinity has lost is no number, and does not count.
    #[inline(always)]
    pub(super) fn value(self) -> f32x16<S> {
        let lost = self.lost;
        lost.simd_eq(lost).select(self.sum + lost, self.sum)
    }
}

/// The sum of a row of pixels.
#[inline(always)]
pub(super) fn row<S: Simd>(simd: S, pixels: &[[f32; LANES]]) -> f32x16<S> {
    match pixels.len() {
        // Two runs need nothing kept.
        0..=RUN => settled(simd, run(simd, pixels)),
        n if n <= 2 * RUN => {
            let (left, right) = pixels.split_at(n / 2);
            settled(simd, run(simd, left) + run(simd, right))
        }
        _ => {
            let mut sum = CompensatedSum::zero(simd);
            sum.add_pixels(simd, pixels);
            sum.value()
        }
    }
}

/// One after the other.
#[inline(always)]
fn run<S: Simd>(simd: S, pixels: &[[f32; LANES]]) -> f32x16<S> {
    match pixels {
        [] => f32x16::splat(simd, 0.0),
        [first, others @ ..] => {
            let mut sum = load(simd, first);
            for pixel in others {
                sum += load(simd, pixel);
            }
            sum
        }
    }
}

#[inline(always)]
fn load<S: Simd>(simd: S, pixel: &[f32; LANES]) -> f32x16<S> {
    f32x16::from_slice(simd, pixel)
}
