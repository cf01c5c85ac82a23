//! Depthwise convolution of a map of bytes whose rows have columns left and right that hold the zero point.
//!
//! Four outputs side by side read the same few vectors, each of four neighbouring columns of 16 channels: an output that begins in
//! the middle of one has its weights moved by as many bytes. Weights are laid out so once for all rows of a group of channels.

use super::super::MOST_KERNEL_ROWS;
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

/// What it reads: `[height][groups][columns]` pixels of 16 channels.
#[derive(Clone, Copy)]
pub(super) struct Bordered<'a> {
    pub(super) map: &'a [Pixel],
    pub(super) height: usize,
    pub(super) groups: usize,
    /// As many as [`columns`](mnv3_ir::int8::columns) says.
    pub(super) columns: usize,
}

/// Pixels whose sums are held in registers at a time.
const PIXELS: usize = 4;
/// Rows of a kernel whose weights are laid out.
const MOST_ROWS: usize = 5;
/// Columns that a kernel row reads at most, where weights are laid out.
const BLOCKS: usize = 2;

/// The rows `ys` of the map that is made, `[ys][groups][width]`.
pub(super) fn rows<S: Dot>(
    simd: S,
    layer: &Depthwise<'_>,
    from: Bordered<'_>,
    ys: Range<usize>,
    dst: &mut [Pixel],
    width: usize,
) {
    let [kh, kw] = layer.window.kernel;
    let panels = kh * kw.div_ceil(4);
    for group in 0..from.groups {
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
        task.rows(ys.clone(), dst);
    }
}

/// One group of 16 channels.
struct Group<'a, S: Dot> {
    simd: S,
    window: &'a Window,
    from: Bordered<'a>,
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
                (..=MOST_ROWS, 2..=3, 1, 1) if self.width >= PIXELS => self.tiles::<1, 3, 2>(ys, dst),
                (..=MOST_ROWS, 4..=5, 1, 1) if self.width >= PIXELS => self.tiles::<1, 5, 2>(ys, dst),
                (..=MOST_ROWS, 3, 2, 1) if self.width >= PIXELS => self.tiles::<2, 3, 3>(ys, dst),
                (..=MOST_ROWS, 4..=5, 2, 1) if self.width >= PIXELS => self.tiles::<2, 5, 3>(ys, dst),
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
                .map(|y| &from.map[(y * from.groups + self.group) * from.columns..][..from.columns]);
        }
        rows
    }

    /// Weights for outputs that begin so many columns into a vector: `[kh][4][BLOCKS]`, of which only those are written whose
    /// column an output of a tile begins in.
    #[inline(always)]
    fn lay_out<const STRIDE: usize>(&self) -> [[[S::Weights; BLOCKS]; PIXELS]; MOST_ROWS] {
        let simd = self.simd;
        let mut laid_out = [[[simd.weights(&[0; 4 * LANES]); BLOCKS]; PIXELS]; MOST_ROWS];
        let quads = self.window.kernel[1].div_ceil(4);
        for (row, quads) in laid_out.iter_mut().zip(self.weights.chunks_exact(quads)) {
            for (column, to) in row.iter_mut().enumerate().step_by(STRIDE) {
                let mut panels = [[0; 4 * LANES]; BLOCKS];
                for lane in 0..LANES {
                    let mut taps = [0i8; 8];
                    for (to, quad) in taps.as_chunks_mut::<4>().0.iter_mut().zip(quads) {
                        to.copy_from_slice(&quad[4 * lane..][..4]);
                    }
                    let moved = (u64::from_le_bytes(taps.map(|tap| tap as u8)) << (8 * column)).to_le_bytes();
                    for (panel, bytes) in panels.iter_mut().zip(moved.as_chunks::<4>().0) {
                        panel[4 * lane..][..4].copy_from_slice(&bytes.map(|byte| byte as i8));
                    }
                }
                for (to, panel) in to.iter_mut().zip(&panels) {
                    *to = simd.weights(panel);
                }
            }
        }
        laid_out
    }

    /// Tiles for a stride and kernel rows of up to K columns, which read VECTORS of four columns.
    #[inline(always)]
    fn tiles<const STRIDE: usize, const K: usize, const VECTORS: usize>(&self, ys: Range<usize>, dst: &mut [Pixel]) {
        const {
            assert!(
                VECTORS == (3 * STRIDE + K).div_ceil(4),
                "depthwise: the columns under a tile"
            )
        };
        let weights = self.lay_out::<STRIDE>();
        let finish = self.requantise.load(self.simd, self.group);
        for (y, row) in ys.zip(dst.chunks_exact_mut(self.from.groups * self.width)) {
            let under = self.under(y);
            let under = &under[..self.window.kernel[0]];
            let row = &mut row[self.group * self.width..][..self.width];
            let mut x = 0;
            // A last tile that would stick out is moved back, and writes some pixels again.
            while x < self.width {
                let at = x.min(self.width - PIXELS);
                self.tile::<STRIDE, K, VECTORS>(under, at, &weights, &finish, chunk_mut(&mut row[at..]));
                x += PIXELS;
            }
        }
    }

    #[inline(always)]
    fn tile<const STRIDE: usize, const K: usize, const VECTORS: usize>(
        &self,
        under: &[Option<&[Pixel]>],
        x: usize,
        weights: &[[[S::Weights; BLOCKS]; PIXELS]; MOST_ROWS],
        finish: &Finish<S>,
        dst: &mut [Pixel; PIXELS],
    ) {
        let simd = self.simd;
        let mut sums = [i32x16::from_slice(simd, self.start); PIXELS];
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
            for p in 0..PIXELS {
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
        for (y, row) in ys.zip(dst.chunks_exact_mut(self.from.groups * self.width)) {
            let under = self.under(y);
            let under = &under[..self.window.kernel[0]];
            let row = &mut row[self.group * self.width..][..self.width];
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
