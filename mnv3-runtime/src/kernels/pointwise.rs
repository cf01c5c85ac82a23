//! 1x1 convolution of a row: `[ceil(in / 16)][width][16]` to `[ceil(out / 16)][width][16]`.
//!
//! A tile is P pixels times V panels of 16 output channels, held in registers while the input channels go by. With 32
//! registers of 16 lanes (AVX-512) that is 14 x 2 or 7 x 3: 14 and 7 divide every width of the published networks.
//! With 16 registers of 8 lanes it is 6 x 1, with 4 lanes 2 x 1. Where a width leaves a rest, the last tile is moved
//! back to end with the row, and writes some pixels a second time.

use super::epilogue::Epilogue;
use super::prefetch::Prefetch;
use super::split;
use crate::cpu::Cpu;
use crate::layer::{Dense, LANES, padded};
use fearless_simd::{Simd, SimdBase, f32x16, prelude::*};
use std::ops::Range;

/// Where the panels of a row are written: into `row` of `width` pixels, which starts with the first of them, from pixel
/// `x` on (a ring row has a halo on both sides).
pub(super) struct Out<'a> {
    pub(super) row: &'a mut [f32],
    pub(super) width: usize,
    pub(super) x: usize,
}

/// What a tile needs beside its place.
struct Task<'a, S: Simd> {
    simd: S,
    input: usize,
    /// `[ceil(in / 16)][width]` vectors.
    src: &'a [[f32; LANES]],
    src_width: usize,
    weights: &'a [[f32; LANES]],
    bias: &'a [[f32; LANES]],
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
    cpu: Cpu,
    dense: &Dense<'_>,
    [h, w]: [usize; 2],
    input: &[f32],
    output: &mut [f32],
) {
    let row_floats = w * padded(dense.input);
    let panels = dense.output.div_ceil(LANES);
    split::rows(cpu, h * panels, w * LANES, output, &mut [], |part, mut output, _| {
        let mut prefetch = Prefetch::over(steps(dense, part.len() * w / panels), soon(dense));
        for (y, panels) in split::whole_rows(part, panels) {
            let src = &input[y * row_floats..][..row_floats];
            let (now, later) = output.split_at_mut(panels.len() * w * LANES);
            let out = Out {
                row: now,
                width: w,
                x: 0,
            };
            row(simd, dense, panels, w, src, out, None, &mut prefetch);
            output = later;
        }
    });
}

/// About how many steps of [`Prefetch`] a layer over so many pixels has: one for every 16 input channels of a tile.
pub(super) fn steps(dense: &Dense<'_>, pixels: usize) -> usize {
    pixels * dense.output.div_ceil(LANES) * (dense.input / LANES) / 28
}

/// The most floats that are fetched ahead: half a megabyte, beside which a second cache still holds what is in use.
pub(super) const SOON: usize = 1 << 17;

/// The weights after a layer that are worth fetching while it runs: a few times its own, because layers grow towards the
/// end and early ones fit a cache anyway.
pub(super) fn soon<'a>(dense: &Dense<'a>) -> &'a [f32] {
    &dense.later[..dense.later.len().min(8 * dense.weights.len()).min(SOON)]
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
    out: Out<'_>,
    residual: Option<&[f32]>,
    prefetch: &mut Prefetch<'_>,
) {
    let task = Task {
        simd,
        input: dense.input,
        src: src.as_chunks().0,
        src_width: width,
        weights: dense.weights.as_chunks().0,
        bias: dense.bias.as_chunks().0,
        first_panel: panels.start,
        epilogue: Epilogue::from(dense.act),
        residual: residual.map(|r| r.as_chunks().0),
        dst_width: out.width,
        dst_x: out.x,
    };
    let dst = out.row.as_chunks_mut().0;
    simd.vectorize(
        #[inline(always)]
        || match <S::f32s as SimdBase<S>>::LEN {
            LANES if width < 14 => tiles::<S, 7, 4, 3>(&task, panels, dst, prefetch),
            LANES => tiles::<S, 14, 7, 2>(&task, panels, dst, prefetch),
            8 => tiles::<S, 6, 4, 1>(&task, panels, dst, prefetch),
            // NEON has 32 registers of 4 lanes, SSE2 has 16.
            _ if cfg!(target_arch = "aarch64") => tiles::<S, 6, 4, 1>(&task, panels, dst, prefetch),
            _ => tiles::<S, 2, 1, 1>(&task, panels, dst, prefetch),
        },
    );
}

/// V panels at a time, then fewer.
#[inline(always)]
fn tiles<S: Simd, const P: usize, const Q: usize, const V: usize>(
    task: &Task<'_, S>,
    panels: Range<usize>,
    dst: &mut [[f32; LANES]],
    prefetch: &mut Prefetch<'_>,
) {
    let counts = counts(task.src_width, P, Q);
    let mut panel = panels.start;
    while panel < panels.end {
        // Of four panels left, two and two are better than three and one, which cannot hide the latency of its sums.
        let left = panels.end - panel;
        panel += match left {
            _ if left >= V && (V < 3 || left != V + 1) => {
                cover::<S, P, Q, V>(task, counts, panel, dst, prefetch);
                V
            }
            2.. if V >= 2 => {
                cover::<S, P, Q, 2>(task, counts, panel, dst, prefetch);
                2
            }
            _ => {
                cover::<S, P, Q, 1>(task, counts, panel, dst, prefetch);
                1
            }
        };
    }
}

/// How many tiles of `big` and of `small` pixels cover `width` with the least overlap; none of a size beyond it.
#[inline(always)]
fn counts(width: usize, big: usize, small: usize) -> [usize; 2] {
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

/// All pixels of V panels. A tile that would stick out of the row is moved back, and writes some pixels again.
#[inline(always)]
fn cover<S: Simd, const P: usize, const Q: usize, const V: usize>(
    task: &Task<'_, S>,
    [bigs, smalls]: [usize; 2],
    panel: usize,
    dst: &mut [[f32; LANES]],
    prefetch: &mut Prefetch<'_>,
) {
    let width = task.src_width;
    for tile in 0..bigs {
        self::tile::<S, P, V>(task, panel, (tile * P).min(width - P), dst, prefetch);
    }
    for tile in 0..smalls {
        self::tile::<S, Q, V>(task, panel, (bigs * P + tile * Q).min(width - Q), dst, prefetch);
    }
    if Q > 1 && bigs + smalls == 0 {
        for x in 0..width {
            self::tile::<S, 1, V>(task, panel, x, dst, prefetch);
        }
    }
}

#[inline(always)]
fn tile<S: Simd, const P: usize, const V: usize>(
    task: &Task<'_, S>,
    panel: usize,
    x: usize,
    dst: &mut [[f32; LANES]],
    prefetch: &mut Prefetch<'_>,
) {
    let simd = task.simd;
    let input = task.input;
    let mut sums = [[f32x16::splat(simd, 0.0); V]; P];
    let panels: [&[[f32; LANES]]; V] = std::array::from_fn(
        #[inline(always)]
        |v| &task.weights[(panel + v) * input..][..input],
    );
    for (v, bias) in task.bias[panel..panel + V].iter().enumerate() {
        for pixel in &mut sums {
            pixel[v] = f32x16::from_slice(simd, bias);
        }
    }
    let groups = input / LANES;
    for g in 0..groups {
        prefetch.step(simd);
        let pixels: &[[f32; LANES]; P] = chunk(&task.src[g * task.src_width + x..]);
        let weights: [&[[f32; LANES]; LANES]; V] = std::array::from_fn(
            #[inline(always)]
            |v| chunk(&panels[v][g * LANES..]),
        );
        for i in 0..LANES {
            let w: [f32x16<S>; V] = std::array::from_fn(
                #[inline(always)]
                |v| f32x16::from_slice(simd, &weights[v][i]),
            );
            for p in 0..P {
                let a = f32x16::splat(simd, pixels[p][i]);
                for v in 0..V {
                    sums[p][v] = a.mul_add(w[v], sums[p][v]);
                }
            }
        }
    }
    let rest = input % LANES;
    if rest > 0 {
        let pixels: &[[f32; LANES]; P] = chunk(&task.src[groups * task.src_width + x..]);
        for i in 0..rest {
            let w: [f32x16<S>; V] = std::array::from_fn(
                #[inline(always)]
                |v| f32x16::from_slice(simd, &panels[v][groups * LANES + i]),
            );
            for p in 0..P {
                let a = f32x16::splat(simd, pixels[p][i % LANES]);
                for v in 0..V {
                    sums[p][v] = a.mul_add(w[v], sums[p][v]);
                }
            }
        }
    }
    task.epilogue.apply(simd, &mut sums);
    if let Some(residual) = task.residual {
        for v in 0..V {
            let pixels: &[[f32; LANES]; P] = chunk(&residual[(panel + v) * task.src_width + x..]);
            for p in 0..P {
                sums[p][v] += f32x16::from_slice(simd, &pixels[p]);
            }
        }
    }
    for v in 0..V {
        let start = (panel + v - task.first_panel) * task.dst_width + task.dst_x + x;
        let pixels: &mut [[f32; LANES]; P] = chunk_mut(&mut dst[start..]);
        for (pixel, sums) in pixels.iter_mut().zip(&sums) {
            sums[v].store_slice(pixel);
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
