//! What an inverted residual block does in memory and time.
//!
//! A block never writes its expanded map as a whole: rows of it go through a line buffer. [`BlockPlan::new`] decides how
//! high that is, how many channels and rows are worked on at a time, how threads divide the block, how far ahead weights
//! are fetched, and where all of this lies in scratch. The kernel obeys it, and `mnv3 summary --plan` prints it.
//!
//! Every constant here was measured: docs/kernels.md.

use crate::{LANES, Region, Window, groups, padded};

/// The sizes of an inverted residual block; pairs are `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSizes {
    /// Rows and columns of the input.
    pub input: [usize; 2],
    /// Rows and columns of the output.
    pub output: [usize; 2],
    /// Of the depthwise convolution.
    pub window: Window,
    /// Input channels of the expand convolution; `None` without one.
    pub expand: Option<usize>,
    /// Channels of the depthwise map.
    pub channels: usize,
    /// Channels that squeeze-excite reduces to; `None` without it.
    pub squeeze: Option<usize>,
    /// Output channels.
    pub project: usize,
}

/// The plan of an inverted residual block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockPlan {
    /// What it is a plan of.
    pub sizes: BlockSizes,
    /// Groups of 16 channels that are expanded and at once convolved: few enough that they stay in the first cache.
    pub groups_at_once: usize,
    /// Between expand and depthwise.
    pub line_buffer: LineBufferPlan,
    /// Rows of a narrow input that expand may multiply as one: [`expand_rows`](Self::expand_rows) says whether it does.
    pub expand_row_batch: usize,
    /// Rows of a narrow depthwise map that project multiplies as one.
    pub project_row_batch: usize,
    /// The most floats of the block's own weights that are fetched while it expands.
    pub prefetch_under_expand: usize,
    /// The most floats of the weights after the block that are fetched while it projects.
    pub prefetch_under_project: usize,
    /// Where everything lies.
    pub scratch: BlockScratch,
}

/// Rows of the expanded map, each with its zero columns left and right; row `y` lies in slot `y % rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineBufferPlan {
    /// As many as the kernel reaches over, and those that are expanded together with the last of them.
    pub rows: usize,
    /// With padding.
    pub columns: usize,
    /// Groups of 16 channels.
    pub groups: usize,
}

/// How several threads divide a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Division {
    /// Runs of output rows; the input rows between two runs are expanded for both.
    Rows,
    /// Runs of channels up to the depthwise map; then output rows, in pieces of 16 output channels.
    Channels,
}

/// BlockScratch of a block, in floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockScratch {
    /// All of it.
    pub floats: usize,
    /// The depthwise map, and beside each row the sums of its channels. With squeeze-excite only.
    pub depthwise_map: Region,
    /// The mean of each channel. With squeeze-excite only.
    pub means: Region,
    /// The gate of each channel. With squeeze-excite only.
    pub gate: Region,
    /// Between reduce and expand of squeeze-excite.
    pub squeezed: Region,
    /// What each thread has for itself.
    pub of_thread: Region,
    /// Parts of `of_thread`.
    pub thread: ThreadScratch,
}

/// BlockScratch that each thread has for itself. Offsets count from its start. With squeeze-excite the parts for expansion and
/// those for projection overlap: the depthwise map is complete before the first row is projected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadScratch {
    /// [`LineBufferPlan`]: `[rows][groups][columns][16]`.
    pub line_buffer: Region,
    /// The input in row batches, `[batch][input groups][rows of a batch * columns][16]`. Empty for wide inputs.
    pub input_batches: Region,
    /// One row batch of the expanded map, `[groups][rows of a batch * columns][16]`. Empty for wide inputs.
    pub expanded_batch: Region,
    /// One row batch of the depthwise map, gated, `[groups][rows of a batch * columns][16]`.
    pub depthwise_batch: Region,
    /// One row batch of the output, `[groups][rows of a batch * columns][16]`. Empty for wide maps.
    pub projected_batch: Region,
}

impl ThreadScratch {
    /// The parts for expansion: line buffer, input batches, expanded batch.
    #[must_use]
    pub const fn expansion(&self) -> [Region; 3] {
        [self.line_buffer, self.input_batches, self.expanded_batch]
    }

    /// The parts for projection: depthwise batch, projected batch.
    #[must_use]
    pub const fn projection(&self) -> [Region; 2] {
        [self.depthwise_batch, self.projected_batch]
    }
}

impl BlockPlan {
    /// Decides all of it.
    #[must_use]
    pub const fn new(sizes: BlockSizes) -> Self {
        let groups_at_once = groups_at_once(&sizes);
        let expand_row_batch = match sizes.expand {
            Some(_) => row_batch(sizes.input[1]),
            None => 1,
        };
        let project_row_batch = row_batch(sizes.output[1]);
        let line_buffer = LineBufferPlan {
            rows: sizes.window.reach()[0] + expand_row_batch - 1,
            columns: sizes.input[1] + sizes.window.pad_w[0] + sizes.window.pad_w[1],
            groups: match sizes.squeeze {
                None => groups(sizes.channels),
                Some(_) => groups_at_once,
            },
        };
        Self {
            sizes,
            groups_at_once,
            line_buffer,
            expand_row_batch,
            project_row_batch,
            prefetch_under_expand: 2 * PREFETCH_MOST,
            prefetch_under_project: prefetch_under(sizes.channels * padded(sizes.project)),
            scratch: BlockScratch::new(&sizes, &line_buffer, [expand_row_batch, project_row_batch]),
        }
    }

    /// How `threads` of them divide the block. Rows, unless squeeze-excite has them meet anyway and a thread would have
    /// so few rows that those expanded twice weigh more.
    #[must_use]
    pub const fn division(&self, threads: usize) -> Division {
        if self.sizes.squeeze.is_none() || self.sizes.input[0] >= ROWS_OF_A_THREAD * threads {
            Division::Rows
        } else {
            Division::Channels
        }
    }

    /// Input rows that expand multiplies as one with vectors of so many lanes. With 16, seven pixels keep all registers
    /// busy, and putting rows side by side would cost more than it saves.
    #[must_use]
    pub const fn expand_rows(&self, lanes: usize) -> usize {
        if lanes == LANES && self.sizes.input[1] >= FULL_TILE_OF_16_LANES {
            1
        } else {
            self.expand_row_batch
        }
    }

    /// Floats of a row of `groups` groups of the depthwise map in [`BlockScratch::depthwise_map`], the sums beside it included.
    #[must_use]
    pub const fn depthwise_row(&self, groups: usize) -> usize {
        depthwise_row(self.sizes.output[1], groups)
    }
}

impl BlockScratch {
    const fn new(sizes: &BlockSizes, line_buffer: &LineBufferPlan, [expand_rows, project_rows]: [usize; 2]) -> Self {
        let [h, w] = sizes.input;
        let [oh, ow] = sizes.output;
        let all = groups(sizes.channels);
        let rows = line_buffer.rows * line_buffer.columns * line_buffer.groups * LANES;
        let start = Region { offset: 0, len: 0 };
        let line_buffer_region = start.then(rows);
        let input_batches = line_buffer_region.then(match sizes.expand {
            Some(input) if expand_rows > 1 => h * w * padded(input),
            _ => 0,
        });
        let expanded_batch = input_batches.then(match expand_rows {
            1 => 0,
            rows => rows * w * line_buffer.groups * LANES,
        });
        let expansion = match sizes.squeeze {
            None => expanded_batch,
            Some(_) => start,
        };
        let depthwise_batch = expansion.then(project_rows * ow * all * LANES);
        let projected_batch = depthwise_batch.then(match project_rows {
            1 => 0,
            rows => rows * ow * padded(sizes.project),
        });
        let thread = ThreadScratch {
            line_buffer: line_buffer_region,
            input_batches,
            expanded_batch,
            depthwise_batch,
            projected_batch,
        };
        let [map, channels, squeezed] = match sizes.squeeze {
            None => [0; 3],
            Some(squeezed) => [oh * depthwise_row(ow, all), padded(sizes.channels), padded(squeezed)],
        };
        let depthwise_map = start.then(map);
        let means = depthwise_map.then(channels);
        let gate = means.then(channels);
        let squeezed = gate.then(squeezed);
        let of_thread = squeezed.then(most(expanded_batch.end(), projected_batch.end()));
        Self {
            floats: of_thread.end(),
            depthwise_map,
            means,
            gate,
            squeezed,
            of_thread,
            thread,
        }
    }
}

/// Pixels of the widest register tile.
const WIDEST_TILE: usize = 14;
/// Pixels that keep 32 registers of 16 lanes busy.
const FULL_TILE_OF_16_LANES: usize = 7;
/// Input rows that a thread must have for a gated block to be divided by rows.
const ROWS_OF_A_THREAD: usize = 14;
/// Bytes that are fetched ahead: half a megabyte, beside which a second cache still holds what is in use.
const PREFETCH_MOST: usize = 1 << 19;

/// The most bytes of later weights that are worth fetching under a layer of so many bytes: a few times its own, because
/// layers grow towards the end, and early ones fit a cache anyway.
#[must_use]
pub const fn prefetch_under(weights: usize) -> usize {
    least(PREFETCH_MOST, 8 * weights)
}

const fn groups_at_once(sizes: &BlockSizes) -> usize {
    let few = match (sizes.input[1], sizes.squeeze) {
        (0..14, _) => 3,
        (20.., Some(_)) => 2,
        _ => 4,
    };
    least(few, groups(sizes.channels))
}

/// Rows of a narrow map that are multiplied at once, so that they fill the widest tile.
const fn row_batch(width: usize) -> usize {
    if width < WIDEST_TILE { WIDEST_TILE / width } else { 1 }
}

/// A row of the depthwise map as squeeze-excite needs it kept: its pixels, and the sums of its channels.
const fn depthwise_row(ow: usize, groups: usize) -> usize {
    (ow + 1) * groups * LANES
}

const fn least(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

const fn most(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
