//! For levels without an instruction of their own, lane by lane, for the compiler to make vectors of: on x86-64 only for tests.

use super::pairs::{PairWeights, by_pairs};
use super::{Dot, Panel, Pixel, Quad};
use crate::kernels::each::each;
use fearless_simd::{Simd, f32x16, i32x16, prelude::*};
use mnv3_ir::LANES;

/// For levels without an instruction of their own: on x86-64 only for tests.
macro_rules! plain {
    ($level:ty) => {
        impl Dot for $level {
            type Quads = [Quad; LANES];
            type Weights = Panel;

            by_pairs!(add_pairs);

            #[inline(always)]
            fn splat(self, quad: Quad) -> [Quad; LANES] {
                [quad; LANES]
            }

            #[inline(always)]
            fn interleave(self, pixels: &[Pixel; 4]) -> [Quad; LANES] {
                interleave(pixels)
            }

            #[inline(always)]
            fn weights(self, panel: &Panel) -> Panel {
                *panel
            }

            #[inline(always)]
            fn dot(self, sums: i32x16<Self>, inputs: [Quad; LANES], weights: Panel) -> i32x16<Self> {
                i32x16::from_slice(self, &lanes_dot(sums.into(), &inputs, &weights))
            }

            #[inline(always)]
            fn round(self, x: f32x16<Self>) -> i32x16<Self> {
                round(self, x)
            }

            #[inline(always)]
            fn saturate(self, pixels: [i32x16<Self>; 4], zero: i32x16<Self>) -> [Pixel; 4] {
                saturate(self, pixels, zero)
            }

            #[inline(always)]
            fn widen(self, pixel: &Pixel) -> f32x16<Self> {
                widen(self, pixel)
            }
        }
    };
}

// Which x86-64 and aarch64 have for tests alone, and WebAssembly with simd128 not at all.
#[cfg(all(
    any(test, not(target_arch = "aarch64")),
    not(all(target_arch = "wasm32", target_feature = "simd128"))
))]
plain!(fearless_simd::Fallback);
#[cfg(target_arch = "aarch64")]
plain!(fearless_simd::aarch64::Neon);
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
plain!(fearless_simd::wasm32::WasmSimd128);

#[inline(always)]
fn interleave(pixels: &[Pixel; 4]) -> [Quad; LANES] {
    each(
        #[inline(always)]
        |c| [pixels[0][c], pixels[1][c], pixels[2][c], pixels[3][c]],
    )
}

#[inline(always)]
fn lanes_dot(mut sums: [i32; LANES], inputs: &[Quad; LANES], weights: &Panel) -> [i32; LANES] {
    for lane in 0..LANES {
        for i in 0..4 {
            sums[lane] += i32::from(inputs[lane][i]) * i32::from(weights[4 * lane + i]);
        }
    }
    sums
}

#[inline(always)]
fn add_pairs<S: Simd>(simd: S, sums: i32x16<S>, pair: u32, weights: &PairWeights, _: bool) -> i32x16<S> {
    let mut sums: [i32; LANES] = sums.into();
    let [first, second] = [pair as i32 & 0xffff, pair as i32 >> 16];
    for lane in 0..LANES {
        sums[lane] += first * i32::from(weights[2 * lane]) + second * i32::from(weights[2 * lane + 1]);
    }
    i32x16::from_slice(simd, &sums)
}

/// Adding 1.5 * 2^23 leaves no digits behind the point; the sum is rounded half to even.
#[inline(always)]
fn round<S: Simd>(simd: S, x: f32x16<S>) -> i32x16<S> {
    const WHOLE: f32 = 12_582_912.0;
    let most = f32x16::splat(simd, 1024.0);
    let (x, whole) = (x.max(-most).min(most), f32x16::splat(simd, WHOLE));
    (x + whole - whole).to_int()
}

#[inline(always)]
fn saturate<S: Simd>(simd: S, pixels: [i32x16<S>; 4], zero: i32x16<S>) -> [Pixel; 4] {
    let (least, most) = (i32x16::splat(simd, 0), i32x16::splat(simd, 255));
    let mut bytes = [[0; LANES]; 4];
    for p in 0..4 {
        let lanes: [i32; LANES] = (pixels[p] + zero).max(least).min(most).into();
        for lane in 0..LANES {
            bytes[p][lane] = lanes[lane] as u8;
        }
    }
    bytes
}

#[inline(always)]
fn widen<S: Simd>(simd: S, pixel: &Pixel) -> f32x16<S> {
    let lanes: [f32; LANES] = each(
        #[inline(always)]
        |lane| f32::from(pixel[lane]),
    );
    f32x16::from_slice(simd, &lanes)
}
