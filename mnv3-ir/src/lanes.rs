//! How channels lie in memory: in groups of [`LANES`], the last one filled up with zeros.

/// Channels of a group: one panel of output channels, one vector of the widest SIMD level.
pub const LANES: usize = 16;

/// Groups that so many channels lie in.
#[must_use]
pub const fn groups(channels: usize) -> usize {
    channels.div_ceil(LANES)
}

/// Channels as they lie in memory: rounded up to whole groups.
#[must_use]
pub const fn padded(channels: usize) -> usize {
    groups(channels) * LANES
}
