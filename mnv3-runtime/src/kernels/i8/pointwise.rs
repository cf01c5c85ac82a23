//! 1x1 convolution of a row: `[ceil(in / 16)][width][16]` bytes to `[ceil(out / 16)][width][16]`.
//!
//! A tile is P pixels times V panels of 16 outputs, whose sums are held in registers while the inputs go by, four at a time.

use super::super::tiles::Registers;
use super::dot::{Dot, Panel, Pixel};
use super::requantise::Requantise;
use crate::kernels::each::each;
use fearless_simd::{i32x16, prelude::*};
use std::ops::Range;

/// A 1x1 convolution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pointwise<'a> {
    /// Channels in.
    pub(crate) input: usize,
    /// `[ceil(output / 16)][ceil(input / 4)]`
    pub(crate) weights: &'a [Panel],
    pub(crate) requantise: Requantise<'a>,
}

/// Where the panels of a row are written: into `row`, whose groups are `width` pixels apart, from pixel `x` on.
pub(super) struct Out<'a> {
    pub(super) row: &'a mut [Pixel],
    pub(super) width: usize,
    pub(super) x: usize,
}

struct ByteTileTask<'a, S: Dot> {
    simd: S,
    layer: &'a Pointwise<'a>,
    quads: usize,
    src: &'a [Pixel],
    width: usize,
    residual: Option<&'a [Pixel]>,
    first_panel: usize,
}

/// The outputs `panels` (in units of 16) of one row of `width` pixels; `residual` is a row of all outputs and the same pixels.
pub(super) fn row<S: Dot>(
    simd: S,
    layer: &Pointwise<'_>,
    panels: Range<usize>,
    width: usize,
    src: &[Pixel],
    mut out: Out<'_>,
    residual: Option<&[Pixel]>,
) {
    let task = ByteTileTask {
        simd,
        layer,
        quads: layer.input.div_ceil(4),
        src,
        width,
        residual,
        first_panel: panels.start,
    };
    // Constants, so that a level has only the tiles compiled that are its own.
    if const { matches!(Registers::of::<S>(), Registers::Wide) } {
        match width {
            14.. => task.cover::<14, 7, 2>(panels, &mut out),
            _ => task.cover::<7, 4, 3>(panels, &mut out),
        }
    } else if const { matches!(Registers::of::<S>(), Registers::Half) } {
        task.cover::<4, 1, 1>(panels, &mut out);
    } else {
        task.cover::<2, 1, 1>(panels, &mut out);
    }
}

impl<S: Dot> ByteTileTask<'_, S> {
    /// V panels at a time, then fewer; P pixels at a time, then Q. A last tile that would stick out of the row is moved back,
    /// and writes some pixels again.
    fn cover<const P: usize, const Q: usize, const V: usize>(&self, panels: Range<usize>, out: &mut Out<'_>) {
        let mut panel = panels.start;
        while panel < panels.end {
            panel += match panels.end - panel {
                left if left >= V => {
                    self.pixels::<P, Q, V>(panel, out);
                    V
                }
                2.. if V > 2 => {
                    self.pixels::<P, Q, 2>(panel, out);
                    2
                }
                _ => {
                    self.pixels::<P, Q, 1>(panel, out);
                    1
                }
            };
        }
    }

    fn pixels<const P: usize, const Q: usize, const V: usize>(&self, panel: usize, out: &mut Out<'_>) {
        let mut x = 0;
        while x < self.width {
            let left = self.width - x;
            if left > Q && self.width >= P {
                x = x.min(self.width - P);
                self.tile::<P, V>(panel, x, out);
                x += P;
            } else if self.width >= Q {
                x = x.min(self.width - Q);
                self.tile::<Q, V>(panel, x, out);
                x += Q;
            } else {
                self.tile::<1, V>(panel, x, out);
                x += 1;
            }
        }
    }

    /// P pixels from `x` on, V panels from `panel` on.
    #[inline(never)]
    fn tile<const P: usize, const V: usize>(&self, panel: usize, x: usize, out: &mut Out<'_>) {
        let simd = self.simd;
        simd.vectorize(
            #[inline(always)]
            || {
                let sums = self.sums::<P, V>(panel, x);
                #[expect(clippy::needless_range_loop, reason = "it is the second index")]
                for v in 0..V {
                    let panel = panel + v;
                    let column: [i32x16<S>; P] = each(
                        #[inline(always)]
                        |p| sums[p][v],
                    );
                    let residual = self.residual.map(
                        #[inline(always)]
                        |map| chunk(&map[panel * self.width + x..]),
                    );
                    let start = (panel - self.first_panel) * out.width + out.x + x;
                    let dst = chunk_mut(&mut out.row[start..]);
                    self.layer.requantise.load(simd, panel).bytes(&column, residual, dst);
                }
            },
        );
    }

    #[inline(always)]
    fn sums<const P: usize, const V: usize>(&self, panel: usize, x: usize) -> [[i32x16<S>; V]; P] {
        let simd = self.simd;
        let panels: [&[Panel]; V] = each(
            #[inline(always)]
            |v| &self.layer.weights[(panel + v) * self.quads..][..self.quads],
        );
        let mut sums = [[i32x16::splat(simd, 0); V]; P];
        for v in 0..V {
            let start = i32x16::from_slice(simd, self.layer.requantise.start(panel + v));
            for pixel in &mut sums {
                pixel[v] = start;
            }
        }
        let groups = self.quads / 4;
        for g in 0..groups {
            let pixels: &[Pixel; P] = chunk(&self.src[g * self.width + x..]);
            let weights: [&[Panel; 4]; V] = each(
                #[inline(always)]
                |v| chunk(&panels[v][4 * g..]),
            );
            for j in 0..4 {
                let weights = each(
                    #[inline(always)]
                    |v| &weights[v][j],
                );
                add(simd, pixels, j, weights, &mut sums);
            }
        }
        let rest = self.quads % 4;
        if rest > 0 {
            let pixels: &[Pixel; P] = chunk(&self.src[groups * self.width + x..]);
            for j in 0..rest {
                let weights = each(
                    #[inline(always)]
                    |v| &panels[v][4 * groups + j],
                );
                add(simd, pixels, j % 4, weights, &mut sums);
            }
        }
        sums
    }
}

/// Adds inputs `4 * j..4 * j + 4` of a group of channels to all sums.
#[inline(always)]
fn add<S: Dot, const P: usize, const V: usize>(
    simd: S,
    pixels: &[Pixel; P],
    j: usize,
    weights: [&Panel; V],
    sums: &mut [[i32x16<S>; V]; P],
) {
    let weights: [S::Weights; V] = each(
        #[inline(always)]
        |v| simd.weights(weights[v]),
    );
    for p in 0..P {
        let inputs = simd.splat(pixels[p].as_chunks::<4>().0[j]);
        for v in 0..V {
            sums[p][v] = simd.dot(sums[p][v], inputs, weights[v]);
        }
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
