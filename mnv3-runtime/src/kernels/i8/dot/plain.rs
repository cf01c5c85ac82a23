//! For levels without an instruction of their own, lane by lane, for the compiler to make vectors of: on x86-64 only for tests.

use super::{Dot, Panel, Pixel, Quad, shared};
use crate::kernels::each::each;
use fearless_simd::{f32x16, i32x16, prelude::*};
use mnv3_ir::LANES;

/// For levels without an instruction of their own: on x86-64 only for tests.
macro_rules! plain {
    ($level:ty) => {
        impl Dot for $level {
            type Quads = [Quad; LANES];
            type Weights = Panel;

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
                shared::round(self, x)
            }

            #[inline(always)]
            fn saturate(self, pixels: [i32x16<Self>; 4]) -> [Pixel; 4] {
                shared::saturate(self, pixels)
            }

            #[inline(always)]
            fn widen(self, pixel: &Pixel) -> f32x16<Self> {
                shared::widen(self, pixel)
            }
        }
    };
}

// Which x86-64 and aarch64 have for tests alone, and WebAssembly with simd128 not at all.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
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
