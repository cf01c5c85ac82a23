//! The text-direction model as a library.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use image::{DynamicImage, Rgb, RgbImage, Rgba, RgbaImage};
use mnv3_models::text_direction::{Answer, Classifier, Direction, LineError};
use serde_json::Value;
use std::path::Path;

fn sample(name: &str) -> DynamicImage {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    image::open(root.join("tests/images").join(name)).unwrap()
}

/// The probability of upside down.
fn upside_down(answer: Answer) -> f64 {
    assert!((0.5..=1.0).contains(&answer.probability), "{answer:?}");
    match answer.direction {
        Direction::UpsideDown => answer.probability,
        Direction::Upright => 1.0 - answer.probability,
    }
}

#[test]
fn every_sample_has_the_probability_that_pytorch_computes() {
    // Both scale to the same bytes; what is left is the network's float32.
    const TOLERANCE: f64 = 5e-4;
    let fixture: Value = serde_json::from_str(include_str!("../../tests/fixtures/direction.json")).unwrap();
    let expected = fixture["upside_down"].as_object().unwrap();
    assert!(expected.len() >= 5);
    let mut classifier = Classifier::new();
    for (name, expected) in expected {
        let found = upside_down(classifier.classify(&sample(name)).unwrap());
        assert!(
            (found - expected.as_f64().unwrap()).abs() <= TOLERANCE,
            "{name}: {found} {expected}"
        );
    }
}

#[test]
fn what_an_earlier_line_left_behind_changes_nothing() {
    let mut classifier = Classifier::new();
    let narrow = RgbImage::from_pixel(30, 48, Rgb([200, 200, 200])).into();
    let fresh = classifier.classify(&narrow).unwrap();
    let wide = RgbImage::from_pixel(700, 48, Rgb([9, 90, 0])).into();
    classifier.classify(&wide).unwrap();
    assert_eq!(classifier.classify(&narrow).unwrap(), fresh);
}

#[test]
fn transparent_parts_are_white_whatever_colour_hides_below() {
    let opaque = sample("line-upright.png").to_luma8();
    // Black ink whose opacity is the darkness, over black that cannot be seen.
    let ink = RgbaImage::from_fn(opaque.width(), opaque.height(), |x, y| {
        Rgba([0, 0, 0, 255 - opaque.get_pixel(x, y).0[0]])
    });
    let mut classifier = Classifier::new();
    let white = classifier.classify(&DynamicImage::ImageLuma8(opaque)).unwrap();
    assert_eq!(classifier.classify(&ink.into()).unwrap(), white);
}

#[test]
fn pictures_that_are_no_lines_are_refused_and_one_pixel_is_not() {
    let mut classifier = Classifier::new();
    let mut ask = |width, height| classifier.classify(&DynamicImage::new_rgb8(width, height));
    assert!(ask(1, 1).is_ok());
    assert!(ask(256, 1).is_ok());
    assert!(matches!(ask(257, 1), Err(LineError::Long(257))));
    for (width, height) in [(0, 0), (5, 0), (0, 5)] {
        assert!(matches!(ask(width, height), Err(LineError::Image(_))));
    }
}
