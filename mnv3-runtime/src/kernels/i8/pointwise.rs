//! 1x1 convolution of some rows of bytes.
//!
//! A tile is P pixels times V panels of 16 outputs, whose sums are held in registers while the inputs go by, four at a time. Where the
//! last 8 of 16 outputs are padding, narrow registers do not compute them.

use super::super::pointwise::counts;
use super::super::prefetch::Prefetch;
use super::super::tiles::{HALF, MANY_QUARTER, QUARTER, Registers, WIDE};
use super::dot::{Dot, Panel, Pixel, Rows};
use super::pixels::{pixels, pixels_mut};
use super::requantise::{Finish, Requantise, Written, floats};
use crate::cpu::Cpu;
use crate::kernels::each::each;
use crate::kernels::split;
use fearless_simd::{i32x16, prelude::*};
use mnv3_ir::int8::{PIXEL_FLOATS, WIDE_FLOATS, rows_at_once};
use mnv3_ir::{LANES, groups, prefetch_under};
use std::ops::Range;

/// A 1x1 convolution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pointwise<'a> {
    /// Channels in.
    pub(crate) input: usize,
    /// Channels out.
    pub(crate) output: usize,
    /// `[ceil(output / 16)][ceil(input / 4)]`
    pub(crate) weights: &'a [Panel],
    pub(crate) requantise: Requantise<'a>,
    /// The packed weights of all later layers, in whatever numbers.
    pub(crate) later: &'a [u8],
}

impl<'a> Pointwise<'a> {
    /// The weights after it that are worth fetching while it makes so many panels of so many pixels.
    pub(super) fn prefetch<S: Dot>(&self, pixels: usize, panels: usize) -> Prefetch<'a> {
        let soon = self.later.len().min(prefetch_under(self.weights.as_flattened().len()));
        prefetch::<S>(&self.later[..soon], pixels, panels)
    }
}

/// Fetches `soon` under the tiles of so many panels of so many pixels.
pub(super) fn prefetch<S: Dot>(soon: &[u8], pixels: usize, panels: usize) -> Prefetch<'_> {
    let tile = match const { Registers::of::<S>() } {
        Registers::Wide => WIDE[0].pixels * WIDE[0].vectors,
        Registers::Half => HALF[0].pixels,
        Registers::ManyQuarter => MANY_QUARTER.pixels,
        Registers::Quarter => QUARTER.pixels,
    };
    Prefetch::over(pixels * panels / tile, soon)
}

/// Pixels to be written, as those of [`Rows`] lie.
pub(super) struct RowsMut<'m, T> {
    pub(super) pixels: &'m mut [T],
    pub(super) row: usize,
    pub(super) group: usize,
}

struct ByteTileTask<'a, S: Dot> {
    simd: S,
    requantise: &'a Requantise<'a>,
    output: usize,
    quads: usize,
    /// Height and width.
    size: [usize; 2],
    src: Rows<'a, S::Inputs>,
    residual: Option<Rows<'a, Pixel>>,
    first_panel: usize,
}

/// A whole map of `h x w` pixels; `scratch` is of [`pointwise_scratch`](mnv3_ir::int8::pointwise_scratch) floats.
#[expect(clippy::too_many_arguments, reason = "all of them vary on their own")]
pub(super) fn map<S: Dot>(
    simd: S,
    cpu: Cpu<'_>,
    layer: &Pointwise<'_>,
    [h, w]: [usize; 2],
    outputs: usize,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let (channels, panels, at_once) = (groups(layer.input), groups(outputs), rows_at_once([h, w]));
    let (input, row_floats) = (pixels(input), w * panels * PIXEL_FLOATS);
    split::rows(cpu, h, row_floats, output, scratch, &|ys, output, scratch| {
        let mut prefetch = layer.prefetch::<S>(ys.len() * w, panels);
        let (wide, panel) = scratch.split_at_mut(at_once * w * channels * WIDE_FLOATS);
        for (ys, output) in split::bands(ys, at_once).zip(output.chunks_mut(at_once * row_floats)) {
            let src = Rows {
                pixels: &input[ys.start * w * channels..],
                row: w * channels,
                group: w,
            };
            let src = simd.inputs(src, [channels, ys.len(), w], wide);
            let out = RowsMut {
                pixels: pixels_mut(output),
                row: w * panels,
                group: w,
            };
            rows(
                simd,
                layer,
                0..panels,
                [ys.len(), w],
                src,
                out,
                None,
                panel,
                &mut prefetch,
            );
        }
    });
}

/// The outputs `panels` (in units of 16) of some rows; `size` is their height and width. `src` are these rows as
/// [`Dot::inputs`] makes them, `residual` has all outputs of them, `panel` is of [`wide_panel`](mnv3_ir::int8::wide_panel) floats.
#[expect(clippy::too_many_arguments, reason = "all of them vary on their own")]
pub(super) fn rows<S: Dot, T: Written<S>>(
    simd: S,
    layer: &Pointwise<'_>,
    panels: Range<usize>,
    size: [usize; 2],
    src: Rows<'_, S::Inputs>,
    mut out: RowsMut<'_, T>,
    residual: Option<Rows<'_, Pixel>>,
    panel: &mut [f32],
    prefetch: &mut Prefetch<'_>,
) {
    let task = ByteTileTask {
        simd,
        requantise: &layer.requantise,
        output: layer.output,
        quads: layer.input.div_ceil(4),
        size,
        src,
        residual,
        first_panel: panels.start,
    };
    /// Tiles of the table.
    macro_rules! tiled {
        ($tile:expr) => {
            task.cover::<T, { $tile.pixels }, { $tile.rest }, { $tile.vectors }>(
                layer.weights,
                panels,
                &mut out,
                panel,
                prefetch,
            )
        };
    }
    // Constants, so that a level has only the tiles compiled that are its own.
    if const { matches!(Registers::of::<S>(), Registers::Wide) } {
        match size[1] {
            14.. => tiled!(WIDE[0]),
            _ => tiled!(WIDE[1]),
        }
    } else if const { matches!(Registers::of::<S>(), Registers::Half) } {
        match size[1] {
            8.. => tiled!(HALF[0]),
            _ => tiled!(HALF[1]),
        }
    } else if const { matches!(Registers::of::<S>(), Registers::ManyQuarter) } {
        tiled!(MANY_QUARTER);
    } else {
        tiled!(QUARTER);
    }
}

impl<S: Dot> ByteTileTask<'_, S> {
    /// V panels at a time, then fewer.
    fn cover<T: Written<S>, const P: usize, const Q: usize, const V: usize>(
        &self,
        weights: &[Panel],
        panels: Range<usize>,
        out: &mut RowsMut<'_, T>,
        scratch: &mut [f32],
        prefetch: &mut Prefetch<'_>,
    ) {
        let mut panel = panels.start;
        while panel < panels.end {
            let left = panels.end - panel;
            // Of four left, two and two are better than three and one.
            let count = match left {
                _ if left >= V && (V < 3 || left != V + 1) => V,
                2.. if V > 1 => 2,
                _ => 1,
            };
            let weights = &weights[panel * self.quads..][..count * self.quads];
            let weights = self.simd.multiplied(weights, scratch);
            let half = self.output <= panel * LANES + LANES / 2;
            if const { !matches!(Registers::of::<S>(), Registers::Wide) } && half {
                self.panels::<T, P, Q, 1, true>(weights, panel, out, prefetch);
            } else if count == V {
                self.panels::<T, P, Q, V, false>(weights, panel, out, prefetch);
            } else if const { V > 2 } && count == 2 {
                self.panels::<T, P, Q, 2, false>(weights, panel, out, prefetch);
            } else {
                self.panels::<T, P, Q, 1, false>(weights, panel, out, prefetch);
            }
            panel += count;
        }
    }

    /// All pixels of V panels, in tiles of P and of Q pixels. A tile that would stick out of a row is moved back, and writes some
    /// pixels again.
    #[inline(never)]
    fn panels<T: Written<S>, const P: usize, const Q: usize, const V: usize, const HALF: bool>(
        &self,
        weights: &[S::Multiplied],
        panel: usize,
        out: &mut RowsMut<'_, T>,
        prefetch: &mut Prefetch<'_>,
    ) {
        let (simd, [h, width]) = (self.simd, self.size);
        let [bigs, smalls] = counts(width, P, Q);
        simd.vectorize(
            #[inline(always)]
            || {
                let panels: [&[S::Multiplied]; V] = each(
                    #[inline(always)]
                    |v| &weights[v * self.quads..][..self.quads],
                );
                let finish: [Finish<S>; V] = each(
                    #[inline(always)]
                    |v| self.requantise.load(simd, panel + v),
                );
                for y in 0..h {
                    for tile in 0..bigs {
                        prefetch.step(simd);
                        self.tile::<T, P, V, HALF>(&panels, &finish, panel, [y, (tile * P).min(width - P)], out);
                    }
                    for tile in 0..smalls {
                        prefetch.step(simd);
                        let x = (bigs * P + tile * Q).min(width - Q);
                        self.tile::<T, Q, V, HALF>(&panels, &finish, panel, [y, x], out);
                    }
                    if Q > 1 && bigs + smalls == 0 {
                        for x in 0..width {
                            self.tile::<T, 1, V, HALF>(&panels, &finish, panel, [y, x], out);
                        }
                    }
                }
            },
        );
    }

    /// P pixels from a place on, V panels from `panel` on.
    #[inline(always)]
    fn tile<T: Written<S>, const P: usize, const V: usize, const HALF: bool>(
        &self,
        panels: &[&[S::Multiplied]; V],
        finish: &[Finish<S>; V],
        panel: usize,
        [y, x]: [usize; 2],
        out: &mut RowsMut<'_, T>,
    ) {
        let sums = self.sums::<P, V, HALF>(panels, panel, y * self.src.row + x);
        for v in 0..V {
            let column: [i32x16<S>; P] = each(
                #[inline(always)]
                |p| sums[p][v],
            );
            let residual = self.residual.map(
                #[inline(always)]
                |map| chunk(&map.pixels[y * map.row + (panel + v) * map.group + x..]),
            );
            let start = y * out.row + (panel + v - self.first_panel) * out.group + x;
            finish[v].write(&floats(&column), residual, chunk_mut(&mut out.pixels[start..]));
        }
    }

    /// Of the pixels from `first` on in each group of input channels.
    #[inline(always)]
    fn sums<const P: usize, const V: usize, const HALF: bool>(
        &self,
        panels: &[&[S::Multiplied]; V],
        panel: usize,
        first: usize,
    ) -> [[i32x16<S>; V]; P] {
        let simd = self.simd;
        let mut sums = [[i32x16::splat(simd, 0); V]; P];
        for v in 0..V {
            let start = i32x16::from_slice(simd, self.requantise.start(panel + v));
            for pixel in &mut sums {
                pixel[v] = start;
            }
        }
        let groups = self.quads / 4;
        for g in 0..groups {
            let pixels: &[S::Inputs; P] = chunk(&self.src.pixels[first + g * self.src.group..]);
            let weights: [&[S::Multiplied; 4]; V] = each(
                #[inline(always)]
                |v| chunk(&panels[v][4 * g..]),
            );
            for j in 0..4 {
                let weights = each(
                    #[inline(always)]
                    |v| &weights[v][j],
                );
                simd.add::<P, V, HALF>(pixels, j, weights, &mut sums);
            }
        }
        let rest = self.quads % 4;
        if rest > 0 {
            let pixels: &[S::Inputs; P] = chunk(&self.src.pixels[first + groups * self.src.group..]);
            for j in 0..rest {
                let weights = each(
                    #[inline(always)]
                    |v| &panels[v][4 * groups + j],
                );
                simd.add::<P, V, HALF>(pixels, j % 4, weights, &mut sums);
            }
        }
        sums
    }
}

/// The first N: one check for a whole tile.
#[inline(always)]
pub(super) fn chunk<T, const N: usize>(numbers: &[T]) -> &[T; N] {
    match numbers.first_chunk() {
        Some(chunk) => chunk,
        None => unreachable!("rows hold whole tiles"),
    }
}

/// The same, to be written.
#[inline(always)]
pub(super) fn chunk_mut<T, const N: usize>(numbers: &mut [T]) -> &mut [T; N] {
    match numbers.first_chunk_mut() {
        Some(chunk) => chunk,
        None => unreachable!("rows hold whole tiles"),
    }
}
