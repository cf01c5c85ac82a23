//! Depthwise convolution of a map of bytes whose rows have columns left and right that hold the zero point.
//!
//! Four or seven outputs side by side read the same few vectors, each of four neighbouring columns of 16 channels: an output that begins in
//! the middle of one has its weights moved by as many bytes. Weights are laid out so once for all rows of a group of channels.

use super::super::MOST_KERNEL_ROWS;
use super::super::tiles::Registers;
use super::dot::{Dot, Panel, Pixel};
use super::pointwise::{chunk, chunk_mut};
use super::requantise::{Finish, Requantise};
use crate::kernels::each::each;
use fearless_simd::{i32x16, prelude::*};
use mnv3_ir::{LANES, Window};
use std::ops::Range;

/// A depthwise convolution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Depthwise<'a> {
    pub(crate) window: Window,
    /// `[ceil(channels / 16)][kh][ceil(kw / 4)]`
    pub(crate) weights: &'a [Panel],
    /// The input's zero points, `[ceil(channels / 16)]`: what lies under the kernel beyond the map.
    pub(crate) zero: &'a [Pixel],
    pub(crate) requantise: Requantise<'a>,
}

/// What it reads: some rows of one group of 16 channels, `[rows][columns]`.
#[derive(Clone, Copy)]
pub(super) struct Plane<'a> {
    pub(super) pixels: &'a [Pixel],
    /// The row of the map that they begin with; all are there that are needed.
    pub(super) top: usize,
    /// Rows of the map.
    pub(super) height: usize,
    /// As many as [`columns`](mnv3_ir::int8::columns) says.
    pub(super) columns: usize,
}

/// Rows of a kernel whose weights are laid out.
const MOST_ROWS: usize = 5;
/// Vectors of four columns that a kernel row reads at most, where weights are laid out.
const BLOCKS: usize = 2;
/// Columns of a vector.
const COLUMNS: usize = 4;

/// The rows `ys` of one group of the map that is made, `[ys][width]`.
pub(super) fn rows<S: Dot>(
    simd: S,
    layer: &Depthwise<'_>,
    group: usize,
    from: Plane<'_>,
    ys: Range<usize>,
    dst: &mut [Pixel],
    width: usize,
) {
    let [kh, kw] = layer.window.kernel;
    let panels = kh * kw.div_ceil(4);
    let task = Group {
        simd,
        window: &layer.window,
        from,
        group,
        weights: &layer.weights[group * panels..][..panels],
        outside: [layer.zero[group]; 4],
        start: layer.requantise.start(group),
        requantise: &layer.requantise,
        width,
    };
    task.rows(ys, dst);
}

/// One group of 16 channels.
struct Group<'a, S: Dot> {
    simd: S,
    window: &'a Window,
    from: Plane<'a>,
    group: usize,
    weights: &'a [Panel],
    /// Four pixels beyond the map.
    outside: [Pixel; 4],
    start: &'a [i32; LANES],
    requantise: &'a Requantise<'a>,
    width: usize,
}

/// The rows under the kernel, top to bottom; `None` where the kernel lies outside of the map.
type Rows<'a> = [Option<&'a [Pixel]>; MOST_KERNEL_ROWS];

impl<S: Dot> Group<'_, S> {
    #[inline(never)]
    fn rows(&self, ys: Range<usize>, dst: &mut [Pixel]) {
        let Window {
            kernel: [kh, kw],
            stride: [_, stride],
            dilation: [_, dilation],
            ..
        } = *self.window;
        self.simd.vectorize(
            #[inline(always)]
            || match (kh, kw, stride, dilation) {
                (..=MOST_ROWS, 2..=3, 1, 1) => self.tiles::<1, 3>(ys, dst),
                (..=MOST_ROWS, 4..=5, 1, 1) => self.tiles::<1, 5>(ys, dst),
                (..=MOST_ROWS, 3, 2, 1) => self.tiles::<2, 3>(ys, dst),
                (..=MOST_ROWS, 4..=5, 2, 1) => self.tiles::<2, 5>(ys, dst),
                _ => self.pixels(ys, dst),
            },
        );
    }

    /// The rows under row `y` of the output.
    #[inline(always)]
    fn under(&self, y: usize) -> Rows<'_> {
        let (window, from) = (self.window, self.from);
        let mut rows: Rows<'_> = [None; MOST_KERNEL_ROWS];
        for (ky, under) in rows.iter_mut().enumerate().take(window.kernel[0]) {
            let y = (y * window.stride[0] + ky * window.dilation[0]).checked_sub(window.pad_h[0]);
            *under = y
                .filter(|y| *y < from.height)
                .map(|y| &from.pixels[(y - from.top) * from.columns..][..from.columns]);
        }
        rows
    }

    /// Weights for outputs that begin so many columns into a vector: `[kh][4][BLOCKS]`, of which only those are written whose
    /// column an output of a tile begins in.
    #[inline(always)]
    fn lay_out<const STRIDE: usize>(&self) -> [[[S::Weights; BLOCKS]; COLUMNS]; MOST_ROWS] {
        let simd = self.simd;
        let mut laid_out = [[[simd.weights(&[0; 4 * LANES]); BLOCKS]; COLUMNS]; MOST_ROWS];
        let quads = self.window.kernel[1].div_ceil(4);
        for (row, quads) in laid_out.iter_mut().zip(self.weights.chunks_exact(quads)) {
            let [first, second] = [words(&quads[0]), quads.get(1).map_or([0; LANES], words)];
            row[0] = [simd.weights(&panel(first)), simd.weights(&panel(second))];
            for column in (STRIDE..COLUMNS).step_by(STRIDE) {
                let mut moved = [[0; LANES]; BLOCKS];
                for lane in 0..LANES {
                    moved[0][lane] = first[lane] << (8 * column);
                    moved[1][lane] = second[lane] << (8 * column) | first[lane] >> (32 - 8 * column);
                }
                row[column] = [simd.weights(&panel(moved[0])), simd.weights(&panel(moved[1]))];
            }
        }
        laid_out
    }

    /// Tiles for a stride and kernel rows of up to K columns.
    #[inline(always)]
    fn tiles<const STRIDE: usize, const K: usize>(&self, ys: Range<usize>, dst: &mut [Pixel]) {
        // Of a kernel row of fewer than K columns it would read beyond what there is.
        let sevens = self.width.is_multiple_of(7) && self.window.kernel[1] == K;
        if self.width < 4 {
            self.pixels(ys, dst);
        } else if const { matches!(Registers::of::<S>(), Registers::Wide) } && sevens {
            match (STRIDE, K) {
                (1, _) => self.tiles_of::<STRIDE, K, 7, 3>(ys, dst),
                (_, 3) => self.tiles_of::<STRIDE, K, 7, 4>(ys, dst),
                _ => self.tiles_of::<STRIDE, K, 7, 5>(ys, dst),
            }
        } else {
            match STRIDE {
                1 => self.tiles_of::<STRIDE, K, 4, 2>(ys, dst),
                _ => self.tiles_of::<STRIDE, K, 4, 3>(ys, dst),
            }
        }
    }

    /// Tiles of P pixels, which read VECTORS of four columns.
    #[inline(always)]
    fn tiles_of<const STRIDE: usize, const K: usize, const P: usize, const VECTORS: usize>(
        &self,
        ys: Range<usize>,
        dst: &mut [Pixel],
    ) {
        let weights = self.lay_out::<STRIDE>();
        let finish = self.requantise.load(self.simd, self.group);
        for (y, row) in ys.zip(dst.chunks_exact_mut(self.width)) {
            let under = self.under(y);
            let under = &under[..self.window.kernel[0]];
            let mut x = 0;
            // A last tile that would stick out is moved back, and writes some pixels again.
            while x < self.width {
                let at = x.min(self.width - P);
                self.tile::<STRIDE, K, P, VECTORS>(under, at, &weights, &finish, chunk_mut(&mut row[at..]));
                x += P;
            }
        }
    }

    #[inline(always)]
    fn tile<const STRIDE: usize, const K: usize, const P: usize, const VECTORS: usize>(
        &self,
        under: &[Option<&[Pixel]>],
        x: usize,
        weights: &[[[S::Weights; BLOCKS]; COLUMNS]; MOST_ROWS],
        finish: &Finish<S>,
        dst: &mut [Pixel; P],
    ) {
        let simd = self.simd;
        let mut sums = [i32x16::from_slice(simd, self.start); P];
        for (row, weights) in under.iter().zip(weights) {
            let vectors: [S::Quads; VECTORS] = match row {
                None => [simd.interleave(&self.outside); VECTORS],
                Some(row) => {
                    let pixels = &row[x * STRIDE..][..4 * VECTORS];
                    each(
                        #[inline(always)]
                        |i| simd.interleave(chunk(&pixels[4 * i..])),
                    )
                }
            };
            #[expect(
                clippy::needless_range_loop,
                reason = "columns follow from it as well, when it is unrolled"
            )]
            for p in 0..P {
                let (first, column) = (p * STRIDE / 4, p * STRIDE % 4);
                sums[p] = simd.dot(sums[p], vectors[first], weights[column][0]);
                if column + K > 4 {
                    sums[p] = simd.dot(sums[p], vectors[first + 1], weights[column][1]);
                }
            }
        }
        finish.bytes(&sums, None, dst);
    }

    /// Any window, pixel by pixel.
    #[inline(always)]
    fn pixels(&self, ys: Range<usize>, dst: &mut [Pixel]) {
        let finish = self.requantise.load(self.simd, self.group);
        for (y, row) in ys.zip(dst.chunks_exact_mut(self.width)) {
            let under = self.under(y);
            let under = &under[..self.window.kernel[0]];
            for (x, pixel) in row.iter_mut().enumerate() {
                finish.bytes(&[self.sum(under, x)], None, std::array::from_mut(pixel));
            }
        }
    }

    #[inline(always)]
    fn sum(&self, under: &[Option<&[Pixel]>], x: usize) -> i32x16<S> {
        let simd = self.simd;
        let quads = self.window.kernel[1].div_ceil(4);
        let ([_, stride], [_, dilation]) = (self.window.stride, self.window.dilation);
        let mut sum = i32x16::from_slice(simd, self.start);
        for (row, weights) in under.iter().zip(self.weights.chunks_exact(quads)) {
            for (j, weights) in weights.iter().enumerate() {
                let inputs = match row {
                    None => simd.interleave(&self.outside),
                    Some(row) => {
                        let pixels = &row[x * stride + 4 * j * dilation..];
                        let [b, c, d] = [dilation, 2 * dilation, 3 * dilation];
                        simd.interleave(&[pixels[0], pixels[b], pixels[c], pixels[d]])
                    }
                };
                sum = simd.dot(sum, inputs, simd.weights(weights));
            }
        }
        sum
    }
}

/// The weights of each lane as one number.
#[inline(always)]
fn words(panel: &Panel) -> [u32; LANES] {
    bytemuck::cast::<Panel, [u32; LANES]>(*panel).map(u32::from_le)
}

#[inline(always)]
fn panel(words: [u32; LANES]) -> Panel {
    bytemuck::cast(words.map(u32::to_le))
}
