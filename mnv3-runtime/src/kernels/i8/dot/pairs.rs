//! Inputs and weights of 1x1 convolutions as 16-bit numbers, for levels that multiply those: made once for many products.
//!
//! Of four inputs in a row the first and the third make a pair, and the second and the fourth.

use super::{Panel, Pixel, Rows};
use fearless_simd::{Simd, i16x32, prelude::*, u32x4};
use mnv3_ir::LANES;
use mnv3_ir::int8::WIDE_FLOATS;

/// The pairs of 16 channels of a pixel: four of first and third, four of second and fourth.
pub(in crate::kernels) type Pairs = [u32; WIDE_FLOATS];
/// Pairs of weights of 16 lanes.
pub(super) type PairWeights = [i16; 2 * LANES];
/// The weights of four inputs: pairs of first and third, pairs of second and fourth.
pub(in crate::kernels) type PairPanel = [PairWeights; 2];

#[inline(never)]
pub(super) fn inputs<'m, S: Simd>(
    simd: S,
    map: Rows<'m, Pixel>,
    [groups, h, w]: [usize; 3],
    scratch: &'m mut [f32],
) -> Rows<'m, Pairs> {
    let (pixels, _) = bytemuck::cast_slice_mut::<f32, u32>(scratch).as_chunks_mut();
    let pixels = &mut pixels[..groups * h * w];
    simd.vectorize(
        #[inline(always)]
        || {
            for (i, row) in pixels.chunks_exact_mut(w).enumerate() {
                let (g, y) = (i / h, i % h);
                let from = &map.pixels[y * map.row + g * map.group..][..w];
                for (to, from) in row.iter_mut().zip(from) {
                    let quads: [u32; LANES / 4] = bytemuck::cast(*from);
                    let (quads, bytes) = (
                        u32x4::from_slice(simd, &quads.map(u32::from_le)),
                        u32x4::splat(simd, 0x00ff_00ff),
                    );
                    let (even, odd) = to.split_at_mut(LANES / 4);
                    (quads & bytes).store_slice(even);
                    (quads >> 8 & bytes).store_slice(odd);
                }
            }
        },
    );
    Rows {
        pixels,
        row: w,
        group: h * w,
    }
}

#[inline(never)]
pub(super) fn multiplied<'m, S: Simd>(simd: S, panels: &[Panel], scratch: &'m mut [f32]) -> &'m [PairPanel] {
    let (pairs, _) = bytemuck::cast_slice_mut::<f32, i16>(scratch).as_chunks_mut();
    let (wide, _) = pairs.as_chunks_mut::<2>();
    let wide = &mut wide[..panels.len()];
    simd.vectorize(
        #[inline(always)]
        || {
            for (to, panel) in wide.iter_mut().zip(panels) {
                let pairs: PairWeights = bytemuck::cast(*panel);
                let pairs = i16x32::from_slice(simd, &pairs.map(i16::from_le));
                (pairs << 8 >> 8).store_slice(&mut to[0]);
                (pairs >> 8).store_slice(&mut to[1]);
            }
        },
    );
    wide
}

/// [`Dot`](super::Dot)'s methods for 1x1 convolutions, by a function that adds the products of a pair to each lane.
macro_rules! by_pairs {
    ($add:ident) => {
        type Inputs = $crate::kernels::i8::dot::pairs::Pairs;
        type Multiplied = $crate::kernels::i8::dot::pairs::PairPanel;
        type Expanded = [f32; mnv3_ir::LANES];

        #[inline(always)]
        fn inputs<'m>(
            self,
            map: $crate::kernels::i8::dot::Rows<'m, Pixel>,
            shape: [usize; 3],
            scratch: &'m mut [f32],
        ) -> $crate::kernels::i8::dot::Rows<'m, Self::Inputs> {
            $crate::kernels::i8::dot::pairs::inputs(self, map, shape, scratch)
        }

        #[inline(always)]
        fn multiplied<'m>(self, panels: &'m [Panel], scratch: &'m mut [f32]) -> &'m [Self::Multiplied] {
            $crate::kernels::i8::dot::pairs::multiplied(self, panels, scratch)
        }

        #[inline(always)]
        fn add<const P: usize, const V: usize, const HALF: bool>(
            self,
            pixels: &[Self::Inputs; P],
            j: usize,
            panels: [&Self::Multiplied; V],
            sums: &mut [[i32x16<Self>; V]; P],
        ) {
            for side in 0..2 {
                for p in 0..P {
                    for v in 0..V {
                        sums[p][v] = $add(self, sums[p][v], pixels[p][4 * side + j], &panels[v][side], HALF);
                    }
                }
            }
        }
    };
}

pub(super) use by_pairs;
