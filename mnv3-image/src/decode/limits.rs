//! Bounds of what is decoded.

/// Bytes of an image file: a page of 10^8 uncompressed pixels fits.
pub(super) const FILE_BYTES: u64 = 512 << 20;
/// Pixels of an image.
pub(super) const PIXELS: u64 = 100_000_000;
/// Bytes that decoding may take.
pub(super) const DECODED_BYTES: u64 = 1 << 30;
