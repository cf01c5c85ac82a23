//! Pictures of noise, the same in each run: coarse and fine, dark, bright and of all contrasts.

use image::{DynamicImage, Rgb, RgbImage};

/// Edges of pictures before they are resized to the input: the smaller, the coarser.
const EDGES: [u32; 4] = [4, 16, 64, 256];

/// The picture of a seed.
pub(crate) fn picture(seed: u64) -> DynamicImage {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut byte = || {
        // splitmix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).to_le_bytes()[0]
    };
    let edge = EDGES[seed as usize % EDGES.len()];
    let [one, other] = [byte(), byte()].map(u16::from);
    let [low, high] = [one.min(other), one.max(other)];
    let mut number = || (low + u16::from(byte()) * (high - low) / 255) as u8;
    DynamicImage::ImageRgb8(RgbImage::from_fn(edge, edge, |_, _| {
        Rgb([number(), number(), number()])
    }))
}
