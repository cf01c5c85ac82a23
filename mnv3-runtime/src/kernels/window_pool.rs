//! Pools over windows of a map, without padding.

use super::pool::maximum;
use super::sum::CompensatedSum;
use super::underflow;
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::{LANES, padded};

/// What lies where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowPool {
    pub(crate) input: [usize; 2],
    pub(crate) output: [usize; 2],
    pub(crate) channels: usize,
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    /// Maximum rather than mean.
    pub(crate) max: bool,
}

/// `input` map to `output` map.
#[inline(never)]
pub(super) fn run<S: Simd>(simd: S, pool: &WindowPool, input: &[f32], output: &mut [f32]) {
    let WindowPool {
        input: [_, w],
        output: [oh, ow],
        channels,
        kernel: [kh, kw],
        stride: [sh, sw],
        max,
    } = *pool;
    let groups = padded(channels) / LANES;
    let input = input.as_chunks::<LANES>().0;
    let output = &mut output.as_chunks_mut::<LANES>().0[..oh * groups * ow];
    simd.vectorize(
        #[inline(always)]
        || {
            let share = f32x16::splat(simd, 1.0 / (kh * kw) as f32);
            for (i, out) in output.iter_mut().enumerate() {
                let (y, g, x) = (i / (groups * ow), i / ow % groups, i % ow);
                let rows = (0..kh).map(
                    #[inline(always)]
                    |ky| &input[((y * sh + ky) * groups + g) * w + x * sw..][..kw],
                );
                let state = if max {
                    let mut most = f32x16::splat(simd, f32::NEG_INFINITY);
                    for row in rows {
                        for pixel in row {
                            most = maximum(most, f32x16::from_slice(simd, pixel));
                        }
                    }
                    most
                } else {
                    let mut sum = CompensatedSum::zero(simd);
                    for row in rows {
                        sum.add_pixels(simd, row);
                    }
                    underflow::settled(simd, sum.value() * share)
                };
                state.store_slice(out);
            }
        },
    );
}
