//! Kernels over maps of bytes, by the arithmetic of docs/int8.md: the same bits at every level.
//!
//! Maps lie as those in single precision do, a byte to a number: `[H][ceil(C / 16)][W][16]`. A workspace has them in its floats,
//! four bytes to each.

mod block;
mod dense;
mod depthwise;
mod dot;
mod pixels;
mod pointwise;
mod pool;
mod requantise;
mod stem;
#[cfg(test)]
mod tests;
mod window_pool;

pub(crate) use block::{Block, Gated};
pub(crate) use depthwise::Depthwise;
pub(crate) use pointwise::Pointwise;
pub(crate) use pool::Scales;
pub(crate) use requantise::Requantise;
pub(crate) use stem::Stem;

use super::WindowPool;
use super::level::at_level;
use crate::cpu::Cpu;
use crate::layer::Dense;
use dot::Rows;
use mnv3_ir::{LANES, Pool};
use pixels::{pixels, pixels_mut};

/// A packed `h x w x channels` image to a map; `scratch` is of [`stem_scratch`](mnv3_ir::int8::stem_scratch) floats.
pub(crate) fn stem(cpu: Cpu<'_>, stem: &Stem<'_>, image: &[f32], map: &mut [f32], scratch: &mut [f32]) {
    let cpu = cpu.at_first_layer();
    at_level!(cpu.level, simd => stem::run(simd, cpu, stem, image, map, scratch));
}

/// A block; `scratch` is of [`block_scratch`](mnv3_ir::int8::block_scratch) floats.
pub(crate) fn inverted_residual(
    cpu: Cpu<'_>,
    block: &Block<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => block::run(simd, cpu, block, input, output, scratch));
}

/// A 1x1 convolution over a map of `h x w`; `scratch` is of [`pointwise_scratch`](mnv3_ir::int8::pointwise_scratch) floats.
pub(crate) fn pointwise_map(
    cpu: Cpu<'_>,
    layer: &Pointwise<'_>,
    [h, w]: [usize; 2],
    outputs: usize,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => pointwise::map(simd, cpu, layer, [h, w], outputs, input, output, scratch));
}

/// A map of bytes to a vector in single precision.
pub(crate) fn global_pool(
    cpu: Cpu<'_>,
    pool: Pool,
    [h, w]: [usize; 2],
    scales: Scales<'_>,
    input: &[f32],
    output: &mut [f32],
) {
    let map = &pixels(input)[..h * w * output.len() / LANES];
    let rows = Rows {
        pixels: map,
        row: w * output.len() / LANES,
        group: w,
    };
    match pool {
        Pool::Avg => at_level!(cpu.level, simd => pool::mean(simd, [h * w, w], rows, scales, output)),
        Pool::Max => pool::max(w, map, scales, output),
    }
}

/// A pool over windows of a map of bytes.
pub(crate) fn window_pool(pool: &WindowPool, input: &[f32], output: &mut [f32]) {
    window_pool::run(pool, pixels(input), pixels_mut(output));
}

/// A linear layer in single precision, to the same bits at every level.
pub(crate) fn linear(cpu: Cpu<'_>, dense: &Dense<'_>, input: &[f32], output: &mut [f32]) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => dense::vector(simd, cpu, dense, input, output));
}
