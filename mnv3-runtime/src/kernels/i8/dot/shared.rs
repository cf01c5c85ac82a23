//! What levels without instructions of their own have in common.

use super::Pixel;
use crate::kernels::each::each;
use fearless_simd::{Simd, f32x16, i32x16, prelude::*};
use mnv3_ir::LANES;

/// Adding 1.5 * 2^23 leaves no digits behind the point; the sum is rounded half to even.
#[inline(always)]
pub(super) fn round<S: Simd>(simd: S, x: f32x16<S>) -> i32x16<S> {
    const WHOLE: f32 = 12_582_912.0;
    let most = f32x16::splat(simd, 1024.0);
    let (x, whole) = (x.max(-most).min(most), f32x16::splat(simd, WHOLE));
    (x + whole - whole).to_int()
}

#[inline(always)]
pub(super) fn saturate<S: Simd>(simd: S, pixels: [i32x16<S>; 4]) -> [Pixel; 4] {
    let (least, most) = (i32x16::splat(simd, 0), i32x16::splat(simd, 255));
    let mut bytes = [[0; LANES]; 4];
    for p in 0..4 {
        let lanes: [i32; LANES] = pixels[p].max(least).min(most).into();
        for lane in 0..LANES {
            bytes[p][lane] = lanes[lane] as u8;
        }
    }
    bytes
}

#[inline(always)]
pub(super) fn widen<S: Simd>(simd: S, pixel: &Pixel) -> f32x16<S> {
    let lanes: [f32; LANES] = each(
        #[inline(always)]
        |lane| f32::from(pixel[lane]),
    );
    f32x16::from_slice(simd, &lanes)
}
