//! Sums to bytes.

use crate::axis::FRACTION;
use fearless_simd::{Bytes, Simd, SimdSplit, i32x16, prelude::*, u8x16, u8x64};

/// Sums that become bytes at a time.
pub(crate) const BYTES: usize = 64;
/// Lanes of a vector of sums, and of a small one of bytes.
pub(crate) const LANES: usize = 16;

/// Sums that began with `START` to bytes, what is below 0 or above 255 to these.
#[inline(always)]
pub(crate) fn bytes<S: Simd>(simd: S, sums: [i32x16<S>; 4]) -> u8x64<S> {
    let [a, b, c, d] = sums;
    let low = (a >> FRACTION).saturating_narrow(b >> FRACTION);
    let high = (c >> FRACTION).saturating_narrow(d >> FRACTION);
    let bytes: u8x64<S> = low.saturating_narrow(high).bitcast();
    bytes ^ u8x64::splat(simd, 128)
}

/// The same of a quarter of them.
#[inline(always)]
pub(crate) fn few_bytes<S: Simd>(simd: S, sums: i32x16<S>) -> u8x16<S> {
    let (a, b) = (sums >> FRACTION).split();
    let (low, high) = a.saturating_narrow(b).split();
    let bytes: u8x16<S> = low.saturating_narrow(high).bitcast();
    bytes ^ u8x16::splat(simd, 128)
}
