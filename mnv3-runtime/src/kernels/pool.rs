//! Global pools: a map to one number a channel.

use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::{LANES, padded};

/// Adds the pixels of one row, `[groups][width][16]`, to `sums`, `[groups][16]`.
pub(super) fn add_row<S: Simd>(simd: S, row: &[f32], width: usize, sums: &mut [f32]) {
    fold_row(
        simd,
        row,
        width,
        sums,
        #[inline(always)]
        |a, b| a + b,
    );
}

/// Mean over all pixels of a map.
pub(super) fn avg<S: Simd>(simd: S, [h, w]: [usize; 2], channels: usize, input: &[f32], output: &mut [f32]) {
    output.fill(0.0);
    for row in input.chunks_exact(w * padded(channels)).take(h) {
        add_row(simd, row, w, output);
    }
    scale(output, h * w);
}

/// Divides sums by the number of pixels.
pub(super) fn scale(sums: &mut [f32], pixels: usize) {
    let share = 1.0 / pixels as f32;
    for sum in sums {
        *sum *= share;
    }
}

/// Maximum over all pixels of a map.
pub(super) fn max<S: Simd>(simd: S, [h, w]: [usize; 2], channels: usize, input: &[f32], output: &mut [f32]) {
    output.fill(f32::NEG_INFINITY);
    for row in input.chunks_exact(w * padded(channels)).take(h) {
        fold_row(
            simd,
            row,
            w,
            output,
            #[inline(always)]
            |a, b| a.max(b),
        );
    }
}

#[inline(never)]
fn fold_row<S: Simd>(
    simd: S,
    row: &[f32],
    width: usize,
    state: &mut [f32],
    fold: impl Fn(f32x16<S>, f32x16<S>) -> f32x16<S>,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let groups = row.as_chunks::<LANES>().0.chunks_exact(width);
            for (state, pixels) in state.as_chunks_mut::<LANES>().0.iter_mut().zip(groups) {
                let mut folded = f32x16::from_slice(simd, state);
                for pixel in pixels {
                    folded = fold(folded, f32x16::from_slice(simd, pixel));
                }
                folded.store_slice(state);
            }
        },
    );
}
