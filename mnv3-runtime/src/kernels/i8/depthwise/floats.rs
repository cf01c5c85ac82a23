//! Products in single precision of whole numbers, which are exact.

use super::super::dot::{Dot, Pixel};
use super::super::pointwise::{chunk, chunk_mut};
use super::{Expanded, Group, words};
use crate::kernels::each::each;
use crate::kernels::tiles::{DEPTHWISE, Registers, span};
use fearless_simd::{SimdFloat, f32x4, f32x8, f32x16, i32x16, prelude::*};
use mnv3_ir::LANES;
use std::ops::Range;

/// 16 channels of a pixel.
type WholeNumbers = [f32; LANES];

impl<S: Dot<Expanded = Self>> Expanded<S> for WholeNumbers {
    const FLOATS: usize = LANES;

    fn view(floats: &mut [f32]) -> &mut [Self] {
        floats.as_chunks_mut().0
    }

    fn of(_: S, pixel: &Pixel) -> Self {
        pixel.map(f32::from)
    }

    #[inline(never)]
    fn copy(simd: S, from: &[Pixel], to: &mut [Self]) {
        simd.vectorize(
            #[inline(always)]
            || {
                for (from, to) in from.iter().zip(to) {
                    simd.widen(from).store_slice(to);
                }
            },
        );
    }

    #[inline(never)]
    fn convolve(group: &Group<'_, S, Self>, ys: Range<usize>, dst: &mut [Pixel], scratch: &mut [f32]) {
        let window = group.window;
        let taps: &mut [WholeNumbers] = &mut scratch.as_chunks_mut().0[..window.taps()];
        group.simd.vectorize(
            #[inline(always)]
            || {
                group.lay_out(taps);
                /// Tiles of so many pixels, for a kernel width and a stride.
                macro_rules! tiled {
                    ($vector:ty, $pixels:expr, $kernel:literal, $stride:literal) => {
                        group.tiles::<$vector, { $pixels }, $kernel, $stride, { span($pixels, $stride, $kernel) }>(
                            ys, dst, taps,
                        )
                    };
                }
                const USUAL: usize = DEPTHWISE.usual;
                const SHORT: usize = DEPTHWISE.short;
                // What registers hold beside the weights of a kernel row.
                let half = const { matches!(Registers::of::<S>(), Registers::Half) };
                match (window.kernel[1], window.stride[1], window.dilation[1], group.width) {
                    (3, 1, 1, USUAL..) if half => tiled!(f32x8<S>, USUAL, 3, 1),
                    (3, 2, 1, USUAL..) if half => tiled!(f32x8<S>, USUAL, 3, 2),
                    (5, 1, 1, USUAL..) if half => tiled!(f32x8<S>, USUAL, 5, 1),
                    (5, 2, 1, USUAL..) if half => tiled!(f32x8<S>, USUAL, 5, 2),
                    (3, 1, 1, SHORT..) => tiled!(f32x4<S>, SHORT, 3, 1),
                    (3, 2, 1, SHORT..) => tiled!(f32x4<S>, SHORT, 3, 2),
                    (5, 1, 1, SHORT..) => tiled!(f32x4<S>, SHORT, 5, 1),
                    (5, 2, 1, SHORT..) => tiled!(f32x4<S>, SHORT, 5, 2),
                    _ => group.pixels(ys, dst, taps),
                }
            },
        );
    }
}

impl<S: Dot> Group<'_, S, WholeNumbers> {
    /// `[kh][kw]` weights.
    #[inline(always)]
    fn lay_out(&self, taps: &mut [WholeNumbers]) {
        let kw = self.window.kernel[1];
        for (panels, taps) in self.weights.chunks_exact(kw.div_ceil(4)).zip(taps.chunks_exact_mut(kw)) {
            for (i, tap) in taps.iter_mut().enumerate() {
                let weights = words(&panels[i / 4]).map(|word| word as i32);
                let weights = i32x16::from_slice(self.simd, &weights) << (24 - 8 * (i as u32 % 4)) >> 24;
                let weights: f32x16<S> = weights.to_float();
                weights.store_slice(tap);
            }
        }
    }

    /// Rows of P pixels or more, in vectors of T.
    #[inline(always)]
    fn tiles<T: SimdFloat<S, Element = f32>, const P: usize, const K: usize, const STRIDE: usize, const SPAN: usize>(
        &self,
        ys: Range<usize>,
        dst: &mut [Pixel],
        taps: &[WholeNumbers],
    ) {
        const { assert!(SPAN == span(P, STRIDE, K), "depthwise: the columns under a tile") };
        let simd = self.simd;
        let finish = self.requantise.load(simd, self.group);
        let zero: WholeNumbers = simd.widen(self.zero).into();
        let start: f32x16<S> = i32x16::from_slice(simd, self.start).to_float();
        let start: WholeNumbers = start.into();
        // Where the last 8 are padding, they are not computed.
        let lanes = if self.lanes > LANES / 2 { LANES } else { LANES / 2 };
        for (y, row) in ys.zip(dst.chunks_exact_mut(self.width)) {
            let under = self.under(y);
            let mut x = 0;
            // A last tile that would stick out is moved back, and writes some pixels again.
            while x < self.width {
                let at = x.min(self.width - P);
                let mut sums = [[0.0; LANES]; P];
                for lane in (0..lanes).step_by(T::LEN) {
                    let mut tile = [T::from_slice(simd, &start[lane..][..T::LEN]); P];
                    for (row, taps) in under.iter().zip(taps.chunks_exact(K)) {
                        let w: [T; K] = each(
                            #[inline(always)]
                            |k| T::from_slice(simd, &taps[k][lane..][..T::LEN]),
                        );
                        let Some(row) = row else {
                            let zero = T::from_slice(simd, &zero[lane..][..T::LEN]);
                            for w in w {
                                for sum in &mut tile {
                                    *sum = zero.mul_add(w, *sum);
                                }
                            }
                            continue;
                        };
                        let pixels: &[WholeNumbers; SPAN] = chunk(&row[at * STRIDE..]);
                        for p in 0..P {
                            for k in 0..K {
                                let number = T::from_slice(simd, &pixels[p * STRIDE + k][lane..][..T::LEN]);
                                tile[p] = number.mul_add(w[k], tile[p]);
                            }
                        }
                    }
                    for p in 0..P {
                        tile[p].store_slice(&mut sums[p][lane..][..T::LEN]);
                    }
                }
                let sums: [f32x16<S>; P] = each(
                    #[inline(always)]
                    |p| f32x16::from_slice(simd, &sums[p]),
                );
                finish.write(&sums, None, chunk_mut(&mut row[at..]));
                x += P;
            }
        }
    }

    /// Any window, pixel by pixel.
    #[inline(always)]
    fn pixels(&self, ys: Range<usize>, dst: &mut [Pixel], taps: &[WholeNumbers]) {
        let simd = self.simd;
        let finish = self.requantise.load(simd, self.group);
        let (kw, stride, dilation) = (self.window.kernel[1], self.window.stride[1], self.window.dilation[1]);
        let outside = simd.widen(self.zero);
        for (y, row) in ys.zip(dst.chunks_exact_mut(self.width)) {
            let under = self.under(y);
            for (x, pixel) in row.iter_mut().enumerate() {
                let mut sum: f32x16<S> = i32x16::from_slice(simd, self.start).to_float();
                for (row, taps) in under.iter().zip(taps.chunks_exact(kw)) {
                    for (k, tap) in taps.iter().enumerate() {
                        let number = match row {
                            None => outside,
                            Some(row) => f32x16::from_slice(simd, &row[x * stride + k * dilation]),
                        };
                        sum = number.mul_add(f32x16::from_slice(simd, tap), sum);
                    }
                }
                finish.write(&[sum], None, std::array::from_mut(pixel));
            }
        }
    }
}
