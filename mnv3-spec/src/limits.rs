//! The largest sizes that a spec may ask for. They bound what a compiled network allocates and what the compiler does.

use std::ops::RangeInclusive;

/// Bytes of a spec file.
pub(crate) const FILE_BYTES: usize = 1 << 20;
/// Height and width of an image.
pub(crate) const SIDE: RangeInclusive<usize> = 1..=4096;
/// Channels of an image.
pub(crate) const IMAGE_CHANNELS: RangeInclusive<usize> = 1..=64;
/// Channels of a map.
pub(crate) const CHANNELS: RangeInclusive<usize> = 1..=16384;
/// Kernel height and width.
pub(crate) const KERNEL: RangeInclusive<usize> = 1..=15;
/// Stride down and across.
pub(crate) const STRIDE: RangeInclusive<usize> = 1..=8;
/// Dilation down and across.
pub(crate) const DILATION: RangeInclusive<usize> = 1..=64;
/// Scores.
pub(crate) const CLASSES: RangeInclusive<usize> = 1..=100_000;
/// Classes of a pixel, whose numbers have 16 bits.
pub(crate) const PIXEL_CLASSES: RangeInclusive<usize> = 1..=65_536;
/// Stages of a decoder.
pub(crate) const DECODER: RangeInclusive<usize> = 1..=8;
/// Characters of a class's name.
pub(crate) const NAME: usize = 100;
/// 1x1 convolutions after the blocks.
pub(crate) const LASTS: usize = 8;
/// Hidden layers of a head.
pub(crate) const HIDDENS: usize = 4;
/// Blocks.
pub(crate) const BOTTLENECKS: usize = 256;
/// Floats in one map as it lies in memory, channels filled up to 16: expanded maps included, though they are never written
/// as a whole, since they bound the time of a block; the image as its own numbers.
pub(crate) const MAP: u64 = 1 << 26;
/// Floats of the scratch of one row, and of all tapped maps together. With two buffers for maps, a workspace then has at
/// most 2^28 floats: one GiB, which a 32-bit machine can still address.
pub(crate) const SCRATCH: u64 = 1 << 26;
/// Floats of all packed weights, output channels filled up to 16.
pub(crate) const WEIGHTS: u64 = 1 << 28;
/// Windows that a line is seen through.
pub(crate) const WINDOWS: RangeInclusive<usize> = 1..=64;
/// Maps that a head which detects reads, rows of its extras, and numbers of its lists.
pub(crate) const MAPS: RangeInclusive<usize> = 1..=16;
/// Ratios and scales of anchors, and what offsets are divided by.
pub(crate) const ANCHOR_SIDE: RangeInclusive<f64> = 0.001..=100.0;
/// Boxes of a class or an image.
pub(crate) const BOXES: RangeInclusive<usize> = 1..=10_000;
/// Files in a chain of `extends`.
pub(crate) const EXTENDS: usize = 8;
/// Values in changes of rows, counted once for each row.
pub(crate) const CHANGES: usize = 1 << 14;
/// What channels are made a multiple of.
pub(crate) const DIVISOR: RangeInclusive<usize> = 1..=256;
/// Width and depth multipliers.
pub(crate) const MULTIPLIER: RangeInclusive<f64> = 0.05..=8.0;
/// Epsilon of batch norms, slope and offset of the hard functions.
pub(crate) const SHARE: RangeInclusive<f64> = 0.0..=1.0;
