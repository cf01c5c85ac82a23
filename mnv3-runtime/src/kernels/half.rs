//! Weights in fewer bits than single precision, on their way into registers.

use crate::kernels::each::each;
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::LANES;

/// Sixteen weights as they lie in memory.
pub(super) trait WeightLine: Sized {
    /// As numbers to compute with.
    fn load<S: Simd>(&self, simd: S) -> f32x16<S>;
}

impl WeightLine for [f32; LANES] {
    #[inline(always)]
    fn load<S: Simd>(&self, simd: S) -> f32x16<S> {
        f32x16::from_slice(simd, self)
    }
}

impl WeightLine for [u16; LANES] {
    #[inline(always)]
    fn load<S: Simd>(&self, simd: S) -> f32x16<S> {
        f32x16::from_slice(simd, &widened(simd, self))
    }
}

impl WeightLine for [i8; LANES] {
    #[inline(always)]
    fn load<S: Simd>(&self, simd: S) -> f32x16<S> {
        f32x16::from_slice(simd, &whole(simd, self))
    }
}

/// Whole numbers as floats.
#[inline(always)]
#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(unused_variables, reason = "only x86-64 has a faster way")
)]
fn whole<S: Simd>(simd: S, numbers: &[i8; LANES]) -> [f32; LANES] {
    #[cfg(target_arch = "x86_64")]
    {
        use fearless_simd::{f32x8, i8x16};
        use std::arch::x86_64::{
            __m128i, _mm_unpackhi_epi64, _mm256_cvtepi8_epi32, _mm256_cvtepi32_ps, _mm512_cvtepi8_epi32,
            _mm512_cvtepi32_ps,
        };
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx512(avx512: Avx512, numbers: &[i8; LANES]) -> [f32; LANES] {
                let numbers: __m128i = i8x16::from_slice(avx512, numbers).into();
                f32x16::simd_from(avx512, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(numbers))).into()
            }
        );
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx2(avx2: Avx2, numbers: &[i8; LANES]) -> [f32; LANES] {
                let numbers: __m128i = i8x16::from_slice(avx2, numbers).into();
                let high = _mm_unpackhi_epi64(numbers, numbers);
                let low: f32x8<_> = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(numbers)).simd_into(avx2);
                let high: f32x8<_> = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(high)).simd_into(avx2);
                low.combine(high).into()
            }
        );
        if let Some(token) = simd.level().as_avx512() {
            return avx512(token, numbers);
        }
        if let Some(token) = simd.level().as_avx2() {
            return avx2(token, numbers);
        }
    }
    each(
        #[inline(always)]
        |i| f32::from(numbers[i]),
    )
}

#[inline(always)]
#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(unused_variables, reason = "only x86-64 has a faster way")
)]
fn widened<S: Simd>(simd: S, halves: &[u16; LANES]) -> [f32; LANES] {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{__m128i, __m256i, _mm256_cvtph_ps, _mm512_cvtph_ps};
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx512(avx512: Avx512, halves: &[u16; LANES]) -> [f32; LANES] {
                let halves: __m256i = fearless_simd::u16x16::from_slice(avx512, halves).into();
                fearless_simd::f32x16::simd_from(avx512, _mm512_cvtph_ps(halves)).into()
            }
        );
        fearless_simd::kernel!(
            #[inline(always)]
            fn avx2(avx2: Avx2, halves: &[u16; LANES]) -> [f32; LANES] {
                let (low, high) = halves.split_at(LANES / 2);
                let low: __m128i = fearless_simd::u16x8::from_slice(avx2, low).into();
                let high: __m128i = fearless_simd::u16x8::from_slice(avx2, high).into();
                let low: fearless_simd::f32x8<_> = _mm256_cvtph_ps(low).simd_into(avx2);
                let high: fearless_simd::f32x8<_> = _mm256_cvtph_ps(high).simd_into(avx2);
                low.combine(high).into()
            }
        );
        if let Some(token) = simd.level().as_avx512() {
            return avx512(token, halves);
        }
        if let Some(token) = simd.level().as_avx2() {
            return avx2(token, halves);
        }
    }
    halves.map(|half| from_half(u32::from(half)))
}

/// A finite number in half precision. Its exponent's bias differs by 112. Its subnormal numbers have no leading one: they
/// get one, as numbers of the smallest exponent, and it is taken off again, all of it among normal floats.
#[inline(always)]
pub(super) fn from_half(bits: u32) -> f32 {
    const SMALLEST: u32 = 113 << 23;
    let shifted = (bits & 0x7fff) << 13;
    let subnormal = f32::from_bits(shifted + SMALLEST) - f32::from_bits(SMALLEST);
    let normal = shifted + (112 << 23);
    let magnitude = if bits & 0x7c00 == 0 {
        subnormal.to_bits()
    } else {
        normal
    };
    f32::from_bits(magnitude | (bits & 0x8000) << 16)
}

#[cfg(test)]
mod tests {
    use super::{WeightLine, whole, widened};
    use fearless_simd::{Level, dispatch};

    /// By the definition: sign, exponent and fraction.
    fn defined(half: u16) -> f32 {
        let (exponent, fraction) = (i32::from(half >> 10 & 31), f32::from(half & 0x3ff) / 1024.0);
        let magnitude = match exponent {
            0 => fraction * 2f32.powi(-14),
            _ => (1.0 + fraction) * 2f32.powi(exponent - 15),
        };
        if half >> 15 == 1 { -magnitude } else { magnitude }
    }

    #[test]
    fn every_finite_half_is_what_the_definition_says_at_every_level() {
        let finite: Vec<u16> = (0..=u16::MAX).filter(|half| half >> 10 & 31 != 31).collect();
        for halves in finite.as_chunks::<16>().0 {
            let want = halves.map(defined).map(f32::to_bits);
            for cpu in crate::kernels::tests::cpus() {
                let (found, loaded) = dispatch!(cpu.level, simd => {
                    let loaded: [f32; 16] = WeightLine::load(halves, simd).into();
                    (widened(simd, halves), loaded)
                });
                assert_eq!(found.map(f32::to_bits), want, "{:?}", cpu.level);
                assert_eq!(loaded, found);
            }
            let found = dispatch!(Level::baseline(), simd => widened(simd, halves));
            assert_eq!(found.map(f32::to_bits), want);
        }
    }

    #[test]
    fn every_step_is_itself_at_every_level() {
        let all: Vec<i8> = (i8::MIN..=i8::MAX).collect();
        for steps in all.as_chunks::<16>().0 {
            let want = steps.map(f32::from);
            let levels = crate::kernels::tests::cpus().into_iter().map(|cpu| cpu.level);
            for level in levels.chain([Level::baseline()]) {
                let (found, loaded) = dispatch!(level, simd => {
                    let loaded: [f32; 16] = WeightLine::load(steps, simd).into();
                    (whole(simd, steps), loaded)
                });
                assert_eq!((found, loaded), (want, want), "{level:?}");
            }
        }
    }
}
