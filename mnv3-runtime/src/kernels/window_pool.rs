//! Pools over windows of a map, without padding.

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
                let mut state = f32x16::splat(simd, if max { f32::NEG_INFINITY } else { 0.0 });
                for ky in 0..kh {
                    let first = ((y * sh + ky) * groups + g) * w + x * sw;
                    for pixel in &input[first..first + kw] {
                        let pixel = f32x16::from_slice(simd, pixel);
                        state = if max { state.max(pixel) } else { state + pixel };
                    }
                }
                let state = if max { state } else { state * share };
                state.store_slice(out);
            }
        },
    );
}
