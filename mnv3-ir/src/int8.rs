//! Memory of networks in eight bits, whose maps lie four bytes to a float.

use crate::{BlockSizes, LANES, Shape, Window, groups, padded};

/// Floats that 16 bytes take.
pub const PIXEL_FLOATS: usize = LANES / size_of::<f32>();

/// Numbers of an image that are made bytes at a time.
pub const IMAGE_RUN: usize = 4 * LANES;

/// Floats that a map of bytes takes.
#[must_use]
pub const fn map_floats(map: Shape) -> usize {
    map.h * map.w * groups(map.c) * PIXEL_FLOATS
}

/// Columns that a row of `width` pixels has under a depthwise convolution, with those that are read beyond it.
#[must_use]
pub const fn columns(width: usize, window: &Window) -> usize {
    let [left, right] = window.pad_w;
    left + width + right + 3 * window.dilation[1]
}

/// Bytes of a row of an image with its borders, and with what is read beyond it: whole floats.
#[must_use]
pub const fn image_row_bytes(width: usize, channels: usize, window: &Window) -> usize {
    let [left, right] = window.pad_w;
    ((left + width + right) * channels + 3).next_multiple_of(size_of::<f32>())
}

/// Floats of scratch of a stem: the image in bytes, with borders, and scales and zero points of [`IMAGE_RUN`] numbers for each
/// channel that a run can begin with.
#[must_use]
pub const fn stem_scratch([h, w]: [usize; 2], channels: usize, window: &Window) -> usize {
    h * image_row_bytes(w, channels, window) / size_of::<f32>() + 2 * IMAGE_RUN * channels
}

/// Floats of scratch of a block.
#[must_use]
pub const fn block_scratch(sizes: &BlockSizes) -> usize {
    let [expanded, convolved, vectors] = block_parts(sizes);
    expanded + convolved + vectors
}

/// Floats of the expanded map with its borders, of the depthwise map, and of vectors.
#[must_use]
pub const fn block_parts(sizes: &BlockSizes) -> [usize; 3] {
    let all = groups(sizes.channels);
    let expanded = sizes.input[0] * all * columns(sizes.input[1], &sizes.window);
    let convolved = sizes.output[0] * all * sizes.output[1];
    let squeezed = match sizes.squeeze {
        None => 0,
        Some(squeezed) => padded(squeezed),
    };
    [
        expanded * PIXEL_FLOATS,
        convolved * PIXEL_FLOATS,
        2 * padded(sizes.channels) + squeezed,
    ]
}
