//! Coefficients in two parts each, since processors multiply and add no more than sixteen bits in pairs:
//! `upper * 2^shift + lower` is the coefficient.

/// Coefficients of two neighbours, as two words: upper and lower parts.
pub(crate) type CoefficientPair = [i32; 2];

/// The shift with which both parts have sixteen bits, whatever the coefficients are.
pub(crate) const LOWER: u32 = 15;

/// Upper and lower parts as two 16-bit numbers each.
pub(crate) fn pair(first: i32, second: i32) -> CoefficientPair {
    let [(a, b), (c, d)] = [first, second].map(|k| parts(k, LOWER));
    [word(a, c), word(b, d)]
}

/// Upper part and lower part.
pub(crate) fn parts(coefficient: i32, shift: u32) -> (i16, i16) {
    let upper = coefficient.wrapping_add(1 << (shift - 1)) >> shift;
    (upper as i16, coefficient.wrapping_sub(upper << shift) as i16)
}

/// Two numbers side by side, as they lie in memory.
pub(crate) fn word(first: i16, second: i16) -> i32 {
    let ([a, b], [c, d]) = (first.to_ne_bytes(), second.to_ne_bytes());
    i32::from_ne_bytes([a, b, c, d])
}

/// The shift with which upper parts have sixteen bits and lower ones are signed bytes, of which those of every `LANES`th
/// coefficient, times any bytes, may be added as 16-bit numbers in any order; None if there is no such shift.
pub(crate) fn byte_shift<const LANES: usize>(coefficients: &[i32]) -> Option<u32> {
    /// 255 times as much, either way, is a 16-bit number.
    const MOST: i32 = 128;
    let most = coefficients.iter().map(|k| k.unsigned_abs()).max().unwrap_or(0);
    let shift = (32 - LOWER).saturating_sub(most.leading_zeros()).max(1);
    // Rounded up, an upper part may need one bit more.
    let shift = shift + u32::from((most + (1 << (shift - 1))) >> shift == 1 << 15);
    if shift > 8 {
        return None;
    }
    let (mut above, mut below) = ([0; LANES], [0; LANES]);
    for (i, &k) in coefficients.iter().enumerate() {
        let lower = i32::from(parts(k, shift).1);
        above[i % LANES] += lower.max(0);
        below[i % LANES] -= lower.min(0);
    }
    (above.iter().chain(&below).all(|&sum| sum <= MOST)).then_some(shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_parts_are_bytes_whose_sums_have_sixteen_bits() {
        // One coefficient that is all.
        assert_eq!(byte_shift::<1>(&[1 << 22]), Some(8));
        assert_eq!(parts(1 << 22, 8), (1 << 14, 0));
        // 3 * 2^19 takes 6 bits off, whose rests are 31 and -32.
        let high = 3 << 19;
        assert_eq!(byte_shift::<1>(&[high, 31, -32, 31, 31, 31]), Some(6));
        assert_eq!(
            (parts(31, 6), parts(-32, 6), parts(32, 6)),
            ((0, 31), (0, -32), (1, -32))
        );
        // 5 * 31 is more than 128, and in two lanes it is 3 * 31 and 2 * 31.
        assert_eq!(byte_shift::<1>(&[high, 31, 31, 31, 31, 31]), None);
        assert_eq!(byte_shift::<2>(&[high, 31, 31, 31, 31, 31]), Some(6));
        // 4 * 32 is as much as there may be, 5 * 32 is not.
        assert_eq!(byte_shift::<1>(&[high, -32, -32, -32, -32]), Some(6));
        assert_eq!(byte_shift::<1>(&[high, -32, -32, -32, -32, -32]), None);
    }
}
