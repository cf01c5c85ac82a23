//! Pictures from a formula, the same bytes as `picture("noise", ...)` of `mnv3-resize/tests/pillow/make.py`.

/// Rows of columns of red, green and blue: the upper byte of splitmix64 of each number's place.
#[must_use]
pub fn noise(rows: u32, columns: u32) -> Vec<u8> {
    let byte = |i: u64| {
        let z = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 56) as u8
    };
    (0..u64::from(rows) * u64::from(columns) * 3).map(byte).collect()
}
