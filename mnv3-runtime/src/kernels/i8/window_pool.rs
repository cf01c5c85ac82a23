//! Pools over windows of a map of bytes, whose scales stay: maxima, or means rounded half to even.

use super::dot::Pixel;
use crate::kernels::WindowPool;
use crate::kernels::each::each;
use mnv3_ir::{LANES, groups};

/// `input` and `output` are whole maps.
pub(super) fn run(pool: &WindowPool, input: &[Pixel], output: &mut [Pixel]) {
    let ([_, w], [oh, ow], all) = (pool.input, pool.output, groups(pool.channels));
    let share = 1.0 / (pool.kernel[0] * pool.kernel[1]) as f32;
    for y in 0..oh {
        for g in 0..all {
            for x in 0..ow {
                let rows = (0..pool.kernel[0]).map(|ky| ((y * pool.stride[0] + ky) * all + g) * w + x * pool.stride[1]);
                let pixels = rows.flat_map(|start| &input[start..][..pool.kernel[1]]);
                let to = &mut output[(y * all + g) * ow + x];
                if pool.max {
                    *to = pixels.fold([0; LANES], |most, pixel| each(|c| pixel[c].max(most[c])));
                } else {
                    let add = |sums: [u32; LANES], pixel: &Pixel| each(|c| sums[c] + u32::from(pixel[c]));
                    let sums = pixels.fold([0; LANES], add);
                    *to = sums.map(|sum| (sum as f32 * share).round_ties_even().clamp(0.0, 255.0) as u8);
                }
            }
        }
    }
}
