//! Bytes times signed bytes, which some levels multiply without widening them before.

use fearless_simd::{Bytes, Level, Simd, i8x32, i16x16, prelude::*, u8x32};

/// Whether a level has an instruction for it that gains something: at AVX-512 two products of 16 bits and their sums are one
/// instruction too.
#[inline(always)]
pub(crate) fn multiplies_bytes(level: Level) -> bool {
    #[cfg(target_arch = "x86_64")]
    return level.as_avx512().is_none() && (level.as_avx2().is_some() || level.as_sse4_2().is_some());
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = level;
        false
    }
}

/// Adds `bytes[2i] * factors[2i] + bytes[2i + 1] * factors[2i + 1]` to lane i. Neither the products nor what they are added to
/// may become more than 16 bits hold.
#[inline(always)]
pub(crate) fn add_products<S: Simd>(simd: S, sums: i16x16<S>, bytes: u8x32<S>, factors: i8x32<S>) -> i16x16<S> {
    #[cfg(target_arch = "x86_64")]
    {
        use fearless_simd::{SimdSplit, i16x8};
        use std::arch::x86_64::{_mm_maddubs_epi16, _mm256_maddubs_epi16};
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx2(token: Avx2, bytes: &[u8; 32], factors: &[i8; 32]) -> [i16; 16] {
                let (bytes, factors) = (u8x32::from_slice(token, bytes), i8x32::from_slice(token, factors));
                let products: i16x16<_> = _mm256_maddubs_epi16(bytes.into(), factors.into()).simd_into(token);
                products.into()
            }
        );
        fearless_simd::kernel!(
            #[inline(always)]
            fn sse4_2(token: Sse4_2, bytes: &[u8; 32], factors: &[i8; 32]) -> [i16; 16] {
                let (bytes, factors) = (u8x32::from_slice(token, bytes), i8x32::from_slice(token, factors));
                let ((a, b), (c, d)) = (bytes.split(), factors.split());
                let low: i16x8<_> = _mm_maddubs_epi16(a.into(), c.into()).simd_into(token);
                let high: i16x8<_> = _mm_maddubs_epi16(b.into(), d.into()).simd_into(token);
                low.combine(high).into()
            }
        );
        if let Some(token) = simd.level().as_avx2() {
            return sums + i16x16::from_slice(simd, &avx2(token, &bytes.into(), &factors.into()));
        }
        if let Some(token) = simd.level().as_sse4_2() {
            return sums + i16x16::from_slice(simd, &sse4_2(token, &bytes.into(), &factors.into()));
        }
    }
    let _ = simd;
    let (bytes, factors): (i16x16<S>, i16x16<S>) = (bytes.bitcast(), factors.bitcast());
    let even = (bytes & 0xff) * ((factors << 8) >> 8);
    let odd = ((bytes >> 8) & 0xff) * (factors >> 8);
    sums + even + odd
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::dispatch;

    #[test]
    fn products_are_exact_at_every_level() {
        let bytes: [u8; 32] = std::array::from_fn(|i| [255, 255, 0, 1, 128, 77][i % 6]);
        let factors: [i8; 32] = std::array::from_fn(|i| [64, 64, -128, 127, -64, -64, 5, -5][i % 8]);
        let sums: [i16; 16] = std::array::from_fn(|i| i as i16 - 8);
        let want: [i16; 16] = std::array::from_fn(|i| {
            let product = |j: usize| i16::from(bytes[j]) * i16::from(factors[j]);
            sums[i] + product(2 * i) + product(2 * i + 1)
        });
        for level in mnv3_testing::levels::of_this_machine() {
            let found: [i16; 16] = dispatch!(level, simd => add_products(
                simd,
                i16x16::from_slice(simd, &sums),
                u8x32::from_slice(simd, &bytes),
                i8x32::from_slice(simd, &factors),
            ).into());
            assert_eq!(found, want, "{level:?}");
        }
    }
}
