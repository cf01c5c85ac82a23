//! How channels lie in memory: padded to [`LANES`], with zeros.

/// Floats in one panel of output channels and in one group of depthwise channels.
pub const LANES: usize = 16;

/// Channels as they lie in memory: rounded up to [`LANES`].
#[must_use]
pub const fn padded(channels: usize) -> usize {
    channels.div_ceil(LANES) * LANES
}
