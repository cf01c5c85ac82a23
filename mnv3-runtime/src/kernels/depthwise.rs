//! Depthwise convolution of one row out of kernel rows in: `[ceil(c / 16)][padded width][16]` each.

use super::epilogue::Epilogue;
use super::pointwise::{chunk, chunk_mut};
use super::tiles::{DEPTHWISE, Registers, span};
use crate::kernels::each::each;
use crate::layer::Depthwise;
use fearless_simd::{Simd, SimdBase, SimdFloat, f32x8, f32x16};
use mnv3_ir::{LANES, Window};
use std::ops::Range;

/// The tallest kernel.
pub(crate) const MOST_KERNEL_ROWS: usize = 15;

/// The rows under the kernel, top to bottom, with halo; `None` where the kernel lies outside of the map.
pub(super) type MapRows<'a> = [Option<&'a [[f32; LANES]]>; MOST_KERNEL_ROWS];

/// The channels `groups` (in units of 16) of one row of `width` pixels, from rows of `src_width` pixels; all rows start
/// with the first of these groups. In `dst`, groups are `dst_width` pixels apart.
#[inline(never)]
#[expect(clippy::too_many_arguments, reason = "all of them vary on their own")]
pub(super) fn row<S: Simd>(
    simd: S,
    layer: &Depthwise<'_>,
    groups: Range<usize>,
    rows: &MapRows<'_>,
    src_width: usize,
    dst: &mut [f32],
    dst_width: usize,
    width: usize,
) {
    let taps = layer.window.kernel[0] * layer.window.kernel[1];
    let epilogue = Epilogue::new(layer.act, layer.lift);
    let (weights, bias) = (layer.weights.as_chunks().0, layer.bias.as_chunks().0);
    let dst = dst.as_chunks_mut().0;
    simd.vectorize(
        #[inline(always)]
        || {
            for (at, g) in groups.enumerate() {
                let (weights, bias) = (&weights[g * taps..][..taps], &bias[g]);
                let group = ChannelGroup {
                    simd,
                    window: layer.window,
                    rows,
                    first: at * src_width,
                    weights,
                    bias,
                    epilogue,
                };
                group.run(&mut dst[at * dst_width..][..width]);
            }
        },
    );
}

/// One group of 16 channels.
struct ChannelGroup<'a, S: Simd> {
    simd: S,
    window: Window,
    rows: &'a MapRows<'a>,
    /// Where the group starts in every row.
    first: usize,
    weights: &'a [[f32; LANES]],
    bias: &'a [f32; LANES],
    epilogue: Epilogue,
}

impl<S: Simd> ChannelGroup<'_, S> {
    #[inline(always)]
    fn run(&self, dst: &mut [[f32; LANES]]) {
        let Window {
            kernel: [_, kernel],
            stride: [_, stride],
            dilation: [_, dilation],
            ..
        } = self.window;
        /// Tiles of so many pixels, for a kernel width and a stride.
        macro_rules! tiled {
            ($pixels:expr, $vector:ty, $kernel:literal, $stride:literal) => {
                self.tiles::<$vector, { $pixels }, $kernel, $stride, { span($pixels, $stride, $kernel) }>(dst)
            };
        }
        const LONG: usize = DEPTHWISE.long;
        const USUAL: usize = DEPTHWISE.usual;
        const SHORT: usize = DEPTHWISE.short;
        const LEAST: usize = DEPTHWISE.least;
        match (kernel, stride, dilation, Registers::of::<S>(), dst.len()) {
            (3, 1, 1, Registers::Wide, LONG..) => tiled!(LONG, f32x16<S>, 3, 1),
            (5, 1, 1, Registers::Wide, LONG..) => tiled!(LONG, f32x16<S>, 5, 1),
            (3, 1, 1, Registers::Wide, USUAL..) => tiled!(USUAL, f32x16<S>, 3, 1),
            (3, 2, 1, Registers::Wide, USUAL..) => tiled!(USUAL, f32x16<S>, 3, 2),
            (5, 1, 1, Registers::Wide, USUAL..) => tiled!(USUAL, f32x16<S>, 5, 1),
            (5, 2, 1, Registers::Wide, USUAL..) => tiled!(USUAL, f32x16<S>, 5, 2),
            // Half a group is what these registers hold with its weights.
            (3, 1, 1, Registers::Half, USUAL..) => tiled!(USUAL, f32x8<S>, 3, 1),
            (5, 1, 1, Registers::Half, USUAL..) => tiled!(USUAL, f32x8<S>, 5, 1),
            (5, 2, 1, Registers::Half, USUAL..) => tiled!(USUAL, f32x8<S>, 5, 2),
            (3, 1, 1, _, SHORT..) => tiled!(SHORT, f32x16<S>, 3, 1),
            (3, 2, 1, _, SHORT..) => tiled!(SHORT, f32x16<S>, 3, 2),
            (5, 1, 1, _, SHORT..) => tiled!(SHORT, f32x16<S>, 5, 1),
            (5, 2, 1, _, SHORT..) => tiled!(SHORT, f32x16<S>, 5, 2),
            (3, 1, 1, _, LEAST..) => tiled!(LEAST, f32x16<S>, 3, 1),
            (3, 2, 1, _, LEAST..) => tiled!(LEAST, f32x16<S>, 3, 2),
            (5, 1, 1, _, LEAST..) => tiled!(LEAST, f32x16<S>, 5, 1),
            (5, 2, 1, _, LEAST..) => tiled!(LEAST, f32x16<S>, 5, 2),
            _ => self.pixels(dst),
        }
    }

    /// A row of P pixels or more, in vectors of T.
    #[inline(always)]
    fn tiles<T: SimdFloat<S, Element = f32>, const P: usize, const K: usize, const STRIDE: usize, const SPAN: usize>(
        &self,
        dst: &mut [[f32; LANES]],
    ) {
        const { assert!(SPAN == span(P, STRIDE, K), "depthwise: the pixels under a tile") };
        for lane in (0..LANES).step_by(T::LEN) {
            let last = dst.len() - P;
            let mut x = 0;
            while x < last {
                self.tile::<T, P, K, STRIDE, SPAN>(dst, x, lane);
                x += P;
            }
            // The last tile ends with the row; where it overlaps the one before, it writes the same again.
            self.tile::<T, P, K, STRIDE, SPAN>(dst, last, lane);
        }
    }

    #[inline(always)]
    fn tile<T: SimdFloat<S, Element = f32>, const P: usize, const K: usize, const STRIDE: usize, const SPAN: usize>(
        &self,
        dst: &mut [[f32; LANES]],
        x: usize,
        lane: usize,
    ) {
        let simd = self.simd;
        let mut sums = [[self
            .epilogue
            .start(simd, T::from_slice(simd, &self.bias[lane..][..T::LEN]))]; P];
        for (row, weights) in self.rows.iter().zip(self.weights.chunks_exact(K)) {
            let Some(row) = row else { continue };
            let pixels: &[[f32; LANES]; SPAN] = chunk(&row[self.first + x * STRIDE..]);
            let weights: &[[f32; LANES]; K] = chunk(weights);
            let w: [T; K] = each(
                #[inline(always)]
                |k| T::from_slice(simd, &weights[k][lane..][..T::LEN]),
            );
            for p in 0..P {
                for k in 0..K {
                    let a = T::from_slice(simd, &pixels[p * STRIDE + k][lane..][..T::LEN]);
                    sums[p][0] = a.mul_add(w[k], sums[p][0]);
                }
            }
        }
        self.epilogue.apply(simd, &mut sums);
        let out: &mut [[f32; LANES]; P] = chunk_mut(&mut dst[x..]);
        for p in 0..P {
            sums[p][0].store_slice(&mut out[p][lane..][..T::LEN]);
        }
    }

    /// Any window, pixel by pixel.
    #[inline(always)]
    fn pixels(&self, dst: &mut [[f32; LANES]]) {
        let simd = self.simd;
        let ([_, kernel], [_, stride], [_, dilation]) = (self.window.kernel, self.window.stride, self.window.dilation);
        for (x, out) in dst.iter_mut().enumerate() {
            let mut sums = [[self.epilogue.start(simd, f32x16::from_slice(simd, self.bias))]; 1];
            for (row, weights) in self.rows.iter().zip(self.weights.chunks_exact(kernel)) {
                let Some(row) = row else { continue };
                let pixels = row[self.first + x * stride..].iter().step_by(dilation);
                for (a, w) in pixels.zip(weights) {
                    sums[0][0] = f32x16::from_slice(simd, a).mul_add(f32x16::from_slice(simd, w), sums[0][0]);
                }
            }
            self.epilogue.apply(simd, &mut sums);
            sums[0][0].store_slice(out);
        }
    }
}
