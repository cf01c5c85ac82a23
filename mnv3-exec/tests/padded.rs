//! Pictures that lie in a part of the input: what is found there, in pixels of the picture.
//!
//! A picture as wide as the input is not resized, so that the network sees the very numbers of a picture with the bands drawn in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use image::{DynamicImage, Rgb, RgbImage, imageops};
use mnv3_codegen::Plan;
use mnv3_exec::{Detector, Exec, Segmenter};
use mnv3_spec::Network;
use mnv3_testing::{formula, pictures};

/// The published spec, prepared in another way.
fn network(base: &str, preprocess: &str) -> Network {
    let spec = format!("extends: mnv3:{base}\nname: Padded\npreprocess: {{ {preprocess} }}\n");
    mnv3_spec::parse("padded.yaml", &spec).unwrap_or_else(|errors| panic!("{errors}"))
}

fn weights(network: &Network, gain: f64) -> Vec<u8> {
    let tensors = network.layers().into_iter().flat_map(|layer| layer.iter());
    formula::weights(tensors.map(|t| (t.name.as_str(), t.shape.as_slice())), gain).unwrap()
}

/// A picture of so many rows, and a square one with it in it, from row `at` on.
fn pictures_of(side: u32, rows: u32, at: i64) -> [DynamicImage; 2] {
    let picture = RgbImage::from_raw(side, rows, pictures::noise(rows, side)).unwrap();
    let mut square = RgbImage::from_pixel(side, side, Rgb([114; 3]));
    imageops::replace(&mut square, &picture, 0, at);
    [picture.into(), square.into()]
}

#[test]
fn boxes_are_of_the_picture_and_not_of_the_bands_beside_it() {
    let numbers = "fill: 114/255, filter: bilinear, mean: 0.5, std: 0.5";
    let base = "torchvision/ssdlite320-small";
    for (place, at) in [("center", 60_i64), ("upper-left", 0)] {
        let [padded, stretched] = [
            format!("fit: pad, place: {place}, {numbers}"),
            format!("fit: stretch, {numbers}"),
        ]
        .map(|way| network(base, &way));
        let file = weights(&padded, 3.0);
        let [picture, square] = pictures_of(320, 200, at);
        let plans = [&padded, &stretched].map(Plan::new);
        let [of_part, of_whole] = plans.each_ref().map(|plan| Exec::new(plan, &file).unwrap());
        let mut of_part = Detector::new(&of_part).unwrap();
        let mut of_whole = Detector::new(&of_whole).unwrap();
        let want: Vec<_> = of_whole
            .detect(&square)
            .unwrap()
            .iter()
            .filter_map(|found| {
                let [left, top, right, bottom] = found.bounds.corners();
                let [top, bottom] = [top, bottom].map(|edge| (edge - at as f32).clamp(0.0, 200.0));
                (bottom > top).then_some((found.class, found.score, [left, top, right, bottom]))
            })
            .collect();
        let found = of_part.detect(&picture).unwrap();
        assert!(found.len() > 20, "{}", found.len());
        assert_eq!(found.len(), want.len(), "{place}");
        for (found, (class, score, corners)) in found.iter().zip(want) {
            assert_eq!((found.class, found.score), (class, score));
            let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-3;
            assert!(
                found.bounds.corners().iter().zip(&corners).all(near),
                "{found:?}, not {corners:?}"
            );
        }
    }
}

#[test]
fn masks_are_of_the_picture_and_not_of_the_bands_beside_it() {
    let numbers = "fill: 114/255, filter: bilinear, mean: 0.5, std: 0.5";
    let [padded, stretched] =
        ["fit: pad", "fit: stretch"].map(|way| network("torchvision/lraspp-small", &format!("{way}, {numbers}")));
    let file = weights(&padded, 4.0);
    let side = u32::try_from(padded.input.h).unwrap();
    let rows = side / 2;
    let at = (side - rows) / 2;
    let [picture, square] = pictures_of(side, rows, i64::from(at));
    let plans = [&padded, &stretched].map(Plan::new);
    let [of_part, of_whole] = plans.each_ref().map(|plan| Exec::new(plan, &file).unwrap());
    let mut of_part = Segmenter::new(&of_part).unwrap();
    let mut of_whole = Segmenter::new(&of_whole).unwrap();
    of_part.look(&picture).unwrap();
    of_whole.look(&square).unwrap();
    let part = (at * side) as usize..((at + rows) * side) as usize;
    let (mask, whole) = (of_part.mask(), of_whole.mask());
    assert_eq!(mask.size(), [rows as usize, side as usize]);
    assert!(
        mask.counts().iter().filter(|count| **count > 0).count() > 1,
        "{:?}",
        mask.counts()
    );
    assert_eq!(mask.classes(), &whole.classes()[part.clone()]);
    let (alpha, whole) = (of_part.alpha(1).unwrap(), of_whole.alpha(1).unwrap());
    assert_eq!(alpha.values(), &whole.values()[part]);
}
