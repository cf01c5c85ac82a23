//! Depthwise convolution of one row out of kernel rows in: `[ceil(c / 16)][columns][16]` bytes each, with columns left and right
//! that hold the zero point.

use super::super::MOST_KERNEL_ROWS;
use super::super::tiles::span;
use super::dot::{Dot, Panel, Pixel};
use super::pointwise::chunk;
use super::requantise::{Requantise, finish};
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

/// The rows under the kernel, top to bottom; `None` where the kernel lies outside of the map.
pub(super) type Rows<'a> = [Option<&'a [Pixel]>; MOST_KERNEL_ROWS];

/// Columns that a row of `width` pixels has, with those that are read beyond it.
pub(super) const fn columns(width: usize, window: &Window) -> usize {
    let [left, right] = window.pad_w;
    left + width + right + 3 * window.dilation[1]
}

/// Pixels whose sums are held in registers at a time.
const PIXELS: usize = 4;
/// Pixels whose sums lie in memory before they become bytes.
const AT_ONCE: usize = 4 * PIXELS;

/// The channels `groups` (in units of 16) of one row of `width` pixels, from rows of `columns` pixels that all start with the
/// first of these groups.
#[inline(never)]
pub(super) fn row<S: Dot>(
    simd: S,
    layer: &Depthwise<'_>,
    groups: Range<usize>,
    rows: &Rows<'_>,
    columns: usize,
    dst: &mut [Pixel],
    width: usize,
) {
    let [kh, kw] = layer.window.kernel;
    let panels = kh * kw.div_ceil(4);
    for (at, (g, dst)) in groups.zip(dst.chunks_exact_mut(width)).enumerate() {
        let group = Group {
            simd,
            window: &layer.window,
            rows,
            first: at * columns,
            weights: &layer.weights[g * panels..][..panels],
            outside: [layer.zero[g]; 4],
            start: layer.requantise.start(g),
        };
        let mut numbers = [[0; LANES]; AT_ONCE];
        for (i, dst) in dst.chunks_mut(numbers.len()).enumerate() {
            let from = i * AT_ONCE;
            simd.vectorize(
                #[inline(always)]
                || group.run(from, &mut numbers[..dst.len()]),
            );
            finish(simd, &layer.requantise, g, &numbers[..dst.len()], None, dst);
        }
    }
}

/// One group of 16 channels.
struct Group<'a, S: Dot> {
    simd: S,
    window: &'a Window,
    rows: &'a Rows<'a>,
    /// Where the group starts in every row.
    first: usize,
    weights: &'a [Panel],
    /// Four pixels beyond the map.
    outside: [Pixel; 4],
    start: &'a [i32; LANES],
}

impl<S: Dot> Group<'_, S> {
    /// Pixels from `x` on.
    #[inline(always)]
    fn run(&self, x: usize, numbers: &mut [[i32; LANES]]) {
        let Window {
            kernel: [_, kernel],
            stride: [_, stride],
            dilation: [_, dilation],
            ..
        } = *self.window;
        match (kernel, stride, dilation) {
            (1..=4, 1, 1) => self.tiles::<1, 1, { span(PIXELS, 1, 4) }>(x, numbers),
            (1..=4, 2, 1) => self.tiles::<2, 1, { span(PIXELS, 2, 4) }>(x, numbers),
            (5..=8, 1, 1) => self.tiles::<1, 2, { span(PIXELS, 1, 8) }>(x, numbers),
            (5..=8, 2, 1) => self.tiles::<2, 2, { span(PIXELS, 2, 8) }>(x, numbers),
            _ => self.pixels(x, numbers),
        }
    }

    /// Tiles for a stride and so many quads of a kernel row; SPAN: pixels under one.
    #[inline(always)]
    fn tiles<const STRIDE: usize, const QUADS: usize, const SPAN: usize>(
        &self,
        x: usize,
        numbers: &mut [[i32; LANES]],
    ) {
        const {
            assert!(
                SPAN == span(PIXELS, STRIDE, 4 * QUADS),
                "depthwise: the pixels under a tile"
            )
        };
        let (tiles, rest) = numbers.as_chunks_mut::<PIXELS>();
        let end = x + tiles.len() * PIXELS;
        for (i, numbers) in tiles.iter_mut().enumerate() {
            self.tile::<STRIDE, QUADS, SPAN>(x + i * PIXELS, numbers);
        }
        self.pixels(end, rest);
    }

    #[inline(always)]
    fn tile<const STRIDE: usize, const QUADS: usize, const SPAN: usize>(
        &self,
        x: usize,
        numbers: &mut [[i32; LANES]; PIXELS],
    ) {
        let simd = self.simd;
        let mut sums = [i32x16::from_slice(simd, self.start); PIXELS];
        for (row, weights) in self.rows.iter().zip(self.weights.as_chunks::<QUADS>().0) {
            match row {
                None => {
                    let outside = simd.interleave(&self.outside);
                    for weights in weights {
                        let weights = simd.weights(weights);
                        for sum in &mut sums {
                            *sum = simd.dot(*sum, outside, weights);
                        }
                    }
                }
                Some(row) => {
                    let pixels: &[Pixel; SPAN] = chunk(&row[self.first + x * STRIDE..]);
                    for j in 0..QUADS {
                        let weights = simd.weights(&weights[j]);
                        for p in 0..PIXELS {
                            let inputs = simd.interleave(chunk(&pixels[p * STRIDE + 4 * j..]));
                            sums[p] = simd.dot(sums[p], inputs, weights);
                        }
                    }
                }
            }
        }
        for p in 0..PIXELS {
            sums[p].store_slice(&mut numbers[p]);
        }
    }

    /// Any window, pixel by pixel, from `x` on.
    #[inline(always)]
    fn pixels(&self, x: usize, numbers: &mut [[i32; LANES]]) {
        let simd = self.simd;
        let quads = self.window.kernel[1].div_ceil(4);
        let ([_, stride], [_, dilation]) = (self.window.stride, self.window.dilation);
        for (i, number) in numbers.iter_mut().enumerate() {
            let mut sum = i32x16::from_slice(simd, self.start);
            for (row, weights) in self.rows.iter().zip(self.weights.chunks_exact(quads)) {
                for (j, weights) in weights.iter().enumerate() {
                    let inputs = match row {
                        None => simd.interleave(&self.outside),
                        Some(row) => {
                            let pixels = &row[self.first + (x + i) * stride + 4 * j * dilation..];
                            let [b, c, d] = [dilation, 2 * dilation, 3 * dilation];
                            simd.interleave(&[pixels[0], pixels[b], pixels[c], pixels[d]])
                        }
                    };
                    sum = simd.dot(sum, inputs, simd.weights(weights));
                }
            }
            sum.store_slice(number);
        }
    }
}
