//! SSE2: as AVX2, in four parts.

use super::pairs::{PairWeights, by_pairs};
use super::{Dot, Panel, Pixel, Quad};
use crate::kernels::each::each;
use fearless_simd::{Sse2, f32x4, f32x16, i8x16, i16x8, i32x4, i32x16, kernel, prelude::*, u8x16};
use std::arch::x86_64::*;

/// Bytes 0 and 2 of each four, and bytes 1 and 3, as 16-bit numbers, for four lanes each.
type Quarters = [[__m128i; 2]; 4];

impl Dot for Sse2 {
    type Quads = Quarters;
    type Weights = Quarters;

    by_pairs!(add_pairs);

    #[inline(always)]
    fn splat(self, quad: Quad) -> Quarters {
        kernel!(
            #[inline(always)]
            fn splat(_token: Sse2, quad: i32) -> [__m128i; 2] {
                let bytes = _mm_set1_epi32(quad);
                [
                    _mm_and_si128(bytes, _mm_set1_epi32(0x00ff_00ff)),
                    _mm_srli_epi16::<8>(bytes),
                ]
            }
        );
        [splat(self, i32::from_le_bytes(quad)); 4]
    }

    #[inline(always)]
    fn interleave(self, pixels: &[Pixel; 4]) -> Quarters {
        kernel!(
            #[inline(always)]
            fn interleave(token: Sse2, pixels: &[Pixel; 4]) -> Quarters {
                let [a, b, c, d]: [__m128i; 4] = [
                    fearless_simd::u8x16::from_slice(token, &pixels[0]).into(),
                    fearless_simd::u8x16::from_slice(token, &pixels[1]).into(),
                    fearless_simd::u8x16::from_slice(token, &pixels[2]).into(),
                    fearless_simd::u8x16::from_slice(token, &pixels[3]).into(),
                ];
                let zero = _mm_setzero_si128();
                // Bytes of one channel side by side, of pixels 0 and 2, of 1 and 3; then each as a 16-bit number.
                let even = [_mm_unpacklo_epi8(a, c), _mm_unpackhi_epi8(a, c)];
                let odd = [_mm_unpacklo_epi8(b, d), _mm_unpackhi_epi8(b, d)];
                [
                    [_mm_unpacklo_epi8(even[0], zero), _mm_unpacklo_epi8(odd[0], zero)],
                    [_mm_unpackhi_epi8(even[0], zero), _mm_unpackhi_epi8(odd[0], zero)],
                    [_mm_unpacklo_epi8(even[1], zero), _mm_unpacklo_epi8(odd[1], zero)],
                    [_mm_unpackhi_epi8(even[1], zero), _mm_unpackhi_epi8(odd[1], zero)],
                ]
            }
        );
        interleave(self, pixels)
    }

    #[inline(always)]
    fn weights(self, panel: &Panel) -> Quarters {
        kernel!(
            #[inline(always)]
            fn weights(token: Sse2, weights: &[i8; 16]) -> [__m128i; 2] {
                let bytes: __m128i = i8x16::from_slice(token, weights).into();
                [
                    _mm_srai_epi16::<8>(_mm_slli_epi16::<8>(bytes)),
                    _mm_srai_epi16::<8>(bytes),
                ]
            }
        );
        let (quarters, _) = panel.as_chunks();
        each(
            #[inline(always)]
            |q| weights(self, &quarters[q]),
        )
    }

    #[inline(always)]
    fn dot(self, sums: i32x16<Self>, inputs: Quarters, weights: Quarters) -> i32x16<Self> {
        kernel!(
            #[inline(always)]
            fn dot(token: Sse2, sums: i32x4<Sse2>, inputs: [__m128i; 2], weights: [__m128i; 2]) -> i32x4<Sse2> {
                let even = _mm_madd_epi16(inputs[0], weights[0]);
                let odd = _mm_madd_epi16(inputs[1], weights[1]);
                _mm_add_epi32(_mm_add_epi32(sums.into(), even), odd).simd_into(token)
            }
        );
        let (low, high) = sums.split();
        let ((a, b), (c, d)) = (low.split(), high.split());
        let low = dot(self, a, inputs[0], weights[0]).combine(dot(self, b, inputs[1], weights[1]));
        let high = dot(self, c, inputs[2], weights[2]).combine(dot(self, d, inputs[3], weights[3]));
        low.combine(high)
    }

    #[inline(always)]
    fn round(self, x: f32x16<Self>) -> i32x16<Self> {
        kernel!(
            #[inline(always)]
            fn round(token: Sse2, x: f32x4<Sse2>) -> i32x4<Sse2> {
                _mm_cvtps_epi32(x.into()).simd_into(token)
            }
        );
        let (low, high) = x.split();
        let ((a, b), (c, d)) = (low.split(), high.split());
        let (low, high) = (
            round(self, a).combine(round(self, b)),
            round(self, c).combine(round(self, d)),
        );
        low.combine(high)
    }

    #[inline(always)]
    fn saturate(self, pixels: [i32x16<Self>; 4], zero: i32x16<Self>) -> [Pixel; 4] {
        kernel!(
            #[inline(always)]
            fn saturate(token: Sse2, pixel: [i32x4<Sse2>; 4], zero: [i32x4<Sse2>; 4]) -> Pixel {
                let ([a, b, c, d], [e, f, g, h]) = (pixel, zero);
                let low = _mm_packs_epi32(a.into(), b.into());
                let high = _mm_packs_epi32(c.into(), d.into());
                let low = _mm_adds_epi16(low, _mm_packs_epi32(e.into(), f.into()));
                let high = _mm_adds_epi16(high, _mm_packs_epi32(g.into(), h.into()));
                let bytes: u8x16<_> = _mm_packus_epi16(low, high).simd_into(token);
                bytes.into()
            }
        );
        let zero = quarters(zero);
        each(
            #[inline(always)]
            |p| saturate(self, quarters(pixels[p]), zero),
        )
    }

    #[inline(always)]
    fn widen(self, pixel: &Pixel) -> f32x16<Self> {
        kernel!(
            #[inline(always)]
            fn widen(token: Sse2, pixel: &Pixel) -> f32x16<Sse2> {
                let (bytes, zero): (__m128i, _) = (u8x16::from_slice(token, pixel).into(), _mm_setzero_si128());
                let (low, high) = (_mm_unpacklo_epi8(bytes, zero), _mm_unpackhi_epi8(bytes, zero));
                let [a, b, c, d]: [f32x4<_>; 4] = [
                    _mm_cvtepi32_ps(_mm_unpacklo_epi16(low, zero)).simd_into(token),
                    _mm_cvtepi32_ps(_mm_unpackhi_epi16(low, zero)).simd_into(token),
                    _mm_cvtepi32_ps(_mm_unpacklo_epi16(high, zero)).simd_into(token),
                    _mm_cvtepi32_ps(_mm_unpackhi_epi16(high, zero)).simd_into(token),
                ];
                a.combine(b).combine(c.combine(d))
            }
        );
        widen(self, pixel)
    }
}

#[inline(always)]
fn quarters(lanes: i32x16<Sse2>) -> [i32x4<Sse2>; 4] {
    let (low, high) = lanes.split();
    let ((a, b), (c, d)) = (low.split(), high.split());
    [a, b, c, d]
}

#[inline(always)]
fn add_pairs(simd: Sse2, sums: i32x16<Sse2>, pair: u32, weights: &PairWeights, half: bool) -> i32x16<Sse2> {
    kernel!(
        #[inline(always)]
        fn add(token: Sse2, sums: i32x4<Sse2>, pair: u32, weights: &[i16; 8]) -> i32x4<Sse2> {
            let weights: __m128i = i16x8::from_slice(token, weights).into();
            let products = _mm_madd_epi16(_mm_set1_epi32(pair as i32), weights);
            _mm_add_epi32(sums.into(), products).simd_into(token)
        }
    );
    let ([a, b, c, d], (weights, _)) = (quarters(sums), weights.as_chunks());
    let low = add(simd, a, pair, &weights[0]).combine(add(simd, b, pair, &weights[1]));
    let [c, d] = if half {
        [c, d]
    } else {
        [add(simd, c, pair, &weights[2]), add(simd, d, pair, &weights[3])]
    };
    low.combine(c.combine(d))
}
