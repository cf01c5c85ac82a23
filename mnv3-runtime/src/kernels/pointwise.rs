//! 1x1 convolution of a row: `[ceil(in / 16)][width][16]` to `[ceil(out / 16)][width][16]`.
//!
//! A tile is P pixels times V vectors of 16 output channels, held in registers while the input channels go by: the table in
//! [`tiles`](super::tiles). Where the last 8 of 16 channels are padding, AVX2 does not compute them. Where a width leaves a
//! rest, the last tile is moved back to end with the row, and writes some pixels a second time.

use super::epilogue::Epilogue;
use super::prefetch::Prefetch;
use super::split;
use super::tiles::{HALF, MANY_QUARTER, QUARTER, Registers, WIDE};
use crate::cpu::Cpu;
use crate::kernels::each::each;
use crate::layer::Dense;
use fearless_simd::{Simd, SimdFloat, f32x8, f32x16};
use mnv3_ir::{LANES, padded, prefetch_under};
use std::ops::Range;

/// Where the panels of a row are written: into `row` of `width` pixels, which starts with the first of them, from pixel
/// `x` on (a ring row has a halo on both sides).
pub(super) struct PanelOut<'a> {
    pub(super) row: &'a mut [f32],
    pub(super) width: usize,
    pub(super) x: usize,
}

/// What a tile needs beside its place.
struct TileTask<'a, S: Simd> {
    simd: S,
    input: usize,
    /// `[ceil(in / 16)][width]` vectors.
    src: &'a [[f32; LANES]],
    src_width: usize,
    /// `[ceil(out / 16)][in]` vectors.
    weights: &'a [[f32; LANES]],
    bias: &'a [f32],
    /// The panel that the destination starts with.
    first_panel: usize,
    epilogue: Epilogue,
    /// Added after the non-linearity; as wide as the source row's pixels.
    residual: Option<&'a [[f32; LANES]]>,
    dst_width: usize,
    dst_x: usize,
}

/// A whole map of `h x w` pixels, row by row.
pub(super) fn map<S: Simd>(
    simd: S,
    cpu: Cpu<'_>,
    dense: &Dense<'_>,
    [h, w]: [usize; 2],
    input: &[f32],
    output: &mut [f32],
) {
    let row_floats = w * padded(dense.input);
    let panels = dense.output.div_ceil(LANES);
    split::rows(cpu, h * panels, w * LANES, output, &mut [], &|part, mut output, _| {
        let mut prefetch = Prefetch::over(steps(dense, part.len() * w / panels), soon(dense));
        for (ys, panels) in split::runs(part, panels) {
            for y in ys {
                let src = &input[y * row_floats..][..row_floats];
                let (now, later) = output.split_at_mut(panels.len() * w * LANES);
                let out = PanelOut {
                    row: now,
                    width: w,
                    x: 0,
                };
                row(simd, dense, panels.clone(), w, src, out, None, &mut prefetch);
                output = later;
            }
        }
    });
}

/// About how many steps of [`Prefetch`] a layer over so many pixels has: one for every 16 input channels of a tile.
pub(super) fn steps(dense: &Dense<'_>, pixels: usize) -> usize {
    pixels * dense.output.div_ceil(LANES) * (dense.input / LANES) / 28
}

/// The weights after a layer that are worth fetching while it runs.
fn soon<'a>(dense: &Dense<'a>) -> &'a [u8] {
    &dense.later[..dense.later.len().min(prefetch_under(dense.weights.bytes()))]
}

/// The output channels `panels` (in units of 16) of one row of `width` pixels; `residual` is a row of the output's
/// channels and the same pixels.
#[inline(never)]
#[expect(clippy::too_many_arguments, reason = "all of them vary on their own")]
pub(super) fn row<S: Simd>(
    simd: S,
    dense: &Dense<'_>,
    panels: Range<usize>,
    width: usize,
    src: &[f32],
    out: PanelOut<'_>,
    residual: Option<&[f32]>,
    prefetch: &mut Prefetch<'_>,
) {
    let task = TileTask {
        simd,
        input: dense.input,
        src: src.as_chunks().0,
        src_width: width,
        weights: dense.weights.f32(),
        bias: dense.bias,
        first_panel: panels.start,
        epilogue: Epilogue::new(dense.act, dense.lift),
        residual: residual.map(|r| r.as_chunks().0),
        dst_width: out.width,
        dst_x: out.x,
    };
    let dst = out.row.as_chunks_mut().0;
    simd.vectorize(
        #[inline(always)]
        || {
            /// Tiles of the table, in vectors of a type.
            macro_rules! tiled {
                ($tile:expr, $vector:ty, $vectors:expr) => {
                    tiles::<S, $vector, { $tile.pixels }, { $tile.rest }, { $tile.vectors }>(
                        &task, $vectors, dst, prefetch,
                    )
                };
            }
            match (Registers::of::<S>(), width) {
                (Registers::Wide, 14..) => tiled!(WIDE[0], f32x16<S>, panels),
                (Registers::Wide, 7..) => tiled!(WIDE[1], f32x16<S>, panels),
                (Registers::Wide, 4..) => tiled!(WIDE[2], f32x16<S>, panels),
                (Registers::Wide, _) => tiled!(WIDE[3], f32x16<S>, panels),
                (Registers::Half, _) => {
                    let half = panels.end * LANES >= dense.output + 8;
                    let whole = panels.start..panels.end - usize::from(half);
                    match width {
                        8.. => tiled!(HALF[0], f32x16<S>, whole),
                        _ => tiled!(HALF[1], f32x16<S>, whole),
                    }
                    if half {
                        let first = 2 * (panels.end - 1);
                        tiled!(HALF[2], f32x8<S>, first..first + 1);
                        task.clear(panels.end - 1, dst);
                    }
                }
                (Registers::ManyQuarter, _) => tiled!(MANY_QUARTER, f32x16<S>, panels),
                (Registers::Quarter, _) => tiled!(QUARTER, f32x16<S>, panels),
            }
        },
    );
}

/// V vectors at a time, then fewer.
#[inline(always)]
fn tiles<S: Simd, T: SimdFloat<S, Element = f32>, const P: usize, const Q: usize, const V: usize>(
    task: &TileTask<'_, S>,
    vectors: Range<usize>,
    dst: &mut [[f32; LANES]],
    prefetch: &mut Prefetch<'_>,
) {
    let counts = counts(task.src_width, P, Q);
    let mut vector = vectors.start;
    while vector < vectors.end {
        // Of four left, two and two are better than three and one, which cannot hide the latency of its sums.
        let left = vectors.end - vector;
        vector += match left {
            _ if left >= V && (V < 3 || left != V + 1) => {
                cover::<S, T, P, Q, V>(task, counts, vector, dst, prefetch);
                V
            }
            2.. if V >= 2 => {
                cover::<S, T, P, Q, 2>(task, counts, vector, dst, prefetch);
                2
            }
            _ => {
                cover::<S, T, P, Q, 1>(task, counts, vector, dst, prefetch);
                1
            }
        };
    }
}

/// How many tiles of `big` and of `small` pixels cover `width` with the least overlap; none of a size beyond it.
#[inline(always)]
pub(super) fn counts(width: usize, big: usize, small: usize) -> [usize; 2] {
    if width < big {
        return [0, if width < small { 0 } else { width.div_ceil(small) }];
    }
    let whole = width / big;
    let with = |bigs: usize| [bigs, width.saturating_sub(bigs * big).div_ceil(small)];
    // Fewest pixels, and of equals fewest tiles.
    let cost = |[bigs, smalls]: [usize; 2]| (bigs * big + smalls * small, smalls);
    let few = with(whole - 1);
    let best = if cost(few) < cost(with(whole)) {
        few
    } else {
        with(whole)
    };
    if cost(with(whole + 1)) < cost(best) {
        with(whole + 1)
    } else {
        best
    }
}

/// All pixels of V vectors. A tile that would stick out of the row is moved back, and writes some pixels again.
#[inline(always)]
fn cover<S: Simd, T: SimdFloat<S, Element = f32>, const P: usize, const Q: usize, const V: usize>(
    task: &TileTask<'_, S>,
    [bigs, smalls]: [usize; 2],
    vector: usize,
    dst: &mut [[f32; LANES]],
    prefetch: &mut Prefetch<'_>,
) {
    let width = task.src_width;
    for tile in 0..bigs {
        task.tile::<T, P, V>(vector, (tile * P).min(width - P), dst, prefetch);
    }
    for tile in 0..smalls {
        task.tile::<T, Q, V>(vector, (bigs * P + tile * Q).min(width - Q), dst, prefetch);
    }
    if Q > 1 && bigs + smalls == 0 {
        for x in 0..width {
            task.tile::<T, 1, V>(vector, x, dst, prefetch);
        }
    }
}

impl<S: Simd> TileTask<'_, S> {
    /// Writes zeros to the second half of a panel.
    #[inline(always)]
    fn clear(&self, panel: usize, dst: &mut [[f32; LANES]]) {
        let start = (panel - self.first_panel) * self.dst_width + self.dst_x;
        for pixel in &mut dst[start..][..self.src_width] {
            pixel[LANES / 2..].fill(0.0);
        }
    }

    /// P pixels from `x` on, V vectors of T from `vector` on.
    #[inline(always)]
    fn tile<T: SimdFloat<S, Element = f32>, const P: usize, const V: usize>(
        &self,
        vector: usize,
        x: usize,
        dst: &mut [[f32; LANES]],
        prefetch: &mut Prefetch<'_>,
    ) {
        let (simd, input) = (self.simd, self.input);
        // The panels that vectors belong to, and their first lanes there.
        let per_panel = LANES / T::LEN;
        let places: [(usize, usize); V] = each(
            #[inline(always)]
            |v| ((vector + v) / per_panel, (vector + v) % per_panel * T::LEN),
        );
        let panels: [&[[f32; LANES]]; V] = each(
            #[inline(always)]
            |v| &self.weights[places[v].0 * input..][..input],
        );
        let mut sums = [[T::splat(simd, 0.0); V]; P];
        for v in 0..V {
            let bias = self
                .epilogue
                .start(simd, T::from_slice(simd, &self.bias[(vector + v) * T::LEN..][..T::LEN]));
            for pixel in &mut sums {
                pixel[v] = bias;
            }
        }
        let groups = input / LANES;
        for g in 0..groups {
            prefetch.step(simd);
            let pixels: &[[f32; LANES]; P] = chunk(&self.src[g * self.src_width + x..]);
            let weights: [&[[f32; LANES]; LANES]; V] = each(
                #[inline(always)]
                |v| chunk(&panels[v][g * LANES..]),
            );
            for i in 0..LANES {
                let weights = each(
                    #[inline(always)]
                    |v| &weights[v][i][places[v].1..][..T::LEN],
                );
                add(simd, pixels, i, weights, &mut sums);
            }
        }
        let rest = input % LANES;
        if rest > 0 {
            let pixels: &[[f32; LANES]; P] = chunk(&self.src[groups * self.src_width + x..]);
            for i in 0..rest {
                let weights = each(
                    #[inline(always)]
                    |v| &panels[v][groups * LANES + i][places[v].1..][..T::LEN],
                );
                add(simd, pixels, i % LANES, weights, &mut sums);
            }
        }
        self.epilogue.apply(simd, &mut sums);
        for v in 0..V {
            let (panel, lane) = places[v];
            if let Some(residual) = self.residual {
                let pixels: &[[f32; LANES]; P] = chunk(&residual[panel * self.src_width + x..]);
                for p in 0..P {
                    sums[p][v] += T::from_slice(simd, &pixels[p][lane..][..T::LEN]);
                }
            }
            let start = (panel - self.first_panel) * self.dst_width + self.dst_x + x;
            let pixels: &mut [[f32; LANES]; P] = chunk_mut(&mut dst[start..]);
            for (pixel, sums) in pixels.iter_mut().zip(&sums) {
                sums[v].store_slice(&mut pixel[lane..][..T::LEN]);
            }
        }
    }
}

/// Adds channel `i` of a group of input channels to all sums.
#[inline(always)]
fn add<S: Simd, T: SimdFloat<S, Element = f32>, const P: usize, const V: usize>(
    simd: S,
    pixels: &[[f32; LANES]; P],
    i: usize,
    weights: [&[f32]; V],
    sums: &mut [[T; V]; P],
) {
    let w: [T; V] = each(
        #[inline(always)]
        |v| T::from_slice(simd, weights[v]),
    );
    for p in 0..P {
        let a = T::splat(simd, pixels[p][i]);
        for v in 0..V {
            sums[p][v] = a.mul_add(w[v], sums[p][v]);
        }
    }
}

/// The first N vectors: one check for a whole tile.
#[inline(always)]
pub(super) fn chunk<const N: usize>(vectors: &[[f32; LANES]]) -> &[[f32; LANES]; N] {
    match vectors.first_chunk() {
        Some(chunk) => chunk,
        None => unreachable!("rows hold whole tiles"),
    }
}

#[inline(always)]
pub(super) fn chunk_mut<const N: usize>(vectors: &mut [[f32; LANES]]) -> &mut [[f32; LANES]; N] {
    match vectors.first_chunk_mut() {
        Some(chunk) => chunk,
        None => unreachable!("rows hold whole tiles"),
    }
}
