//! Products of bytes.
//!
//! Four or seven outputs side by side read the same few vectors, each of four neighbouring columns of 16 channels: an output that begins
//! in the middle of one has its weights moved by as many bytes. Weights are laid out so once for all rows of a group of channels.

use super::super::dot::{Dot, Panel, Pixel};
use super::super::pointwise::{chunk, chunk_mut};
use super::super::requantise::{Finish, floats};
use super::{Expanded, Group, words};
use crate::kernels::each::each;
use crate::kernels::tiles::Registers;
use fearless_simd::{i32x16, prelude::*};
use mnv3_ir::int8::PIXEL_FLOATS;
use mnv3_ir::{LANES, Window};
use std::ops::Range;

/// Rows of a kernel whose weights are laid out.
const MOST_ROWS: usize = 5;
/// Vectors of four columns that a kernel row reads at most, where weights are laid out.
const BLOCKS: usize = 2;
/// Columns of a vector.
const COLUMNS: usize = 4;

impl<S: Dot<Expanded = Self>> Expanded<S> for Pixel {
    const FLOATS: usize = PIXEL_FLOATS;

    fn view(floats: &mut [f32]) -> &mut [Self] {
        super::super::pixels_mut(floats)
    }

    fn of(_: S, pixel: &Pixel) -> Self {
        *pixel
    }

    fn copy(_: S, from: &[Pixel], to: &mut [Self]) {
        to.copy_from_slice(from);
    }

    fn convolve(group: &Group<'_, S, Self>, ys: Range<usize>, dst: &mut [Pixel], _: &mut [f32]) {
        group.rows(ys, dst);
    }
}

impl<S: Dot> Group<'_, S, Pixel> {
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
                None => [simd.interleave(&[*self.zero; 4]); VECTORS],
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
        finish.write(&floats(&sums), None, dst);
    }

    /// Any window, pixel by pixel.
    #[inline(always)]
    fn pixels(&self, ys: Range<usize>, dst: &mut [Pixel]) {
        let finish = self.requantise.load(self.simd, self.group);
        for (y, row) in ys.zip(dst.chunks_exact_mut(self.width)) {
            let under = self.under(y);
            let under = &under[..self.window.kernel[0]];
            for (x, pixel) in row.iter_mut().enumerate() {
                finish.write(&floats(&[self.sum(under, x)]), None, std::array::from_mut(pixel));
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
                    None => simd.interleave(&[*self.zero; 4]),
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

#[inline(always)]
fn panel(words: [u32; LANES]) -> Panel {
    bytemuck::cast(words.map(u32::to_le))
}
