//! Within blocks of 16 bytes, which is how processors interleave and narrow without moving anything from one block to another.
//! Compilers that see the same as shuffles of blocks may take a vector apart for it.

use crate::axis::FRACTION;
#[cfg(target_arch = "x86_64")]
use fearless_simd::u32x8;
use fearless_simd::{Bytes, Simd, SimdCombine, SimdSplit, i16x16, i32x8, prelude::*, u8x16, u8x32, u16x16, u32x16};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// 32-bit numbers of each block of one with those of the same block of the other: of first halves of blocks, and of second ones.
#[inline(always)]
pub(crate) fn zip_words<S: Simd>(simd: S, a: u32x16<S>, b: u32x16<S>) -> (u32x16<S>, u32x16<S>) {
    #[cfg(target_arch = "x86_64")]
    {
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx512(token: Avx512, a: &[u32; 16], b: &[u32; 16]) -> [[u32; 16]; 2] {
                let (a, b): (__m512i, __m512i) =
                    (u32x16::from_slice(token, a).into(), u32x16::from_slice(token, b).into());
                let low: u32x16<_> = _mm512_unpacklo_epi32(a, b).simd_into(token);
                let high: u32x16<_> = _mm512_unpackhi_epi32(a, b).simd_into(token);
                [low.into(), high.into()]
            }
        );
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx2(token: Avx2, a: &[u32; 16], b: &[u32; 16]) -> [[u32; 16]; 2] {
                let ((a, b), (c, d)) = (
                    u32x16::from_slice(token, a).split(),
                    u32x16::from_slice(token, b).split(),
                );
                let low: u32x8<_> = _mm256_unpacklo_epi32(a.into(), c.into()).simd_into(token);
                let low_end: u32x8<_> = _mm256_unpacklo_epi32(b.into(), d.into()).simd_into(token);
                let high: u32x8<_> = _mm256_unpackhi_epi32(a.into(), c.into()).simd_into(token);
                let high_end: u32x8<_> = _mm256_unpackhi_epi32(b.into(), d.into()).simd_into(token);
                [low.combine(low_end).into(), high.combine(high_end).into()]
            }
        );
        let zipped = if let Some(token) = simd.level().as_avx512() {
            Some(avx512(token, &a.into(), &b.into()))
        } else {
            simd.level().as_avx2().map(
                #[inline(always)]
                |token| avx2(token, &a.into(), &b.into()),
            )
        };
        if let Some([low, high]) = zipped {
            return (u32x16::from_slice(simd, &low), u32x16::from_slice(simd, &high));
        }
    }
    let _ = simd;
    let ((a_upper, a_lower), (b_upper, b_lower)) = (a.split(), b.split());
    let ((a0, a1), (a2, a3)) = (a_upper.split(), a_lower.split());
    let ((b0, b1), (b2, b3)) = (b_upper.split(), b_lower.split());
    (
        (a0.zip_low(b0).combine(a1.zip_low(b1))).combine(a2.zip_low(b2).combine(a3.zip_low(b3))),
        (a0.zip_high(b0).combine(a1.zip_high(b1))).combine(a2.zip_high(b2).combine(a3.zip_high(b3))),
    )
}

/// The same of bytes.
#[inline(always)]
pub(crate) fn zip_bytes<S: Simd>(simd: S, a: u8x32<S>, b: u8x32<S>) -> (u8x32<S>, u8x32<S>) {
    #[cfg(target_arch = "x86_64")]
    {
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx2(token: Avx2, a: &[u8; 32], b: &[u8; 32]) -> [[u8; 32]; 2] {
                let (a, b): (__m256i, __m256i) =
                    (u8x32::from_slice(token, a).into(), u8x32::from_slice(token, b).into());
                let low: u8x32<_> = _mm256_unpacklo_epi8(a, b).simd_into(token);
                let high: u8x32<_> = _mm256_unpackhi_epi8(a, b).simd_into(token);
                [low.into(), high.into()]
            }
        );
        if let Some(token) = simd.level().as_avx2() {
            let [low, high] = avx2(token, &a.into(), &b.into());
            return (u8x32::from_slice(simd, &low), u8x32::from_slice(simd, &high));
        }
    }
    let _ = simd;
    let ((a0, a1), (b0, b1)) = (a.split(), b.split());
    (
        a0.zip_low(b0).combine(a1.zip_low(b1)),
        a0.zip_high(b0).combine(a1.zip_high(b1)),
    )
}

/// Numbers that are bytes, to bytes: those of each block of one, then those of the same block of the other.
#[inline(always)]
pub(crate) fn narrow<S: Simd>(simd: S, a: u16x16<S>, b: u16x16<S>) -> u8x32<S> {
    #[cfg(target_arch = "x86_64")]
    {
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx2(token: Avx2, a: &[u16; 16], b: &[u16; 16]) -> [u8; 32] {
                let (a, b) = (u16x16::from_slice(token, a), u16x16::from_slice(token, b));
                let bytes: u8x32<_> = _mm256_packus_epi16(a.into(), b.into()).simd_into(token);
                bytes.into()
            }
        );
        if let Some(token) = simd.level().as_avx2() {
            return u8x32::from_slice(simd, &avx2(token, &a.into(), &b.into()));
        }
    }
    let _ = simd;
    let ((a0, a1), (b0, b1)) = (a.split(), b.split());
    a0.relaxed_narrow(b0).combine(a1.relaxed_narrow(b1))
}

/// 16-bit numbers of each block: those of first halves, and those of second ones.
#[inline(always)]
pub(crate) fn widen<S: Simd>(simd: S, numbers: i16x16<S>) -> (i32x8<S>, i32x8<S>) {
    #[cfg(target_arch = "x86_64")]
    {
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx2(token: Avx2, numbers: &[i16; 16]) -> [[i32; 8]; 2] {
                let numbers: __m256i = i16x16::from_slice(token, numbers).into();
                let signs = _mm256_srai_epi16::<15>(numbers);
                let low: i32x8<_> = _mm256_unpacklo_epi16(numbers, signs).simd_into(token);
                let high: i32x8<_> = _mm256_unpackhi_epi16(numbers, signs).simd_into(token);
                [low.into(), high.into()]
            }
        );
        if let Some(token) = simd.level().as_avx2() {
            let [low, high] = avx2(token, &numbers.into());
            return (i32x8::from_slice(simd, &low), i32x8::from_slice(simd, &high));
        }
    }
    let _ = simd;
    let (left, right) = numbers.split();
    let ((a, b), (c, d)) = (left.widen(), right.widen());
    (a.combine(c), b.combine(d))
}

/// Sums that began with `START` to bytes; each vector has a quarter of each block.
#[inline(always)]
pub(crate) fn bytes<S: Simd>(simd: S, sums: [i32x8<S>; 4]) -> u8x32<S> {
    let (a, b) = (sums[0] >> FRACTION, sums[1] >> FRACTION);
    let (c, d) = (sums[2] >> FRACTION, sums[3] >> FRACTION);
    #[cfg(target_arch = "x86_64")]
    {
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx2(token: Avx2, a: &[i32; 8], b: &[i32; 8], c: &[i32; 8], d: &[i32; 8]) -> [u8; 32] {
                let (a, b) = (i32x8::from_slice(token, a), i32x8::from_slice(token, b));
                let (c, d) = (i32x8::from_slice(token, c), i32x8::from_slice(token, d));
                let words = (
                    _mm256_packs_epi32(a.into(), b.into()),
                    _mm256_packs_epi32(c.into(), d.into()),
                );
                (u8x32::simd_from(token, _mm256_packs_epi16(words.0, words.1)) ^ 128).into()
            }
        );
        if let Some(token) = simd.level().as_avx2() {
            return u8x32::from_slice(simd, &avx2(token, &a.into(), &b.into(), &c.into(), &d.into()));
        }
    }
    let ((a, e), (b, f), (c, g), (d, h)) = (a.split(), b.split(), c.split(), d.split());
    let left: u8x16<S> = a
        .saturating_narrow(b)
        .saturating_narrow(c.saturating_narrow(d))
        .bitcast();
    let right: u8x16<S> = e
        .saturating_narrow(f)
        .saturating_narrow(g.saturating_narrow(h))
        .bitcast();
    left.combine(right) ^ u8x32::splat(simd, 128)
}
