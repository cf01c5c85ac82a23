//! Memory of networks in eight bits, whose maps lie four bytes to a float.

use crate::{BlockSizes, LANES, Region, Shape, Window, groups, padded};
use core::iter;
use core::ops::Range;

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

/// What an inverted residual block in eight bits does in memory.
///
/// Its expanded map is never there as a whole: some rows of a few channels are, a band, just before they are convolved. The depthwise
/// map is, as `[bands][groups][rows of a band * columns][16]`: the channels of a band lie together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int8BlockPlan {
    /// Output rows of a band; the last may have fewer.
    pub band_rows: usize,
    /// How many bands there are.
    pub bands: usize,
    /// Groups of 16 channels that are expanded and at once convolved.
    pub groups_at_once: usize,
    /// Input rows that a band needs at most.
    pub rows: usize,
    /// Columns of the expanded map, with its borders and what is read beyond them.
    pub columns: usize,
    /// Output rows that are projected at once.
    pub project_rows: usize,
    /// Where everything lies.
    pub scratch: Int8Scratch,
}

/// Scratch of a block in eight bits, in floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int8Scratch {
    /// All of it.
    pub floats: usize,
    /// The depthwise map.
    pub convolved: Region,
    /// The mean of each channel. With squeeze-excite only.
    pub means: Region,
    /// The gate of each channel. With squeeze-excite only.
    pub factors: Region,
    /// Between reduce and expand of squeeze-excite.
    pub squeezed: Region,
    /// What each thread has for itself; the parts below count from its start.
    pub of_thread: Region,
    /// `[groups at once][rows][columns][16]` of the expanded map, with the input of the band, widened, after it; and over both, what
    /// is projected at once, widened.
    pub expanded: Region,
    /// The input of the band, widened.
    pub input: Region,
    /// What is projected at once, widened.
    pub projected: Region,
    /// The weights of a panel, widened, or those of a depthwise kernel.
    pub panel: Region,
}

/// Floats that 16 numbers take when they are widened to 16 bits.
pub const WIDE_FLOATS: usize = LANES / 2;

/// Floats that a panel of 16 outputs takes when its weights are widened.
#[must_use]
pub const fn wide_panel(input: usize) -> usize {
    input.div_ceil(4) * 2 * LANES
}

/// Floats of scratch of a 1x1 convolution over a whole map: some rows of it, and a panel, widened.
#[must_use]
pub const fn pointwise_scratch([h, w]: [usize; 2], input: usize) -> usize {
    rows_at_once([h, w]) * w * groups(input) * WIDE_FLOATS + wide_panel(input)
}

/// Rows of a map that are multiplied at once, so that to widen a panel for them costs little.
#[must_use]
pub const fn rows_at_once([h, w]: [usize; 2]) -> usize {
    least(h, MANY_PIXELS.div_ceil(w))
}

/// The most bytes of a block's own weights that are fetched while it expands.
pub const PREFETCH_OWN: usize = 1 << 20;
/// Pixels beside whose products widening their weights costs little.
const MANY_PIXELS: usize = 56;
/// Bytes of the expanded map that the first cache holds beside what else is in use.
const EXPANDED_MOST: usize = 24 << 10;

/// Rows of a band, if there are so many, beside which those that two bands both expand weigh little.
const LEAST_BAND: usize = 4;

impl Int8BlockPlan {
    /// Decides all of it, for 16 channels of the expanded map in so many floats.
    #[must_use]
    pub const fn new(sizes: &BlockSizes, expanded_floats: usize) -> Self {
        let (all, [h, w], [oh, ow]) = (groups(sizes.channels), sizes.input, sizes.output);
        let columns = columns(w, &sizes.window);
        let groups_at_once = least(all, groups_at_once(h * columns, w));
        let most = EXPANDED_MOST / (groups_at_once * columns * LANES);
        let (reach, stride) = (sizes.window.reach()[0], sizes.window.stride[0]);
        let fit = if most >= h {
            oh
        } else {
            most.saturating_sub(reach) / stride + 1
        };
        // As many bands, but of rows that are as equal as they can be.
        let bands = oh.div_ceil(if fit < LEAST_BAND { LEAST_BAND } else { fit });
        let band_rows = oh.div_ceil(bands);
        let rows = least(h, (band_rows - 1) * stride + reach);
        let project_rows = least(band_rows, rows_at_once(sizes.output));
        let start = Region { offset: 0, len: 0 };
        let convolved = start.then(oh.div_ceil(band_rows) * all * band_rows * ow * PIXEL_FLOATS);
        let [channels, squeezed] = match sizes.squeeze {
            None => [0; 2],
            Some(squeezed) => [padded(sizes.channels), padded(squeezed)],
        };
        let means = convolved.then(channels);
        let factors = means.then(channels);
        let squeezed = factors.then(squeezed);
        let expanded = start.then(groups_at_once * rows * columns * expanded_floats);
        let input = expanded.then(match sizes.expand {
            None => 0,
            Some(input) => rows * w * groups(input) * WIDE_FLOATS,
        });
        let projected = start.then(project_rows * ow * all * WIDE_FLOATS);
        let most_input = match sizes.expand {
            Some(input) if input > sizes.channels => input,
            _ => sizes.channels,
        };
        let end = greater(input.end(), projected.end());
        // A panel of weights, or those of a depthwise kernel.
        let panel = Region { offset: end, len: 0 }.then(greater(wide_panel(most_input), sizes.window.taps() * LANES));
        let of_thread = squeezed.then(panel.end());
        Self {
            band_rows,
            bands: oh.div_ceil(band_rows),
            groups_at_once,
            rows,
            columns,
            project_rows,
            scratch: Int8Scratch {
                floats: of_thread.end(),
                convolved,
                means,
                factors,
                squeezed,
                of_thread,
                expanded,
                input,
                projected,
                panel,
            },
        }
    }
}

impl Int8BlockPlan {
    /// Runs of output rows that are projected at once: of one band each.
    pub fn to_project(&self, rows: Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
        let (band_rows, at_once) = (self.band_rows, self.project_rows);
        let mut next = rows.start;
        iter::from_fn(move || {
            let start = next;
            let band_end = (start / band_rows + 1) * band_rows;
            next = rows.end.min(band_end).min(start + at_once);
            (start < rows.end).then_some(start..next)
        })
    }
}

/// As many panels as the tile of 32 registers has, if so many of them are few bytes.
const fn groups_at_once(pixels: usize, width: usize) -> usize {
    match width {
        0..14 => 3,
        _ if 2 * pixels * LANES <= EXPANDED_MOST => 2,
        _ => 1,
    }
}

/// Floats of scratch of a block.
#[must_use]
pub const fn block_scratch(sizes: &BlockSizes) -> usize {
    // Levels that multiply bytes keep them, others make floats of them.
    let [bytes, floats] = [
        Int8BlockPlan::new(sizes, PIXEL_FLOATS),
        Int8BlockPlan::new(sizes, LANES),
    ];
    greater(bytes.scratch.floats, floats.scratch.floats)
}

const fn greater(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

const fn least(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}
