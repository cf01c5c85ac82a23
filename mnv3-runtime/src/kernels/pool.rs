//! Global pools: a map to one number a channel.

use super::sum::{self, CompensatedSum, RUN};
use super::underflow::settled_number;
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::{LANES, padded};

/// The sum of every channel over the pixels of one row: `[groups][width][16]` to `[groups][16]`.
#[inline(never)]
pub(super) fn sum_row<S: Simd>(simd: S, row: &[f32], width: usize, sums: &mut [f32]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let groups = row.as_chunks::<LANES>().0.chunks_exact(width);
            for (to, pixels) in sums.as_chunks_mut::<LANES>().0.iter_mut().zip(groups) {
                sum::row(simd, pixels).store_slice(to);
            }
        },
    );
}

/// The sum of every channel over all rows of `[groups][16]`, taken in their order; `lost` and `run` are scratch of the
/// same size.
#[inline(never)]
pub(super) fn sum_rows<'r, S: Simd>(
    simd: S,
    rows: impl Iterator<Item = &'r [f32]>,
    sums: &mut [f32],
    lost: &mut [f32],
    run: &mut [f32],
) {
    let sums = sums.as_chunks_mut::<LANES>().0;
    let (lost, run) = (lost.as_chunks_mut::<LANES>().0, run.as_chunks_mut::<LANES>().0);
    sums.fill([0.0; LANES]);
    lost.fill([0.0; LANES]);
    simd.vectorize(
        #[inline(always)]
        || {
            let mut in_run = 0;
            for row in rows {
                let row = row.as_chunks::<LANES>().0;
                if in_run == RUN {
                    end_run(simd, sums, lost, run);
                    in_run = 0;
                }
                if in_run == 0 {
                    run.copy_from_slice(row);
                } else {
                    for (x, run) in row.iter().zip(&mut *run) {
                        (f32x16::from_slice(simd, run) + f32x16::from_slice(simd, x)).store_slice(run);
                    }
                }
                in_run += 1;
            }
            end_run(simd, sums, lost, run);
            for (sum, lost) in sums.iter_mut().zip(lost) {
                CompensatedSum::load(simd, sum, lost).value().store_slice(sum);
            }
        },
    );
}

#[inline(always)]
fn end_run<S: Simd>(simd: S, sums: &mut [[f32; LANES]], lost: &mut [[f32; LANES]], run: &[[f32; LANES]]) {
    for ((sum, lost), run) in sums.iter_mut().zip(lost).zip(run) {
        let mut all = CompensatedSum::load(simd, sum, lost);
        all.add(f32x16::from_slice(simd, run));
        all.store(sum, lost);
    }
}

/// Mean over all pixels of a map.
#[inline(never)]
pub(super) fn avg<S: Simd>(simd: S, [h, w]: [usize; 2], channels: usize, input: &[f32], output: &mut [f32]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let groups = padded(channels) / LANES;
            let input = input.as_chunks::<LANES>().0;
            for (g, to) in output.as_chunks_mut::<LANES>().0.iter_mut().enumerate().take(groups) {
                let mut sum = CompensatedSum::zero(simd);
                for y in 0..h {
                    sum.add_pixels(simd, &input[(y * groups + g) * w..][..w]);
                }
                sum.value().store_slice(to);
            }
        },
    );
    scale(output, h * w);
}

/// Divides sums by the number of pixels.
pub(super) fn scale(sums: &mut [f32], pixels: usize) {
    let share = 1.0 / pixels as f32;
    for sum in sums {
        *sum = settled_number(*sum * share);
    }
}

/// Maximum over all pixels of a map; NaN where one of them is.
#[inline(never)]
pub(super) fn max<S: Simd>(simd: S, [h, w]: [usize; 2], channels: usize, input: &[f32], output: &mut [f32]) {
    output.fill(f32::NEG_INFINITY);
    simd.vectorize(
        #[inline(always)]
        || {
            let rows = input.as_chunks::<LANES>().0.chunks_exact(w * padded(channels) / LANES);
            for row in rows.take(h) {
                for (to, pixels) in output.as_chunks_mut::<LANES>().0.iter_mut().zip(row.chunks_exact(w)) {
                    let mut most = f32x16::from_slice(simd, to);
                    for pixel in pixels {
                        most = maximum(most, f32x16::from_slice(simd, pixel));
                    }
                    most.store_slice(to);
                }
            }
        },
    );
}

/// The larger number, and NaN where either is.
#[inline(always)]
pub(super) fn maximum<S: Simd>(a: f32x16<S>, b: f32x16<S>) -> f32x16<S> {
    // A comparison with NaN is false: NaN in `b` is taken at once, NaN in `a` is kept.
    let larger = a.simd_ge(b).select(a, b);
    a.simd_eq(a).select(larger, a)
}
