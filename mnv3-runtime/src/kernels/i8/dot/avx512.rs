//! AVX-512 with VNNI: four products and a sum are one instruction.

use super::{Dot, Panel, Pixel, Quad, Rows};
use crate::kernels::each::each;
use fearless_simd::{Avx512, f32x16, i8x64, i32x16, kernel, prelude::*};
use std::arch::x86_64::*;

impl Dot for Avx512 {
    type Quads = __m512i;
    type Weights = __m512i;
    type Inputs = Pixel;
    type Multiplied = Panel;
    type Expanded = Pixel;

    #[inline(always)]
    fn splat(self, quad: Quad) -> __m512i {
        kernel!(
            #[inline(always)]
            fn splat(_token: Avx512, quad: i32) -> __m512i {
                _mm512_set1_epi32(quad)
            }
        );
        splat(self, i32::from_le_bytes(quad))
    }

    #[inline(always)]
    fn interleave(self, pixels: &[Pixel; 4]) -> __m512i {
        kernel!(
            #[inline(always)]
            fn interleave(token: Avx512, pixels: &[u8; 64]) -> __m512i {
                /// Byte 16 * pixel + channel to byte 4 * channel + pixel.
                const BY_CHANNEL: [u8; 64] = {
                    let mut from = [0; 64];
                    let mut to = 0;
                    while to < 64 {
                        from[to] = (to % 4 * 16 + to / 4) as u8;
                        to += 1;
                    }
                    from
                };
                let pixels: __m512i = fearless_simd::u8x64::from_slice(token, pixels).into();
                let order: __m512i = fearless_simd::u8x64::from_slice(token, &BY_CHANNEL).into();
                _mm512_permutexvar_epi8(order, pixels)
            }
        );
        interleave(self, bytes(pixels))
    }

    #[inline(always)]
    fn weights(self, panel: &Panel) -> __m512i {
        i8x64::from_slice(self, panel).into()
    }

    #[inline(always)]
    fn dot(self, sums: i32x16<Self>, inputs: __m512i, weights: __m512i) -> i32x16<Self> {
        kernel!(
            #[inline(always)]
            fn dot(token: Avx512, sums: i32x16<Avx512>, inputs: __m512i, weights: __m512i) -> i32x16<Avx512> {
                _mm512_dpbusd_epi32(sums.into(), inputs, weights).simd_into(token)
            }
        );
        dot(self, sums, inputs, weights)
    }

    #[inline(always)]
    fn inputs<'m>(self, map: Rows<'m, Pixel>, _: [usize; 3], _: &'m mut [f32]) -> Rows<'m, Pixel> {
        map
    }

    #[inline(always)]
    fn multiplied<'m>(self, panels: &'m [Panel], _: &'m mut [f32]) -> &'m [Panel] {
        panels
    }

    #[inline(always)]
    fn add<const P: usize, const V: usize, const HALF: bool>(
        self,
        pixels: &[Pixel; P],
        j: usize,
        panels: [&Panel; V],
        sums: &mut [[i32x16<Self>; V]; P],
    ) {
        let weights: [__m512i; V] = each(
            #[inline(always)]
            |v| self.weights(panels[v]),
        );
        for p in 0..P {
            let inputs = self.splat(pixels[p].as_chunks::<4>().0[j]);
            for v in 0..V {
                sums[p][v] = self.dot(sums[p][v], inputs, weights[v]);
            }
        }
    }

    #[inline(always)]
    fn round(self, x: f32x16<Self>) -> i32x16<Self> {
        kernel!(
            #[inline(always)]
            fn round(token: Avx512, x: f32x16<Avx512>) -> i32x16<Avx512> {
                _mm512_cvtps_epi32(x.into()).simd_into(token)
            }
        );
        round(self, x)
    }

    #[inline(always)]
    fn saturate(self, pixels: [i32x16<Self>; 4], zero: i32x16<Self>) -> [Pixel; 4] {
        kernel!(
            #[inline(always)]
            fn saturate(token: Avx512, pixels: [i32x16<Avx512>; 4], zero: i32x16<Avx512>) -> [u8; 64] {
                let [a, b, c, d] = pixels;
                let zero = _mm512_packs_epi32(zero.into(), zero.into());
                let first = _mm512_adds_epi16(_mm512_packs_epi32(a.into(), b.into()), zero);
                let second = _mm512_adds_epi16(_mm512_packs_epi32(c.into(), d.into()), zero);
                // Each quarter of 16 bytes now has four channels of every pixel.
                let quarters = _mm512_packus_epi16(first, second);
                let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
                let bytes: fearless_simd::u8x64<_> = _mm512_permutexvar_epi32(order, quarters).simd_into(token);
                bytes.into()
            }
        );
        split(saturate(self, pixels, zero))
    }

    #[inline(always)]
    fn widen(self, pixel: &Pixel) -> f32x16<Self> {
        kernel!(
            #[inline(always)]
            fn widen(token: Avx512, pixel: &Pixel) -> f32x16<Avx512> {
                let bytes: __m128i = fearless_simd::u8x16::from_slice(token, pixel).into();
                _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes)).simd_into(token)
            }
        );
        widen(self, pixel)
    }
}

#[inline(always)]
fn bytes(pixels: &[Pixel; 4]) -> &[u8; 64] {
    match pixels.as_flattened().first_chunk() {
        Some(bytes) => bytes,
        None => unreachable!("four times 16 bytes"),
    }
}

#[inline(always)]
fn split(bytes: [u8; 64]) -> [Pixel; 4] {
    let (pixels, _) = bytes.as_chunks();
    each(
        #[inline(always)]
        |p| pixels[p],
    )
}
