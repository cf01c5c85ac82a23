//! From luma and chroma to red, green and blue.

/// ITU-R BT.601 over the whole range of a byte, as JFIF has it, in 16 bits of fraction.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) << 16 | 0x8000, i32::from(cb) - 128, i32::from(cr) - 128);
    let red = y + 91_881 * cr;
    let green = y - 22_554 * cb - 46_802 * cr;
    let blue = y + 116_130 * cb;
    [red, green, blue].map(|sum| (sum >> 16).clamp(0, 255) as u8)
}

/// Appends a row of pixels of three planes.
pub(crate) fn push_row(y: &[u8], cb: &[u8], cr: &[u8], pixels: &mut Vec<u8>) {
    let start = pixels.len();
    pixels.resize(start + 3 * y.len(), 0);
    let places = pixels[start..].as_chunks_mut::<3>().0;
    for (((place, y), cb), cr) in places.iter_mut().zip(y).zip(cb).zip(cr) {
        *place = rgb(*y, *cb, *cr);
    }
}

#[cfg(test)]
mod tests {
    use super::rgb;

    #[test]
    fn colours_are_those_of_jfif() {
        assert_eq!(rgb(77, 128, 128), [77; 3]);
        // Pure red, green and blue as encoders round them.
        for (ycbcr, want) in [
            ([76, 85, 255], [254, 0, 0]),
            ([150, 44, 21], [0, 255, 1]),
            ([29, 255, 107], [0, 0, 254]),
        ] {
            let [y, cb, cr] = ycbcr;
            assert_eq!(rgb(y, cb, cr), want);
        }
    }
}
