//! The first convolution, from the image in bytes: those of a picture themselves, where scale and zero point are its.

use super::super::tiles::{Registers, STEM_WIDE, span};
use super::super::{MOST_KERNEL_ROWS, split};
use super::dot::{Dot, Panel, Pixel, Quad};
use super::pixels::pixels_mut;
use super::pointwise::{chunk, chunk_mut};
use super::requantise::{Finish, Requantise, floats};
use crate::cpu::Cpu;
use crate::int8_layer::Int8Layer;
use crate::kernels::each::each;
use fearless_simd::{f32x16, i32x16, prelude::*};
use mnv3_ir::int8::{IMAGE_RUN as RUN, image_row_bytes};
use mnv3_ir::{LANES, Shape, Window};

/// The first convolution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stem<'a> {
    pub(crate) window: Window,
    /// Height and width of the image.
    pub(crate) input: [usize; 2],
    pub(crate) channels: usize,
    /// Height and width of the map.
    pub(crate) output: [usize; 2],
    /// `[ceil(output / 16)][kh][ceil(kw * channels / 4)]`, a kernel row's weights in the order kx, channel.
    pub(crate) weights: &'a [Panel],
    pub(crate) requantise: Requantise<'a>,
    /// Scales of the image.
    pub(crate) scale: &'a [f32],
    /// Zero points of the image, whole or not.
    pub(crate) zero: &'a [f32],
    /// The same in bytes, `[ceil(channels / 16)]`.
    pub(crate) border: &'a [Pixel],
}

impl<'a> Stem<'a> {
    /// A layer from an image to a map.
    pub(crate) fn new(layer: Int8Layer<'a>, window: Window, image: Shape, map: Shape) -> Self {
        Self {
            window,
            input: [image.h, image.w],
            channels: image.c,
            output: [map.h, map.w],
            weights: layer.panels,
            requantise: layer.requantise,
            scale: layer.input_scale,
            zero: layer.input_zero,
            border: layer.border,
        }
    }
}

impl Stem<'_> {
    pub(super) const fn row_bytes(&self) -> usize {
        image_row_bytes(self.input[1], self.channels, &self.window)
    }

    /// Makes bytes what lies beyond the border, from a pixel on.
    fn fill(&self, bytes: &mut [u8]) {
        for pixel in bytes.chunks_mut(self.channels) {
            pixel.copy_from_slice(&self.border.as_flattened()[..pixel.len()]);
        }
    }
}

/// A number of the image as a byte: multiplied, added, rounded half to even, clamped.
fn byte(x: f32, inverse: f32, zero: f32) -> u8 {
    (x * inverse + zero).round_ties_even().clamp(0.0, 255.0) as u8
}

/// `image` is `[h][w][channels]` with nothing between, `map` of bytes in floats; `scratch` is of
/// [`stem_scratch`](mnv3_ir::int8::stem_scratch) floats.
pub(super) fn run<S: Dot>(simd: S, cpu: Cpu<'_>, stem: &Stem<'_>, image: &[f32], map: &mut [f32], scratch: &mut [f32]) {
    let ([h, w], [oh, ow]) = (stem.input, stem.output);
    let bytes = stem.row_bytes();
    let row_floats = bytes / size_of::<f32>();
    let image_floats = w * stem.channels;
    let (bytes_of_image, patterns_of_image) = scratch.split_at_mut(h * row_floats);
    let patterns_of_image = &mut patterns_of_image[..2 * RUN * stem.channels];
    patterns(stem, patterns_of_image);
    let patterns_of_image = &*patterns_of_image;
    split::rows(cpu, h, row_floats, bytes_of_image, &mut [], &|ys, rows, _| {
        let rows = bytemuck::cast_slice_mut::<f32, u8>(rows).chunks_exact_mut(bytes);
        for (y, row) in ys.zip(rows) {
            quantise(
                simd,
                stem,
                patterns_of_image,
                &image[y * image_floats..][..image_floats],
                row,
            );
        }
    });
    let image: &[u8] = bytemuck::cast_slice(bytes_of_image);
    let row_pixels = ow * (stem.requantise.scale.len() / LANES);
    split::rows(cpu, oh, row_pixels * LANES / 4, map, &mut [], &|ys, rows, _| {
        for (y, to) in ys.zip(pixels_mut(rows).chunks_exact_mut(row_pixels)) {
            row(simd, stem, y, image, to);
        }
    });
}

/// Scales and zero points in the order of an image's numbers, for a run of each channel that a run can begin with:
/// `[2][channels][RUN]`.
pub(super) fn patterns(stem: &Stem<'_>, patterns: &mut [f32]) {
    let (inverse, zero) = patterns.split_at_mut(RUN * stem.channels);
    for (pixel, zeros) in inverse
        .chunks_exact_mut(stem.channels)
        .zip(zero.chunks_exact_mut(stem.channels))
    {
        for (to, scale) in pixel.iter_mut().zip(stem.scale) {
            *to = 1.0 / scale;
        }
        zeros.copy_from_slice(&stem.zero[..stem.channels]);
    }
}

/// A row of the image to bytes, with borders.
#[inline(never)]
pub(super) fn quantise<S: Dot>(simd: S, stem: &Stem<'_>, patterns: &[f32], image: &[f32], row: &mut [u8]) {
    let left = stem.window.pad_w[0] * stem.channels;
    let (before, row) = row.split_at_mut(left);
    let (row, after) = row.split_at_mut(image.len());
    for border in [before, after] {
        stem.fill(border);
    }
    let (runs, rest) = image.as_chunks::<RUN>();
    let (to, last) = row.split_at_mut(runs.len() * RUN);
    let (inverse, zero) = patterns.split_at(RUN * stem.channels);
    simd.vectorize(
        #[inline(always)]
        || {
            let scales = inverse
                .as_chunks::<RUN>()
                .0
                .iter()
                .zip(zero.as_chunks::<RUN>().0)
                .cycle();
            for ((run, to), (inverse, zero)) in runs.iter().zip(to.as_chunks_mut::<RUN>().0).zip(scales) {
                // Beyond this a byte is 0 or 255 anyway.
                let most = f32x16::splat(simd, 1024.0);
                let mut whole = [i32x16::splat(simd, 0); 4];
                for v in 0..4 {
                    let x = f32x16::from_slice(simd, &run[v * LANES..][..LANES]);
                    let inverse = f32x16::from_slice(simd, &inverse[v * LANES..][..LANES]);
                    let x = x * inverse + f32x16::from_slice(simd, &zero[v * LANES..][..LANES]);
                    whole[v] = simd.round(x.max(-most).min(most));
                }
                to.copy_from_slice(simd.saturate(whole, i32x16::splat(simd, 0)).as_flattened());
            }
        },
    );
    // A run begins where one as often as there are channels began.
    let start = runs.len() % stem.channels * RUN;
    for (i, (x, to)) in rest.iter().zip(last).enumerate() {
        *to = byte(*x, inverse[start + i], zero[start + i]);
    }
}

/// The longest kernel row: 15 pixels of 64 channels, and what is read beyond it.
const MOST_ROW_BYTES: usize = 15 * 64 + 4;

/// Pixels whose sums are held in registers at a time: in wide registers, and in any other.
const LONG: usize = STEM_WIDE;
const SHORT: usize = 4;

/// Row `y` of the map, from the image in bytes: rows of [`Stem::row_bytes`].
pub(super) fn row<S: Dot>(simd: S, stem: &Stem<'_>, y: usize, image: &[u8], dst: &mut [Pixel]) {
    let Window {
        kernel: [kh, kw],
        stride: [sh, sw],
        pad_h: [above, _],
        ..
    } = stem.window;
    let bytes = stem.row_bytes();
    let mut outside = [0; MOST_ROW_BYTES];
    stem.fill(&mut outside[..kw * stem.channels]);
    let mut rows: [&[u8]; MOST_KERNEL_ROWS] = [&[]; MOST_KERNEL_ROWS];
    for (ky, row) in rows.iter_mut().enumerate().take(kh) {
        let y = (y * sh + ky).checked_sub(above).filter(|y| *y < stem.input[0]);
        *row = y.map_or(&[], |y| &image[y * bytes..][..bytes]);
    }
    let task = Task {
        simd,
        rows: &rows[..kh],
        step: sw * stem.channels,
        quads: (kw * stem.channels).div_ceil(4),
        outside: &outside,
    };
    let width = stem.output[1];
    let panels = stem.weights.chunks_exact(kh * task.quads);
    for (panel, (weights, dst)) in panels.zip(dst.chunks_exact_mut(width)).enumerate() {
        task.panel(weights, &stem.requantise, panel, dst);
    }
}

struct Task<'a, S: Dot> {
    simd: S,
    /// The rows under the kernel; empty ones lie outside of the image.
    rows: &'a [&'a [u8]],
    /// Bytes from one output pixel to the next.
    step: usize,
    /// Of four weights in a kernel row.
    quads: usize,
    /// A kernel row of what lies outside.
    outside: &'a [u8],
}

impl<S: Dot> Task<'_, S> {
    /// A row of 16 outputs.
    #[inline(never)]
    fn panel(&self, weights: &[Panel], by: &Requantise<'_>, panel: usize, dst: &mut [Pixel]) {
        let start = by.start(panel);
        self.simd.vectorize(
            #[inline(always)]
            || {
                let finish = by.load(self.simd, panel);
                let wide = const { matches!(Registers::of::<S>(), Registers::Wide) };
                match (self.step, self.quads, dst.len()) {
                    // Three channels under a kernel of three and a stride of two.
                    (6, 3, LONG..) if wide => {
                        self.tiles::<LONG, 6, 3, { span(LONG, 6, 12) }>(weights, start, &finish, dst)
                    }
                    (6, 3, SHORT..) => self.tiles::<SHORT, 6, 3, { span(SHORT, 6, 12) }>(weights, start, &finish, dst),
                    _ => {
                        let (tiles, rest) = dst.as_chunks_mut::<SHORT>();
                        let whole = tiles.len() * SHORT;
                        for (i, dst) in tiles.iter_mut().enumerate() {
                            self.tile(weights, start, i * SHORT, &finish, dst);
                        }
                        for (i, dst) in rest.iter_mut().enumerate() {
                            self.tile(weights, start, whole + i, &finish, std::array::from_mut(dst));
                        }
                    }
                }
            },
        );
    }

    /// Tiles of P pixels that are STEP bytes apart and see QUADS quads of a row. A last tile that would stick out is moved back,
    /// and writes some pixels again.
    #[inline(always)]
    fn tiles<const P: usize, const STEP: usize, const QUADS: usize, const SPAN: usize>(
        &self,
        weights: &[Panel],
        start: &[i32; LANES],
        finish: &Finish<S>,
        dst: &mut [Pixel],
    ) {
        const { assert!(SPAN == span(P, STEP, 4 * QUADS), "stem: the bytes under a tile") };
        let simd = self.simd;
        let mut next = 0;
        while next < dst.len() {
            let x = next.min(dst.len() - P);
            let mut sums = [i32x16::from_slice(simd, start); P];
            for (row, weights) in self.rows.iter().zip(weights.as_chunks::<QUADS>().0) {
                let weights: [S::Weights; QUADS] = each(
                    #[inline(always)]
                    |j| simd.weights(&weights[j]),
                );
                if row.is_empty() {
                    for (j, weights) in weights.into_iter().enumerate() {
                        let outside = simd.splat(quad(&self.outside[4 * j..]));
                        for sum in &mut sums {
                            *sum = simd.dot(*sum, outside, weights);
                        }
                    }
                    continue;
                }
                let bytes: &[u8; SPAN] = chunk(&row[x * STEP..]);
                #[expect(
                    clippy::needless_range_loop,
                    reason = "iterators are not unrolled, and sums are not held in registers then"
                )]
                for p in 0..P {
                    for j in 0..QUADS {
                        let at = p * STEP + 4 * j;
                        let quad = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
                        sums[p] = simd.dot(sums[p], simd.splat(quad), weights[j]);
                    }
                }
            }
            finish.write(&floats(&sums), None, chunk_mut(&mut dst[x..]));
            next += P;
        }
    }

    #[inline(always)]
    fn tile<const P: usize>(
        &self,
        weights: &[Panel],
        start: &[i32; LANES],
        x: usize,
        finish: &Finish<S>,
        dst: &mut [Pixel; P],
    ) {
        let simd = self.simd;
        let mut sums = [i32x16::from_slice(simd, start); P];
        for (row, weights) in self.rows.iter().zip(weights.chunks_exact(self.quads)) {
            for (j, weights) in weights.iter().enumerate() {
                let weights = simd.weights(weights);
                for p in 0..P {
                    let quad = if row.is_empty() {
                        quad(&self.outside[4 * j..])
                    } else {
                        quad(&row[(x + p) * self.step + 4 * j..])
                    };
                    sums[p] = simd.dot(sums[p], simd.splat(quad), weights);
                }
            }
        }
        finish.write(&floats(&sums), None, dst);
    }
}

/// The first four bytes.
#[inline(always)]
fn quad(bytes: &[u8]) -> Quad {
    match bytes.first_chunk() {
        Some(quad) => *quad,
        None => unreachable!("rows have room beyond their end"),
    }
}
