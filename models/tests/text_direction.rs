//! The text-direction model as a library.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use image::{DynamicImage, Rgb, RgbImage, Rgba, RgbaImage};
use mnv3_models::text_direction::{Answer, Classifier, Direction, LineError, THRESHOLD};
use serde_json::Value;
use std::path::Path;

fn sample(name: &str) -> DynamicImage {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    image::open(root.join("tests/images").join(name)).unwrap()
}

#[test]
fn every_sample_has_the_probability_that_pytorch_computes() {
    // Both scale to the same bytes; what is left is the network's float32.
    const TOLERANCE: f64 = 5e-4;
    let fixture: Value = serde_json::from_str(include_str!("../../tests/fixtures/direction.json")).unwrap();
    assert_eq!(fixture["threshold"].as_f64(), Some(THRESHOLD));
    let expected = fixture["upside_down"].as_object().unwrap();
    assert!(expected.len() >= 5);
    let mut classifier = Classifier::new();
    for (name, expected) in expected {
        let found = classifier.classify(&sample(name)).unwrap().upside_down;
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

#[test]
fn a_direction_is_named_from_the_threshold_on() {
    let likely = Answer { upside_down: 0.75 };
    assert_eq!(likely.probability(), 0.75);
    assert_eq!(likely.direction_from(0.75), Direction::UpsideDown);
    assert_eq!(likely.direction_from(0.76), Direction::Unsure);
    let unlikely = Answer { upside_down: 0.25 };
    assert_eq!(unlikely.probability(), 0.75);
    assert_eq!(unlikely.direction_from(0.75), Direction::Upright);
    assert_eq!(unlikely.direction_from(0.76), Direction::Unsure);
    let neither = Answer { upside_down: 0.5 };
    assert_eq!(neither.direction(), Direction::Unsure);
    assert_eq!(neither.direction_from(0.0), Direction::Upright);
}

#[test]
fn pictures_without_a_horizontal_line_leave_it_unsure() {
    let mut classifier = Classifier::new();
    let mut ask = |picture: DynamicImage| classifier.classify(&picture).unwrap().direction();
    let line = sample("line-upright.png");
    assert_eq!(ask(line.clone()), Direction::Upright);
    assert_eq!(ask(line.rotate180()), Direction::UpsideDown);
    assert_eq!(ask(line.rotate90()), Direction::Unsure);
    assert_eq!(ask(line.rotate270()), Direction::Unsure);
    for paper in [0, 128, 255] {
        let blank = RgbImage::from_pixel(300, 48, Rgb([paper; 3]));
        assert_eq!(ask(blank.into()), Direction::Unsure);
    }
}
