//! No number that a kernel multiplies is subnormal.
//!
//! A multiplication that takes in or yields a subnormal number (below 2^-126) takes an Intel core 160 cycles instead of
//! one, and one such lane holds up a whole vector. Safe Rust cannot have the core flush them to zero, so that they must
//! not arise:
//! - Packed weights and biases are normal or zero; folding flushes the rest.
//! - Partial sums stay normal where the bias is not tiny, because tiny products are lost in its rounding. In a layer with
//!   a tiny bias (or none) every sum starts [`LIFT`] above it, and [`LIFT`] is taken off again when the sum is whole. For
//!   every float `x`, `x - LIFT` is zero or at least 2^-120: near `LIFT` floats are multiples of 2^-120, and others are far
//!   from it.
//! - What does not come out of a sum (the image, gated channels, means) is [`settled`].
//!
//! Sums of 2^-71 (4e-22) and above swallow `LIFT` whole: no ordinary sum changes. Smaller ones are off by at most 2^-120
//! (8e-37) for each of their terms, of which single precision down to 2^-96 loses a bit at most.
//!
//! What is left: where a multiply-add is two operations (SSE2, wasm), a product of two tiny numbers can be subnormal by
//! itself.

use fearless_simd::{Simd, SimdFloat};

/// 2^-96.
const LIFT: f32 = f32::from_bits((127 - 96) << 23);

/// [`LIFT`] for a layer of which a bias is too small to hold it, zero for others.
pub(crate) fn lift(biases: &[f32]) -> f32 {
    // Beside it `LIFT` is less than half of the last bit.
    const SWALLOWS: f32 = f32::from_bits((127 - 71) << 23);
    let least = biases.iter().map(|bias| bias.abs().to_bits()).fold(u32::MAX, u32::min);
    if least < SWALLOWS.to_bits() { LIFT } else { 0.0 }
}

/// Numbers whose smallest, below 2^-96, are rounded to multiples of 2^-120.
#[inline(always)]
pub(super) fn settled<S: Simd, T: SimdFloat<S, Element = f32>>(simd: S, x: T) -> T {
    let lift = T::splat(simd, LIFT);
    x + lift - lift
}

/// Whether any of these numbers is subnormal. Their bits are compared as integers, which no subnormal number slows down.
#[inline(always)]
pub(super) fn any_subnormal(numbers: &[f32]) -> bool {
    // Without the sign; one less makes zero the largest.
    let magnitude = |x: &f32| (x.to_bits() << 1).wrapping_sub(1);
    let least = numbers.iter().map(magnitude).fold(u32::MAX, u32::min);
    least < (f32::MIN_POSITIVE.to_bits() << 1) - 1
}

/// [`settled`] for one number.
#[inline(always)]
pub(super) fn settled_number(x: f32) -> f32 {
    x + LIFT - LIFT
}

#[cfg(test)]
mod tests {
    use super::{LIFT, any_subnormal, settled_number};
    use proptest::prelude::*;

    /// Normal or zero, with some room for a product with a half or a share.
    fn ample(x: f32) -> bool {
        x == 0.0 || x.abs() >= 2f32.powi(-120)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn what_is_left_without_the_lift_is_zero_or_normal(
            bits in any::<u32>(), near in 0u32..1 << 26, below: bool,
        ) {
            let near = f32::from_bits(if below { LIFT.to_bits() - near } else { LIFT.to_bits() + near });
            for x in [f32::from_bits(bits), near, -near] {
                prop_assert!(x.is_nan() || ample(x - LIFT), "{}", x);
            }
        }

        #[test]
        fn subnormal_numbers_are_seen(bits in prop::collection::vec(any::<u32>(), 0..40), tiny in 0u32..1 << 25, negative: bool) {
            let tiny = f32::from_bits(tiny | u32::from(negative) << 31);
            let mut numbers: Vec<f32> = bits.into_iter().map(f32::from_bits).collect();
            numbers.push(tiny);
            prop_assert_eq!(any_subnormal(&numbers), numbers.iter().any(|x| x.is_subnormal()));
        }

        #[test]
        fn settled_numbers_are_zero_or_normal_and_ordinary_ones_unchanged(bits in any::<u32>()) {
            let x = f32::from_bits(bits);
            let settled = settled_number(x);
            if x.is_nan() {
                prop_assert!(settled.is_nan());
            } else if x.abs() >= 2f32.powi(-71) {
                prop_assert_eq!(settled, x);
            } else {
                prop_assert!(ample(settled));
                let off = (f64::from(settled) - f64::from(x)).abs();
                prop_assert!(off <= 2f64.powi(-120).max(f64::from(x.abs()) * 2f64.powi(-23)), "{} of {}", off, x);
            }
        }
    }
}
