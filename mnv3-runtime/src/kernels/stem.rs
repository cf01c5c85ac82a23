//! The first convolution: directly from the image for the usual windows, from gathered patches for others.

use super::epilogue::Epilogue;
use super::pointwise::{self, PanelOut};
use super::prefetch::Prefetch;
use super::split;
use super::tiles::{Registers, STEM, STEM_WIDE, span};
use super::underflow::{any_subnormal, settled_number};
use crate::cpu::Cpu;
use crate::layer::Dense;
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::{LANES, Window, padded};
use std::ops::Range;

/// What is convolved.
pub(crate) struct Stem<'a> {
    /// `[panel][kh * kw * channels][16]`
    pub(crate) dense: &'a Dense<'a>,
    pub(crate) window: Window,
    /// Height and width of the image.
    pub(crate) input: [usize; 2],
    pub(crate) channels: usize,
    /// Height and width of the map.
    pub(crate) output: [usize; 2],
}

/// `image` is `[h][w][channels]` with nothing between; `scratch` holds a row of patches.
pub(super) fn run<S: Simd>(
    simd: S,
    cpu: Cpu<'_>,
    stem: &Stem<'_>,
    image: &[f32],
    map: &mut [f32],
    scratch: &mut [f32],
) {
    let [oh, ow] = stem.output;
    let row_floats = ow * padded(stem.dense.output);
    split::rows(cpu, oh, row_floats, map, scratch, &|ys, map, scratch| {
        let (mut seen, mut settle) = (0, false);
        for (y, row) in ys.zip(map.chunks_exact_mut(row_floats)) {
            one_row(simd, stem, y, image, settle, row, scratch);
            // What has just been read is in the first cache: to look at it before would be to wait for memory.
            let under = floats_under(stem, y);
            let new = &image[under.start.max(seen)..under.end.max(seen)];
            seen = seen.max(under.end);
            if !settle && holds_subnormal(simd, new) {
                settle = true;
                one_row(simd, stem, y, image, settle, row, scratch);
            }
        }
    });
}

/// Where in the image the rows under row `y` of the map lie.
fn floats_under(stem: &Stem<'_>, y: usize) -> Range<usize> {
    let Window {
        kernel: [kernel, _],
        stride: [stride, _],
        dilation: [dilation, _],
        pad_h: [above, _],
        ..
    } = stem.window;
    let [height, width] = stem.input;
    let floats = |row: usize| row.saturating_sub(above).min(height) * width * stem.channels;
    floats(y * stride)..floats(y * stride + dilation * (kernel - 1) + 1)
}

#[inline(never)]
fn holds_subnormal<S: Simd>(simd: S, image: &[f32]) -> bool {
    simd.vectorize(
        #[inline(always)]
        || any_subnormal(image),
    )
}

/// Row `y` of the map; `settle` if the rows under it may hold subnormal numbers.
fn one_row<S: Simd>(
    simd: S,
    stem: &Stem<'_>,
    y: usize,
    image: &[f32],
    settle: bool,
    row: &mut [f32],
    scratch: &mut [f32],
) {
    let ow = stem.output[1];
    let Window {
        kernel: [_, kw],
        stride: [_, sw],
        dilation: [_, dw],
        ..
    } = stem.window;
    /// Tiles of so many pixels, for the numbers from one output pixel to the next and those of a kernel row.
    macro_rules! tiled {
        ($pixels:expr, $step:literal, $run:literal) => {
            direct::<S, { $pixels }, $step, $run, { span($pixels, $step, $run) }>(simd, stem, y, image, settle, row)
        };
    }
    match (stem.channels * sw, stem.channels * kw, dw, Registers::of::<S>(), ow) {
        (6, 9, 1, Registers::Wide, STEM_WIDE..) => tiled!(STEM_WIDE, 6, 9),
        (6, 9, 1, _, STEM..) => tiled!(STEM, 6, 9),
        (2, 3, 1, Registers::Wide, STEM_WIDE..) => tiled!(STEM_WIDE, 2, 3),
        (2, 3, 1, _, STEM..) => tiled!(STEM, 2, 3),
        _ => {
            let patches = &mut scratch[..ow * padded(stem.dense.input)];
            gather(stem, y, image, patches);
            let out = PanelOut { row, width: ow, x: 0 };
            let panels = 0..stem.dense.output.div_ceil(LANES);
            pointwise::row(simd, stem.dense, panels, ow, patches, out, None, &mut Prefetch::none());
        }
    }
}

/// One row, P pixels at a time. STEP: numbers from one output pixel to the next; RUN: numbers of a kernel row; SPAN:
/// numbers under a tile, `(P - 1) * STEP + RUN`. The row must have P pixels or more.
#[inline(never)]
fn direct<S: Simd, const P: usize, const STEP: usize, const RUN: usize, const SPAN: usize>(
    simd: S,
    stem: &Stem<'_>,
    y: usize,
    image: &[f32],
    settle: bool,
    row: &mut [f32],
) {
    const { assert!(SPAN == span(P, STEP, RUN), "stem: the numbers under a tile") };
    simd.vectorize(
        #[inline(always)]
        || {
            let ow = stem.output[1];
            let epilogue = Epilogue::new(stem.dense.act, stem.dense.lift);
            let panels = stem.dense.weights.f32().chunks_exact(stem.dense.input);
            let outputs = row.as_chunks_mut::<LANES>().0.chunks_exact_mut(ow);
            for ((weights, bias), out) in panels.zip(stem.dense.bias.as_chunks::<LANES>().0).zip(outputs) {
                for tile in 0..ow.div_ceil(P) {
                    // The last tile ends with the row, and writes some pixels again.
                    let x = (tile * P).min(ow - P);
                    let mut sums = [[epilogue.start(simd, f32x16::from_slice(simd, bias))]; P];
                    for (ky, weights) in weights.as_chunks::<RUN>().0.iter().enumerate() {
                        let Some(source) = source(stem, y, ky, image) else {
                            continue;
                        };
                        let mut copy = [0.0; SPAN];
                        let left = stem.window.pad_w[0] * stem.channels;
                        let pixels = under(source, x * STEP, left, settle, &mut copy);
                        for i in 0..RUN {
                            let w = f32x16::from_slice(simd, &weights[i]);
                            for p in 0..P {
                                sums[p][0] = f32x16::splat(simd, pixels[p * STEP + i]).mul_add(w, sums[p][0]);
                            }
                        }
                    }
                    epilogue.apply(simd, &mut sums);
                    for (out, sum) in out[x..].iter_mut().zip(sums) {
                        sum[0].store_slice(out);
                    }
                }
            }
        },
    );
}

/// The image row under row `ky` of the kernel at output row `y`, or `None` for a row of padding.
#[inline(always)]
fn source<'i>(stem: &Stem<'_>, y: usize, ky: usize, image: &'i [f32]) -> Option<&'i [f32]> {
    let floats = stem.input[1] * stem.channels;
    let row = (y * stem.window.stride[0] + ky * stem.window.dilation[0]).checked_sub(stem.window.pad_h[0])?;
    (row < stem.input[0]).then(|| &image[row * floats..][..floats])
}

/// SPAN numbers of a row that has `left` zeros before it and zeros after it: in place, or where a border is among them or
/// they are to be settled copied to `copy`, which holds zeros.
#[inline(always)]
fn under<'s, const SPAN: usize>(
    row: &'s [f32],
    at: usize,
    left: usize,
    settle: bool,
    copy: &'s mut [f32; SPAN],
) -> &'s [f32; SPAN] {
    let inside = at
        .checked_sub(left)
        .and_then(|at| row.get(at..))
        .and_then(|rest| rest.first_chunk());
    if let Some(inside) = inside.filter(|_| !settle) {
        return inside;
    }
    let zeros = left.saturating_sub(at).min(SPAN);
    let rest = &row[at.saturating_sub(left).min(row.len())..];
    let count = rest.len().min(SPAN - zeros);
    copy[zeros..zeros + count].copy_from_slice(&rest[..count]);
    if settle {
        for number in copy.iter_mut() {
            *number = settled_number(*number);
        }
    }
    copy
}

/// The patches under row `y` as `[ceil(kh * kw * channels / 16)][ow][16]`, in the order ky, kx, channel.
fn gather(stem: &Stem<'_>, y: usize, image: &[f32], patches: &mut [f32]) {
    let (channels, ow) = (stem.channels, stem.output[1]);
    let Window {
        kernel: [kh, kw],
        stride,
        dilation,
        pad_w,
        ..
    } = stem.window;
    let patches = patches.as_chunks_mut::<LANES>().0;
    for ky in 0..kh {
        let row = source(stem, y, ky, image);
        for kx in 0..kw {
            for x in 0..ow {
                let column = (x * stride[1] + kx * dilation[1]).checked_sub(pad_w[0]);
                let pixel = row
                    .zip(column)
                    .and_then(|(row, column)| row.get(column * channels..)?.get(..channels));
                for c in 0..channels {
                    let i = (ky * kw + kx) * channels + c;
                    patches[i / LANES * ow + x][i % LANES] = pixel.map_or(0.0, |pixel| settled_number(pixel[c]));
                }
            }
        }
    }
}
