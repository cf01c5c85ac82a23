//! What the levels differ in: products of four bytes each, summed into 16 lanes; rounding; and saturation to bytes.
//!
//! All of it is exact or rounded as docs/int8.md says, so that every level gives the same bits. [`Quads`](Dot::Quads) are the
//! inputs of 16 lanes, [`Weights`](Dot::Weights) the weights, four bytes for each lane, in the form that a level multiplies.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(test, not(target_arch = "x86_64")))]
mod plain;
mod shared;
#[cfg(target_arch = "x86_64")]
mod sse2;

use fearless_simd::{Simd, f32x16, i32x16};
use mnv3_ir::LANES;

/// Four inputs of one lane.
pub(in crate::kernels) type Quad = [u8; 4];
/// Four weights for each of 16 lanes: `[16][4]`.
pub(in crate::kernels) type Panel = [i8; 4 * LANES];
/// 16 channels of a pixel.
pub(in crate::kernels) type Pixel = [u8; LANES];

/// Integer arithmetic of a level.
pub(in crate::kernels) trait Dot: Simd {
    type Quads: Copy;
    type Weights: Copy;
    /// The same four inputs for all lanes.
    fn splat(self, quad: Quad) -> Self::Quads;
    /// For lane `c` channel `c` of four pixels.
    fn interleave(self, pixels: &[Pixel; 4]) -> Self::Quads;
    fn weights(self, panel: &Panel) -> Self::Weights;
    /// Adds four products to each lane.
    fn dot(self, sums: i32x16<Self>, inputs: Self::Quads, weights: Self::Weights) -> i32x16<Self>;
    /// To the nearest whole number, half to even. Of a number beyond 512 either way something beyond 512 that way.
    fn round(self, x: f32x16<Self>) -> i32x16<Self>;
    /// Clamps to 0..=255.
    fn saturate(self, pixels: [i32x16<Self>; 4]) -> [Pixel; 4];
    fn widen(self, pixel: &Pixel) -> f32x16<Self>;
}
