//! The speed limit: multiply-adds on registers alone, in the vectors of a SIMD level.

use fearless_simd::{Level, Simd, SimdBase, dispatch, prelude::*};
use std::hint::black_box;
use std::time::Instant;

/// Independent sums: enough to hide the latency of two units, few enough for sixteen registers.
const SUMS: usize = 12;
/// Multiply-adds of each lane of each sum in one burst of a few tenths of a millisecond.
const STEPS: usize = 1 << 17;

/// Floating-point operations per second of one burst, two to a multiply-add.
///
/// For `mnv3 bench`, which is not optimised itself.
#[must_use]
pub fn peak(level: Level) -> f64 {
    let start = Instant::now();
    let (sum, lanes) = dispatch!(level, simd => burst(simd));
    black_box(sum);
    (2 * SUMS * STEPS * lanes) as f64 / start.elapsed().as_secs_f64()
}

/// A sum that depends on every step, and the number of lanes.
#[inline(always)]
fn burst<S: Simd>(simd: S) -> (f32, usize) {
    simd.vectorize(
        #[inline(always)]
        || {
            let factor = S::f32s::splat(simd, black_box(0.999));
            let addend = S::f32s::splat(simd, black_box(0.001));
            let mut sums = [S::f32s::splat(simd, black_box(1.0)); SUMS];
            for _ in 0..STEPS {
                for sum in &mut sums {
                    *sum = sum.mul_add(factor, addend);
                }
            }
            (sums.iter().map(|sum| sum.as_slice()[0]).sum(), S::f32s::LEN)
        },
    )
}
