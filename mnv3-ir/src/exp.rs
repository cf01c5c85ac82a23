//! The exponential function: the same bits on every machine, and vectorised where it stands in a loop.

/// `e^x` to two units in the last place from -87 to 88; 0 below, infinity above, NaN of NaN.
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
    const LOG2_E: f32 = core::f32::consts::LOG2_E;
    // ln 2 in two parts, of which the first has few enough bits that its products are exact (Cody and Waite).
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let clamped = if x > 88.0 { 88.0 } else { x };
    let clamped = if clamped < -87.0 { -87.0 } else { clamped };
    // Adding 1.5 * 2^23 rounds to a whole number, half to even.
    const ROUND: f32 = 12_582_912.0;
    let power = (clamped * LOG2_E + ROUND) - ROUND;
    let rest = clamped - power * LN2_HIGH - power * LN2_LOW;
    // Taylor's series to the seventh power: the rest is at most ln 2 / 2.
    let mut sum = 1.0 / 5040.0;
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum * rest + coefficient;
    }
    // NaN becomes the whole number 0, and stays NaN in the sum.
    let scale = f32::from_bits(((power as i32 + 127) << 23) as u32);
    let result = sum * scale;
    let result = if x < -87.0 { 0.0 } else { result };
    if x > 88.0 { f32::INFINITY } else { result }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::exp;

    #[test]
    fn it_is_the_exponential_function_to_a_few_units_in_the_last_place() {
        let mut most = 0.0_f64;
        for i in -870_000..=880_000 {
            let x = i as f32 / 10_000.0;
            let (found, want) = (f64::from(exp(x)), f64::from(x).exp());
            most = most.max((found / want - 1.0).abs());
        }
        assert!(most < 2.5e-7, "{most}");
    }

    #[test]
    fn ends_and_what_is_no_number() {
        assert_eq!([exp(0.0), exp(-100.0), exp(f32::NEG_INFINITY)], [1.0, 0.0, 0.0]);
        assert_eq!([exp(89.0), exp(f32::INFINITY)], [f32::INFINITY; 2]);
        assert!(exp(f32::NAN).is_nan());
    }
}
