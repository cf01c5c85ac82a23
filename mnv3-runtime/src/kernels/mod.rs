//! Kernels over rows of a map, each compiled once for every SIMD level.
//!
//! A map of `H x W x C` lies as `[H][ceil(C / 16)][W][16]`: row by row, and inside a row in groups of 16 channels. A
//! tile of neighbouring pixels is then one run of memory for every group, for pointwise and depthwise alike, and one
//! bounds check serves a whole tile. Lanes beyond `C` hold zero.
//!
//! Every function that touches a vector is `#[inline(always)]`, so that it is compiled for the level that [`dispatch!`]
//! chose; that happens once for each layer or block.

mod depthwise;
mod epilogue;
mod inverted_residual;
mod pointwise;
mod pool;
mod softmax;
mod stem;
#[cfg(test)]
mod tests;

pub(crate) use softmax::softmax;

use crate::layer::{Block, Dense, Window, padded};
use fearless_simd::{Level, dispatch};

/// The tallest kernel that the depthwise kernel takes.
pub(crate) const MOST_KERNEL_ROWS: usize = 15;

/// A packed `h x w x channels` image to a map.
#[expect(clippy::too_many_arguments, reason = "a convolution has this many sizes")]
pub(crate) fn stem(
    level: Level,
    dense: &Dense<'_>,
    window: &Window,
    input: [usize; 2],
    channels: usize,
    output: [usize; 2],
    image: &[f32],
    map: &mut [f32],
    scratch: &mut [f32],
) {
    dispatch!(level, simd => stem::run(simd, dense, window, input, channels, output, image, map, scratch));
}

/// A block, row by row; `scratch` is of [`block_scratch`](crate::layer::block_scratch) floats.
pub(crate) fn inverted_residual(
    level: Level,
    block: &Block<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    dispatch!(level, simd => inverted_residual::run(simd, block, input, output, scratch));
}

/// A 1x1 convolution over a map of `size`.
pub(crate) fn pointwise_map(level: Level, dense: &Dense<'_>, [h, w]: [usize; 2], input: &[f32], output: &mut [f32]) {
    let (row_in, row_out) = (w * padded(dense.input), w * padded(dense.output));
    dispatch!(level, simd => {
        for (src, dst) in input.chunks_exact(row_in).zip(output.chunks_exact_mut(row_out)).take(h) {
            pointwise::row(simd, dense, w, src, pointwise::Out { row: dst, width: w, x: 0 }, None);
        }
    });
}

/// Mean of every channel.
pub(crate) fn pool_avg(level: Level, size: [usize; 2], channels: usize, input: &[f32], output: &mut [f32]) {
    dispatch!(level, simd => pool::avg(simd, size, channels, input, output));
}

/// Maximum of every channel.
pub(crate) fn pool_max(level: Level, size: [usize; 2], channels: usize, input: &[f32], output: &mut [f32]) {
    dispatch!(level, simd => pool::max(simd, size, channels, input, output));
}

/// A linear layer: one pixel.
pub(crate) fn linear(level: Level, dense: &Dense<'_>, input: &[f32], output: &mut [f32]) {
    dispatch!(level, simd => {
        pointwise::row(simd, dense, 1, input, pointwise::Out { row: output, width: 1, x: 0 }, None)
    });
}
