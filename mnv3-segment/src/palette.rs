//! Colours of classes.

/// The colour of a class in the masks of Pascal VOC, of which many tools make use: its bits, from the lowest on, go to the highest of
/// red, green and blue in turn. Class 0 is black.
#[must_use]
pub fn voc_colour(class: u16) -> [u8; 3] {
    let mut colour = [0; 3];
    for bit in 0..8 {
        for (channel, value) in colour.iter_mut().enumerate() {
            let set = (u32::from(class) >> (3 * bit + channel)) & 1;
            *value |= (set as u8) << (7 - bit);
        }
    }
    colour
}

/// The colours of the first 256 classes, red, green and blue of each after the other, as palettes of image files are.
#[must_use]
pub fn voc_palette() -> [u8; 768] {
    let mut palette = [0; 768];
    for (class, colour) in palette.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        *colour = voc_colour(class as u16);
    }
    palette
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the development kit's own table.
    #[test]
    fn colours_are_those_of_pascal_voc() {
        let colours = [0, 1, 2, 3, 8, 15, 20, 255].map(voc_colour);
        let want = [
            [0, 0, 0],
            [128, 0, 0],
            [0, 128, 0],
            [128, 128, 0],
            [64, 0, 0],
            [192, 128, 128],
            [0, 64, 128],
            [224, 224, 192],
        ];
        assert_eq!(colours, want);
        assert_eq!(voc_palette()[45..48], [192, 128, 128]);
        // All 65,536 have one.
        assert_ne!(voc_colour(u16::MAX), voc_colour(u16::MAX - 1));
    }
}
