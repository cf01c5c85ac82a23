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

/// The shift with which upper parts have sixteen bits and lower ones are signed bytes whose products with any bytes may be
/// added as 16-bit numbers in any order; None if there is no such shift.
pub(crate) fn byte_shift(coefficients: &[i32]) -> Option<u32> {
    /// 255 times as much, either way, is a 16-bit number.
    const MOST: i32 = 128;
    let most = coefficients.iter().map(|k| k.unsigned_abs()).max().unwrap_or(0);
    let shift = (32 - LOWER).saturating_sub(most.leading_zeros()).max(1);
    // Rounded up, an upper part may need one bit more.
    let shift = shift + u32::from((most + (1 << (shift - 1))) >> shift == 1 << 15);
    if shift > 8 {
        return None;
    }
    let (mut above, mut below) = (0, 0);
    for &k in coefficients {
        let lower = i32::from(parts(k, shift).1);
        above += lower.max(0);
        below -= lower.min(0);
    }
    (above <= MOST && below <= MOST).then_some(shift)
}

/// What sums of upper parts that are bytes begin with, so that those of filters with negative values have sixteen bits.
pub(crate) const UPPER_START: i16 = -(1 << 14);

/// Pairs with both shifts `LOWER`, upper parts as bytes, twice each; false, and nothing is appended, where products of upper
/// parts and any bytes would have more than sixteen bits, in pairs or in sum.
pub(crate) fn append_byte_pairs(coefficients: &[[i32; 2]], to: &mut Vec<CoefficientPair>) -> bool {
    // 255 times as much has sixteen bits with `UPPER_START`, and in pairs without it.
    const MOST: i32 = 192;
    const LEAST: i32 = -64;
    const MOST_OF_PAIR: i32 = 128;
    let (mut above, mut below) = (0, 0);
    let start = to.len();
    for &pair in coefficients {
        let [first, second] = pair.map(|k| k >> LOWER);
        above += first.max(0) + second.max(0);
        below += first.min(0) + second.min(0);
        let bytes = [first, second].map(|upper| i8::try_from(upper).ok().map(i8::cast_unsigned));
        let ([Some(a), Some(b)], true) = (bytes, (first + second).abs() <= MOST_OF_PAIR) else {
            to.truncate(start);
            return false;
        };
        let [c, d] = pair.map(|k| (k & ((1 << LOWER) - 1)) as i16);
        to.push([i32::from_ne_bytes([a, b, a, b]), word(c, d)]);
    }
    let fits = above <= MOST && below >= LEAST;
    if !fits {
        to.truncate(start);
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_parts_are_bytes_whose_sums_have_sixteen_bits() {
        // One coefficient that is all.
        assert_eq!(byte_shift(&[1 << 22]), Some(8));
        assert_eq!(parts(1 << 22, 8), (1 << 14, 0));
        // 3 * 2^19 takes 6 bits off, whose rests are 31 and -32.
        let high = 3 << 19;
        assert_eq!(byte_shift(&[high, 31, -32, 31, 31, 31]), Some(6));
        assert_eq!(
            (parts(31, 6), parts(-32, 6), parts(32, 6)),
            ((0, 31), (0, -32), (1, -32))
        );
        // 5 * 31 is more than 128.
        assert_eq!(byte_shift(&[high, 31, 31, 31, 31, 31]), None);
        // 4 * 32 is as much as there may be, 5 * 32 is not.
        assert_eq!(byte_shift(&[high, -32, -32, -32, -32]), Some(6));
        assert_eq!(byte_shift(&[high, -32, -32, -32, -32, -32]), None);
    }

    #[test]
    fn upper_parts_are_bytes_where_their_sums_have_sixteen_bits() {
        let part = 1 << LOWER;
        for (coefficients, fits) in [
            (&[[127 * part, part]][..], true),
            (&[[128 * part, 0]], false),
            (&[[100 * part, 29 * part]], false),
            (&[[100 * part, 28 * part], [64 * part, 0]], true),
            (&[[100 * part, 28 * part], [64 * part, part]], false),
            (&[[-64 * part, 100 * part]], true),
            (&[[-64 * part, 100 * part], [0, -1]], false),
        ] {
            let mut pairs = vec![[7, 7]];
            assert_eq!(append_byte_pairs(coefficients, &mut pairs), fits, "{coefficients:?}");
            assert_eq!(pairs.len(), 1 + if fits { coefficients.len() } else { 0 });
        }
        let mut pairs = Vec::new();
        assert!(append_byte_pairs(&[[5 * part + 3, -part - 2]], &mut pairs));
        let [upper, lower] = pairs[0];
        assert_eq!(upper.to_ne_bytes().map(u8::cast_signed), [5, -2, 5, -2]);
        assert_eq!(lower, word(3, 32766));
    }
}
