//! What the levels differ in: products of four bytes each, summed into 16 lanes; rounding; and saturation to bytes.
//!
//! All of it is exact or rounded as docs/int8.md says, so that every level gives the same bits. [`Quads`](Dot::Quads) are the
//! inputs of 16 lanes, [`Weights`](Dot::Weights) the weights, four bytes for each lane, in the form that a level multiplies.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod pairs;
#[cfg(any(test, not(target_arch = "x86_64")))]
mod plain;
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

/// Pixels of 16 channels: column `x` of row `y` of group `g` is `pixels[y * row + g * group + x]`.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Rows<'m, T> {
    pub(in crate::kernels) pixels: &'m [T],
    pub(in crate::kernels) row: usize,
    pub(in crate::kernels) group: usize,
}

/// Integer arithmetic of a level.
pub(in crate::kernels) trait Dot: Simd {
    type Quads: Copy;
    type Weights: Copy;
    /// 16 channels of a pixel as 1x1 convolutions multiply them.
    type Inputs: Copy;
    /// A [`Panel`] as 1x1 convolutions multiply it.
    type Multiplied: Copy;
    /// What is between expand and depthwise.
    type Expanded: Copy;
    /// The same four inputs for all lanes.
    fn splat(self, quad: Quad) -> Self::Quads;
    /// For lane `c` channel `c` of four pixels.
    fn interleave(self, pixels: &[Pixel; 4]) -> Self::Quads;
    fn weights(self, panel: &Panel) -> Self::Weights;
    /// Adds four products to each lane.
    fn dot(self, sums: i32x16<Self>, inputs: Self::Quads, weights: Self::Weights) -> i32x16<Self>;
    /// `[groups][h][w]` of a map as 1x1 convolutions multiply it, in `scratch` if it must be made.
    fn inputs<'m>(self, map: Rows<'m, Pixel>, shape: [usize; 3], scratch: &'m mut [f32]) -> Rows<'m, Self::Inputs>;
    /// The same of panels, of which `scratch` has room for one.
    fn multiplied<'m>(self, panels: &'m [Panel], scratch: &'m mut [f32]) -> &'m [Self::Multiplied];
    /// Adds the products of inputs `4 * j..4 * j + 4` of P pixels and of V panels to the sums; of HALF a panel it may leave out the
    /// lanes from 8 on.
    fn add<const P: usize, const V: usize, const HALF: bool>(
        self,
        pixels: &[Self::Inputs; P],
        j: usize,
        panels: [&Self::Multiplied; V],
        sums: &mut [[i32x16<Self>; V]; P],
    );
    /// To the nearest whole number, half to even. Of a number beyond 512 either way something beyond 512 that way.
    fn round(self, x: f32x16<Self>) -> i32x16<Self>;
    /// Adds `zero`, from 0 to 255, and clamps to 0..=255.
    fn saturate(self, pixels: [i32x16<Self>; 4], zero: i32x16<Self>) -> [Pixel; 4];
    fn widen(self, pixel: &Pixel) -> f32x16<Self>;
}
