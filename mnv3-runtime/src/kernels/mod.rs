//! Kernels over rows of a map, each compiled once for every SIMD level.
//!
//! A map of `H x W x C` lies as `[H][ceil(C / 16)][W][16]`: row by row, and inside a row in groups of 16 channels. A
//! tile of neighbouring pixels is then one run of memory for every group, for pointwise and depthwise alike, and one
//! bounds check serves a whole tile. Lanes beyond `C` hold zero, or NaN where a pixel is not finite; no reduction reads them.
//!
//! Numbers that are not finite go through every kernel as IEEE 754 has it: NaN stays NaN (a maximum with it too), infinity
//! times zero is NaN. Nothing multiplies subnormal numbers: [`underflow`].
//!
//! The level is looked at once for each layer or block ([`level::at_level`]). A kernel that works on rows is a
//! function of its own that enters the level with `vectorize`; everything below it that touches a vector is
//! `#[inline(always)]`, without which it would be compiled for the baseline.

mod depthwise;
mod depthwise_map;
mod each;
mod elementwise;
mod epilogue;
mod half;
pub(crate) mod i8;
mod inverted_residual;
mod level;
mod linear;
mod pixel_shuffle;
mod pointwise;
mod pool;
mod prefetch;
mod probabilities;
mod regions;
mod resize;
pub(crate) mod split;
mod stem;
mod sum;
#[cfg(test)]
mod tests;
mod tiles;
mod underflow;
mod window_pool;

pub(crate) use depthwise::MOST_KERNEL_ROWS;
pub(crate) use depthwise_map::DepthwiseLayer;
pub(crate) use elementwise::GateForm;
pub(crate) use pixel_shuffle::PixelShuffle;
pub(crate) use probabilities::{sigmoid, softmax};
pub(crate) use resize::ResizePlan;
pub use resize::ResizedRows;
pub(crate) use stem::Stem;
pub(crate) use underflow::lift;
pub(crate) use window_pool::WindowPool;

use crate::cpu::Cpu;
use crate::layer::{Block, Dense};
use fearless_simd::Level;
use level::at_level;
use mnv3_ir::Act;

/// A packed `h x w x channels` image to a map; `scratch` is of [`stem_scratch`](mnv3_ir::stem_scratch) floats.
pub(crate) fn stem(cpu: Cpu<'_>, stem: &Stem<'_>, image: &[f32], map: &mut [f32], scratch: &mut [f32]) {
    let cpu = cpu.at_first_layer();
    at_level!(cpu.level, simd => stem::run(simd, cpu, stem, image, map, scratch));
}

/// A block, row by row; `scratch` is of the floats that its plan says.
pub(crate) fn inverted_residual(
    cpu: Cpu<'_>,
    block: &Block<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => inverted_residual::run(simd, cpu, block, input, output, scratch));
}

/// A 1x1 convolution over a map of `size`.
pub(crate) fn pointwise_map(cpu: Cpu<'_>, dense: &Dense<'_>, size: [usize; 2], input: &[f32], output: &mut [f32]) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => pointwise::map(simd, cpu, dense, size, input, output));
}

/// Mean of every channel.
pub(crate) fn pool_avg(level: Level, size: [usize; 2], channels: usize, input: &[f32], output: &mut [f32]) {
    at_level!(level, simd => pool::avg(simd, size, channels, input, output));
}

/// Maximum of every channel.
pub(crate) fn pool_max(level: Level, size: [usize; 2], channels: usize, input: &[f32], output: &mut [f32]) {
    at_level!(level, simd => pool::max(simd, size, channels, input, output));
}

/// A linear layer.
pub(crate) fn linear(cpu: Cpu<'_>, dense: &Dense<'_>, input: &[f32], output: &mut [f32]) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => linear::vector(simd, cpu, dense, input, output));
}

/// A pool over windows of a map.
pub(crate) fn window_pool(level: Level, pool: &WindowPool, input: &[f32], output: &mut [f32]) {
    at_level!(level, simd => window_pool::run(simd, pool, input, output));
}

/// A map at another height and width.
pub(crate) fn resize(cpu: Cpu<'_>, resize: &ResizePlan, input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => resize::run(simd, cpu, resize, input, output, scratch));
}

/// One row of a map at another height and width.
pub(crate) fn resized_row(level: Level, rows: &mut ResizedRows<'_>, y: usize, output: &mut [f32]) {
    at_level!(level, simd => rows.row(simd, y, output));
}

/// The sum of two maps of `h` rows.
pub(crate) fn add(cpu: Cpu<'_>, h: usize, inputs: [&[f32]; 2], output: &mut [f32]) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => elementwise::add(simd, cpu, h, inputs, output));
}

/// A map, each channel times what `form` makes of its number of a vector.
pub(crate) fn gate(
    cpu: Cpu<'_>,
    form: GateForm,
    size: [usize; 2],
    channels: usize,
    map: &[f32],
    vector: &[f32],
    output: &mut [f32],
) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => elementwise::gate(simd, cpu, form, (size, channels), map, vector, output));
}

/// A non-linearity of each number of a map of `h` rows.
pub(crate) fn activate(cpu: Cpu<'_>, h: usize, act: Act, input: &[f32], output: &mut [f32]) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => elementwise::activate(simd, cpu, h, act, input, output));
}

/// A depthwise convolution over a map.
pub(crate) fn depthwise_map(
    cpu: Cpu<'_>,
    map: &DepthwiseLayer<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let cpu = cpu.at_layer();
    at_level!(cpu.level, simd => depthwise_map::run(simd, cpu, map, input, output, scratch));
}

/// A map of four times the channels to one of twice the height and width.
pub(crate) fn pixel_shuffle(cpu: Cpu<'_>, shuffle: &PixelShuffle, input: &[f32], output: &mut [f32]) {
    pixel_shuffle::run(cpu.at_layer(), shuffle, input, output);
}
