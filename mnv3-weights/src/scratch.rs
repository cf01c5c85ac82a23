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

/// Rows of a narrow map that are multiplied at once, so that they fill the widest tile.
#[must_use]
pub const fn rows_at_once(width: usize) -> usize {
    const TILE: usize = 14;
    if width < TILE { TILE / width } else { 1 }
}

/// Those rows side by side: `groups` of 16 channels before a 1x1 convolution, and `results` after it, which are not
/// needed for a row alone.
#[must_use]
pub(crate) const fn abreast_floats(width: usize, groups: usize, results: usize) -> usize {
    match rows_at_once(width) {
        1 => width * groups * LANES,
        rows => rows * width * (groups + results) * LANES,
    }
}

/// Rows of the ring between expand and depthwise: as many as the kernel reaches over, and those expanded with them.
#[must_use]
pub const fn ring_rows(width: usize, [kernel, dilation]: [usize; 2], expand: bool) -> usize {
    let ahead = if expand { rows_at_once(width) - 1 } else { 0 };
    dilation * (kernel - 1) + 1 + ahead
}

/// A row of some groups of 16 channels of the depthwise map, as squeeze-excite needs it kept: its pixels, and the sums of
/// its channels.
#[must_use]
pub const fn kept_floats(ow: usize, groups: usize) -> usize {
    (ow + 1) * groups * LANES
}

/// What a block needs: a ring of input rows with halo, what is expanded side by side, and depthwise rows to be projected;
/// with squeeze-excite a ring of a few channels or the rows, whichever is larger, then the whole depthwise map with its
/// sums, channel means, squeezed vector and gate.
#[must_use]
#[expect(clippy::too_many_arguments, reason = "all of them vary on their own")]
pub const fn block_scratch(
    [h, w]: [usize; 2],
    [oh, ow]: [usize; 2],
    window_rows: [usize; 2],
    [pad_left, pad_right]: [usize; 2],
    expand: Option<usize>,
    exp: usize,
    output: usize,
    squeeze: Option<usize>,
) -> usize {
    let groups = exp.div_ceil(LANES);
    let in_ring = match squeeze {
        None => groups,
        Some(_) => chunk(w, true, exp),
    };
    let ring_row = (w + pad_left + pad_right) * in_ring * LANES;
    let ring = ring_rows(w, window_rows, expand.is_some()) * ring_row
        + match expand {
            Some(input) if rows_at_once(w) > 1 => h * w * padded(input) + rows_at_once(w) * w * in_ring * LANES,
            _ => 0,
        };
    let rows = abreast_floats(ow, groups, output.div_ceil(LANES));
    match squeeze {
        None => ring + rows,
        Some(s) => {
            let work = if ring > rows { ring } else { rows };
            work + oh * kept_floats(ow, groups) + 2 * padded(exp) + padded(s)
        }
    }
}
