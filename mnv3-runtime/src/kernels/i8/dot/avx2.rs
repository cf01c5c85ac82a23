//! AVX2: bytes become 16-bit numbers, whose products are added in pairs, exactly.

use super::pairs::{PairWeights, by_pairs};
use super::{Dot, Panel, Pixel, Quad};
use fearless_simd::{Avx2, f32x8, f32x16, i8x32, i16x16, i32x8, i32x16, kernel, prelude::*, u8x32};
use mnv3_ir::LANES;
use std::arch::x86_64::*;

/// Bytes 0 and 2 of each four, and bytes 1 and 3, as 16-bit numbers, for lanes 0..8 and 8..16.
type Split = [[__m256i; 2]; 2];

impl Dot for Avx2 {
    type Quads = Split;
    type Weights = Split;

    by_pairs!(add_pairs);

    #[inline(always)]
    fn splat(self, quad: Quad) -> Split {
        kernel!(
            #[inline(always)]
            fn splat(_token: Avx2, quad: i32) -> [__m256i; 2] {
                let bytes = _mm256_set1_epi32(quad);
                let low = _mm256_set1_epi32(0x00ff_00ff);
                [_mm256_and_si256(bytes, low), _mm256_srli_epi16::<8>(bytes)]
            }
        );
        [splat(self, i32::from_le_bytes(quad)); 2]
    }

    #[inline(always)]
    fn interleave(self, pixels: &[Pixel; 4]) -> Split {
        kernel!(
            #[inline(always)]
            fn interleave(token: Avx2, pixels: &[Pixel; 4]) -> Split {
                let [a, b, c, d]: [__m128i; 4] = [
                    fearless_simd::u8x16::from_slice(token, &pixels[0]).into(),
                    fearless_simd::u8x16::from_slice(token, &pixels[1]).into(),
                    fearless_simd::u8x16::from_slice(token, &pixels[2]).into(),
                    fearless_simd::u8x16::from_slice(token, &pixels[3]).into(),
                ];
                // 16-bit numbers of one channel side by side: of pixels 0 and 2, of pixels 1 and 3.
                let wide = |pixel| _mm256_cvtepu8_epi16(pixel);
                let (ac, bd) = ((wide(a), wide(c)), (wide(b), wide(d)));
                let low = [_mm256_unpacklo_epi16(ac.0, ac.1), _mm256_unpacklo_epi16(bd.0, bd.1)];
                let high = [_mm256_unpackhi_epi16(ac.0, ac.1), _mm256_unpackhi_epi16(bd.0, bd.1)];
                // Channels 0-3 and 8-11 in `low`, 4-7 and 12-15 in `high`.
                [
                    [
                        _mm256_permute2x128_si256::<0x20>(low[0], high[0]),
                        _mm256_permute2x128_si256::<0x20>(low[1], high[1]),
                    ],
                    [
                        _mm256_permute2x128_si256::<0x31>(low[0], high[0]),
                        _mm256_permute2x128_si256::<0x31>(low[1], high[1]),
                    ],
                ]
            }
        );
        interleave(self, pixels)
    }

    #[inline(always)]
    fn weights(self, panel: &Panel) -> Split {
        kernel!(
            #[inline(always)]
            fn weights(token: Avx2, low: &[i8], high: &[i8]) -> Split {
                let low: __m256i = i8x32::from_slice(token, low).into();
                let high: __m256i = i8x32::from_slice(token, high).into();
                [
                    [
                        _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(low)),
                        _mm256_srai_epi16::<8>(low),
                    ],
                    [
                        _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(high)),
                        _mm256_srai_epi16::<8>(high),
                    ],
                ]
            }
        );
        let (low, high) = panel.split_at(32);
        weights(self, low, high)
    }

    #[inline(always)]
    fn dot(self, sums: i32x16<Self>, inputs: Split, weights: Split) -> i32x16<Self> {
        kernel!(
            #[inline(always)]
            fn dot(token: Avx2, sums: i32x8<Avx2>, inputs: [__m256i; 2], weights: [__m256i; 2]) -> i32x8<Avx2> {
                let even = _mm256_madd_epi16(inputs[0], weights[0]);
                let odd = _mm256_madd_epi16(inputs[1], weights[1]);
                _mm256_add_epi32(_mm256_add_epi32(sums.into(), even), odd).simd_into(token)
            }
        );
        let (low, high) = sums.split();
        dot(self, low, inputs[0], weights[0]).combine(dot(self, high, inputs[1], weights[1]))
    }

    #[inline(always)]
    fn round(self, x: f32x16<Self>) -> i32x16<Self> {
        kernel!(
            #[inline(always)]
            fn round(token: Avx2, x: f32x8<Avx2>) -> i32x8<Avx2> {
                _mm256_cvtps_epi32(x.into()).simd_into(token)
            }
        );
        let (low, high) = x.split();
        round(self, low).combine(round(self, high))
    }

    #[inline(always)]
    fn saturate(self, pixels: [i32x16<Self>; 4], zero: i32x16<Self>) -> [Pixel; 4] {
        kernel!(
            #[inline(always)]
            fn saturate(token: Avx2, pixels: [i32x16<Avx2>; 2], zero: i32x16<Avx2>) -> [u8; 32] {
                let [a, b] = pixels;
                let ([a, b, zero], [e, f, end]) = (
                    [a.split().0, b.split().0, zero.split().0],
                    [a.split().1, b.split().1, zero.split().1],
                );
                // Each quarter has four channels of either pixel.
                let low = _mm256_packs_epi32(a.into(), b.into());
                let high = _mm256_packs_epi32(e.into(), f.into());
                let low = _mm256_adds_epi16(low, _mm256_packs_epi32(zero.into(), zero.into()));
                let high = _mm256_adds_epi16(high, _mm256_packs_epi32(end.into(), end.into()));
                // Of both pixels channels 0-3 and 8-11, then 4-7 and 12-15.
                let quarters = _mm256_packus_epi16(low, high);
                let order = _mm256_setr_epi32(0, 4, 2, 6, 1, 5, 3, 7);
                let bytes: u8x32<_> = _mm256_permutevar8x32_epi32(quarters, order).simd_into(token);
                bytes.into()
            }
        );
        let [a, b, c, d] = pixels;
        let [first, second] = [saturate(self, [a, b], zero), saturate(self, [c, d], zero)];
        let ([a, b], [c, d]) = (halves(&first), halves(&second));
        [a, b, c, d]
    }

    #[inline(always)]
    fn widen(self, pixel: &Pixel) -> f32x16<Self> {
        kernel!(
            #[inline(always)]
            fn widen(token: Avx2, pixel: &Pixel) -> f32x16<Avx2> {
                let bytes: __m128i = fearless_simd::u8x16::from_slice(token, pixel).into();
                let high = _mm_unpackhi_epi64(bytes, bytes);
                let low: f32x8<_> = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)).simd_into(token);
                let high: f32x8<_> = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(high)).simd_into(token);
                low.combine(high)
            }
        );
        widen(self, pixel)
    }
}

#[inline(always)]
fn halves(bytes: &[u8; 32]) -> [Pixel; 2] {
    let (pixels, _) = bytes.as_chunks();
    [pixels[0], pixels[1]]
}

#[inline(always)]
fn add_pairs(simd: Avx2, sums: i32x16<Avx2>, pair: u32, weights: &PairWeights, half: bool) -> i32x16<Avx2> {
    kernel!(
        #[inline(always)]
        fn add(token: Avx2, sums: i32x8<Avx2>, pair: u32, weights: &[i16]) -> i32x8<Avx2> {
            let weights: __m256i = i16x16::from_slice(token, weights).into();
            let products = _mm256_madd_epi16(_mm256_set1_epi32(pair as i32), weights);
            _mm256_add_epi32(sums.into(), products).simd_into(token)
        }
    );
    let ((low, high), (first, second)) = (sums.split(), weights.split_at(LANES));
    let high = if half { high } else { add(simd, high, pair, second) };
    add(simd, low, pair, first).combine(high)
}
