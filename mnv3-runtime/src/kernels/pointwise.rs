//! 1x1 convolution of a row: `[ceil(in / 16)][width][16]` to `[ceil(out / 16)][width][16]`.
//!
//! A tile is P pixels times V panels of 16 output channels, held in registers while the input channels go by. On
//! AVX-512 a tile of 14 x 2 fills the 32 registers; 14 and 7 divide every width of the published networks.

use super::epilogue::Epilogue;
use crate::layer::{Dense, LANES};
use fearless_simd::{Simd, SimdBase, f32x16, prelude::*};

/// Where a row is written: into `row` of `width` pixels, from pixel `x` on (a ring row has a halo on both sides).
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
    epilogue: Epilogue<S>,
    /// Added after the non-linearity; as wide as the source row's pixels.
    residual: Option<&'a [[f32; LANES]]>,
    dst_width: usize,
    dst_x: usize,
}

/// One row of `width` pixels; `residual` is a row of the output's channels and the same pixels.
#[inline(always)]
pub(super) fn row<S: Simd>(
    simd: S,
    dense: &Dense<'_>,
    width: usize,
    src: &[f32],
    out: Out<'_>,
    residual: Option<&[f32]>,
) {
    let task = Task {
        simd,
        input: dense.input,
        src: src.as_chunks().0,
        src_width: width,
        weights: dense.weights.as_chunks().0,
        bias: dense.bias.as_chunks().0,
        epilogue: Epilogue::new(simd, dense.act),
        residual: residual.map(|r| r.as_chunks().0),
        dst_width: out.width,
        dst_x: out.x,
    };
    let dst = out.row.as_chunks_mut().0;
    let panels = dense.output.div_ceil(LANES);
    let mut panel = 0;
    // A single pixel is a matrix-vector product: more panels at once hide the latency of its additions.
    if width == 1 {
        while panel + 8 <= panels {
            tile::<S, 1, 8>(&task, panel, 0, dst);
            panel += 8;
        }
    }
    if <S::f32s as SimdBase<S>>::LEN == LANES {
        while panel + 2 <= panels {
            wide_panels::<S, 2>(&task, panel, dst);
            panel += 2;
        }
        if panel < panels {
            wide_panels::<S, 1>(&task, panel, dst);
        }
    } else {
        while panel < panels {
            narrow_panel(&task, panel, dst);
            panel += 1;
        }
    }
}

/// All pixels of V panels with 32 registers of 16 lanes.
#[inline(always)]
fn wide_panels<S: Simd, const V: usize>(task: &Task<'_, S>, panel: usize, dst: &mut [[f32; LANES]]) {
    let mut x = 0;
    while x + 14 <= task.src_width {
        tile::<S, 14, V>(task, panel, x, dst);
        x += 14;
    }
    if x + 7 <= task.src_width {
        tile::<S, 7, V>(task, panel, x, dst);
        x += 7;
    }
    while x + 4 <= task.src_width {
        tile::<S, 4, V>(task, panel, x, dst);
        x += 4;
    }
    while x < task.src_width {
        tile::<S, 1, V>(task, panel, x, dst);
        x += 1;
    }
}

/// All pixels of one panel with 16 registers of 8 lanes, or fewer.
#[inline(always)]
fn narrow_panel<S: Simd>(task: &Task<'_, S>, panel: usize, dst: &mut [[f32; LANES]]) {
    let mut x = 0;
    if <S::f32s as SimdBase<S>>::LEN == 8 {
        while x + 6 <= task.src_width {
            tile::<S, 6, 1>(task, panel, x, dst);
            x += 6;
        }
        while x + 4 <= task.src_width {
            tile::<S, 4, 1>(task, panel, x, dst);
            x += 4;
        }
    }
    while x + 2 <= task.src_width {
        tile::<S, 2, 1>(task, panel, x, dst);
        x += 2;
    }
    if x < task.src_width {
        tile::<S, 1, 1>(task, panel, x, dst);
    }
}

#[inline(always)]
fn tile<S: Simd, const P: usize, const V: usize>(task: &Task<'_, S>, panel: usize, x: usize, dst: &mut [[f32; LANES]]) {
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
    task.epilogue.apply(&mut sums);
    if let Some(residual) = task.residual {
        for v in 0..V {
            let pixels: &[[f32; LANES]; P] = chunk(&residual[(panel + v) * task.src_width + x..]);
            for p in 0..P {
                sums[p][v] += f32x16::from_slice(simd, &pixels[p]);
            }
        }
    }
    for v in 0..V {
        let start = (panel + v) * task.dst_width + task.dst_x + x;
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
