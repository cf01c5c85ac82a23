//! Sums to bytes.

use crate::axis::FRACTION;
use fearless_simd::{Bytes, Simd, SimdSplit, i32x16, prelude::*, u8x16, u8x64};
#[cfg(target_arch = "x86_64")]
use fearless_simd::{SimdCombine, u8x32};

/// Sums that become bytes at a time.
pub(crate) const BYTES: usize = 64;
/// Lanes of a vector of sums, and of a small one of bytes.
pub(crate) const LANES: usize = 16;

/// Sums that began with `START` to bytes, what is below 0 or above 255 to these.
#[inline(always)]
pub(crate) fn bytes<S: Simd>(simd: S, sums: [i32x16<S>; 4]) -> u8x64<S> {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{
            _mm256_packs_epi16, _mm256_packs_epi32, _mm256_permutevar8x32_epi32, _mm256_setr_epi32,
        };
        fearless_simd::kernel!(
            #[inline(always)]
            fn two(token: Avx2, first: &[i32; LANES], second: &[i32; LANES]) -> [u8; BYTES / 2] {
                let (a, b) = (i32x16::from_slice(token, first) >> FRACTION).split();
                let (c, d) = (i32x16::from_slice(token, second) >> FRACTION).split();
                // Packed within blocks of 16 bytes: fours of sums are put in order at the end, at once.
                let words = (
                    _mm256_packs_epi32(a.into(), b.into()),
                    _mm256_packs_epi32(c.into(), d.into()),
                );
                let fours = _mm256_packs_epi16(words.0, words.1);
                let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
                let bytes: u8x32<_> = _mm256_permutevar8x32_epi32(fours, order).simd_into(token);
                (bytes ^ 128).into()
            }
        );
        if let (Some(token), None) = (simd.level().as_avx2(), simd.level().as_avx512()) {
            let [a, b, c, d] = sums;
            let first = u8x32::from_slice(simd, &two(token, &a.into(), &b.into()));
            return first.combine(u8x32::from_slice(simd, &two(token, &c.into(), &d.into())));
        }
    }
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
