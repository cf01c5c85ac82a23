//! Scratch that layers need, in floats: the plan of a network reserves it, the kernels divide it. It stands beside the
//! layout of weights because both must know it, and this is the crate that both have.

use crate::layout::{LANES, padded};

/// One row of gathered patches, for the stem.
#[must_use]
pub const fn stem_scratch(ow: usize, [kh, kw]: [usize; 2], channels: usize) -> usize {
    ow * padded(kh * kw * channels)
}

/// Groups of 16 channels that are expanded and at once convolved: few enough that they stay in the first cache, and a
/// multiple of the panels of a tile.
#[must_use]
pub const fn chunk(width: usize, squeeze: bool, exp: usize) -> usize {
    let groups = exp.div_ceil(LANES);
    let chunk = match (width, squeeze) {
        (0..14, _) => 3,
        (20.., true) => 2,
        _ => 4,
    };
    if chunk < groups { chunk } else { groups }
}

/// A row of some groups of 16 channels of the depthwise map, as squeeze-excite needs it kept: its pixels, and the sums of
/// its channels.
#[must_use]
pub const fn kept_floats(ow: usize, groups: usize) -> usize {
    (ow + 1) * groups * LANES
}

/// What a block needs: a ring of input rows with halo and one depthwise row; with squeeze-excite a ring of a few
/// channels or one depthwise row, whichever is larger, then the whole depthwise map with sums, channel means, squeezed vector and
/// gate.
#[must_use]
pub const fn block_scratch(
    [_, w]: [usize; 2],
    [oh, ow]: [usize; 2],
    [kh, dh]: [usize; 2],
    [pad_left, pad_right]: [usize; 2],
    exp: usize,
    squeeze: Option<usize>,
) -> usize {
    let rows = (dh * (kh - 1) + 1) * (w + pad_left + pad_right);
    let row = ow * padded(exp);
    match squeeze {
        None => rows * padded(exp) + row,
        Some(s) => {
            let chunk = chunk(w, true, exp);
            let ring = rows * chunk * LANES;
            let work = if ring > row { ring } else { row };
            work + oh * kept_floats(ow, exp.div_ceil(LANES)) + 2 * padded(exp) + padded(s)
        }
    }
}
