//! A picture of any size becomes finite input of the network's size, by every recipe, or an error.

#![no_main]

use image::{DynamicImage, GrayImage, RgbImage};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use mnv3_image::{ChannelOrder, Filter, Fit, Placing, Recipe};

#[derive(Arbitrary, Debug)]
struct Case {
    from: [u16; 2],
    to: [u8; 2],
    cover: [u8; 2],
    windows: u8,
    kind: u8,
    filter: u8,
    grey: bool,
    pixels: Vec<u8>,
}

fuzz_target!(|case: Case| {
    // Long and thin, or of some thousand pixels.
    let [height, width] = case.from.map(u32::from);
    if height * width > 1 << 16 {
        return;
    }
    let channels = if case.grey { 1 } else { 3 };
    let mut pixels = case.pixels;
    pixels.resize((height * width) as usize * channels, 77);
    let picture: DynamicImage = if case.grey {
        GrayImage::from_raw(width, height, pixels).unwrap().into()
    } else {
        RgbImage::from_raw(width, height, pixels).unwrap().into()
    };
    let size = case.to.map(|side| usize::from(side) + 1);
    let fit = match case.kind % 6 {
        0 => Fit::Stretch,
        // A spec's crop covers the input.
        1 => Fit::Crop([0, 1].map(|i| size[i] + usize::from(case.cover[i]))),
        2 => Fit::Line(usize::from(case.windows) + 1),
        3 => Fit::SqueezedLine,
        4 => Fit::Pad(Placing::Centred),
        _ => Fit::Pad(Placing::UpperLeft),
    };
    let filter = [Filter::Bilinear, Filter::Bicubic][usize::from(case.filter) % 2];
    let (mean, std) = (&[0.5; 3][..channels], &[0.25; 3][..channels]);
    let recipe = Recipe {
        fit,
        filter,
        order: [ChannelOrder::Rgb, ChannelOrder::Bgr][usize::from(case.filter) / 2 % 2],
        fill: Some(&[0.25; 3][..channels]),
        mean,
        std,
    };
    let size = [size[0], size[1], channels];
    match recipe.windows(&picture, size) {
        Ok(inputs) => {
            assert!(!inputs.is_empty() && inputs.len() <= usize::from(case.windows) + 1 || inputs.len() == 1);
            for input in inputs {
                assert_eq!(input.shape(), size);
                assert!(input.iter().all(|x| (-2.0..=2.0).contains(x)));
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
