//! Pictures, from their pixels to what is found in them, as torchvision's whole models find it: photos.json, which
//! `tests/fixtures/photos.py` wrote.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use image::{DynamicImage, RgbImage};
use mnv3_codegen::Plan;
use mnv3_exec::{Detector, Exec, Segmenter};
use mnv3_testing::Fixture;
use serde_json::Value;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");

/// The picture as the script saw it.
fn picture(view: &str) -> DynamicImage {
    if let Some(size) = view.strip_prefix("noise ") {
        let (rows, columns) = size.split_once(" x ").unwrap();
        let [rows, columns] = [rows, columns].map(|n| n.parse().unwrap());
        return RgbImage::from_raw(columns, rows, mnv3_testing::pictures::noise(rows, columns))
            .unwrap()
            .into();
    }
    let photo = image::open(format!("{FIXTURES}/coffee.png")).unwrap();
    match view {
        "whole" => photo,
        "turned clockwise" => photo.rotate90(),
        "upper left 150 x 100" => photo.crop_imm(0, 0, 150, 100),
        other => panic!("no view is called {other}"),
    }
}

/// Each picture of a network, with what was found.
fn cases(network: &str) -> Vec<(DynamicImage, String, Vec<Vec<f64>>)> {
    let file: Value = serde_json::from_str(include_str!("../../tests/fixtures/photos.json")).unwrap();
    let cases = file["cases"].as_array().unwrap().iter();
    let cases: Vec<_> = cases
        .filter(|case| case["network"] == network)
        .map(|case| {
            let view = case["view"].as_str().unwrap();
            let found = serde_json::from_value(case["found"].clone()).unwrap();
            (picture(view), view.to_owned(), found)
        })
        .collect();
    assert_eq!(cases.len(), 5, "{network}");
    cases
}

/// Left, top, right, bottom.
fn overlap(a: [f64; 4], b: [f64; 4]) -> f64 {
    let area = |c: [f64; 4]| (c[2] - c[0]) * (c[3] - c[1]);
    let both = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0) * (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    both / (area(a) + area(b) - both)
}

/// The best hundred boxes, in their order; only those may change places whose scores are nearer than single precision tells apart.
fn finds_the_boxes(spec: &str, name: &str) {
    let network = mnv3_spec::load(spec, "".as_ref()).unwrap().network;
    let plan = Plan::new(&network);
    let exec = Exec::new(&plan, &Fixture::read(name).unwrap().weights().unwrap()).unwrap();
    let mut detector = Detector::new(&exec).unwrap();
    for (picture, view, want) in cases(name) {
        let found = detector.detect(&picture).unwrap();
        for (at, want) in want.iter().enumerate() {
            let corners = [want[2], want[3], want[4], want[5]];
            let same = found.iter().position(|found| {
                found.class == want[0] as usize
                    && (f64::from(found.score) - want[1]).abs() < 1e-4
                    && overlap(found.bounds.corners().map(f64::from), corners) > 0.999
            });
            let same = same.unwrap_or_else(|| panic!("{name}, {view}: {want:?} is not found"));
            assert!(
                same == at || (f64::from(found[at].score) - want[1]).abs() < 2e-5,
                "{name}, {view}: {want:?} is number {same}, not {at}"
            );
        }
    }
}

#[test]
fn a_small_detector_finds_in_photos_what_torchvision_finds() {
    finds_the_boxes("mnv3:torchvision/ssdlite320-small", "ssdlite320-small-reduced");
}

#[test]
fn a_large_detector_finds_in_photos_what_torchvision_finds() {
    finds_the_boxes("mnv3:torchvision/ssdlite320-large", "ssdlite320-large-reduced");
}

/// Every so many pixels: the class, but where the next one is as near as single precision; and the probability of class 1.
fn shows_the_classes(spec: &str, name: &str) {
    let network = mnv3_spec::load(spec, "".as_ref()).unwrap().network;
    let plan = Plan::new(&network);
    let exec = Exec::new(&plan, &Fixture::read(name).unwrap().weights().unwrap()).unwrap();
    let mut segmenter = Segmenter::new(&exec).unwrap();
    for (picture, view, want) in cases(name) {
        segmenter.look(&picture).unwrap();
        let (mask, alpha) = (segmenter.mask(), segmenter.alpha(1).unwrap());
        let pixels = picture.width() as usize * picture.height() as usize;
        assert_eq!([mask.classes().len(), alpha.values().len()], [pixels; 2]);
        assert_eq!(want.len(), pixels.div_ceil(388));
        let found = mask.classes().iter().zip(alpha.values()).step_by(388);
        for (at, ((class, alpha), want)) in found.zip(&want).enumerate() {
            assert!(
                usize::from(*class) == want[0] as usize || want[1] < 2e-3,
                "{name}, {view}: number {at} is {class}, not {want:?}"
            );
            // A level of 255 is a half off, and a logit of float32 1e-4.
            assert!(
                (f64::from(*alpha) - 255.0 * want[2]).abs() < 0.55,
                "{name}, {view}: number {at} is {alpha}, not of {want:?}"
            );
        }
        let sure = want.iter().filter(|want| want[1] >= 2e-3).count();
        assert!(100 * sure >= 95 * want.len(), "{sure} of {}", want.len());
    }
}

#[test]
fn small_lraspp_shows_in_photos_what_torchvision_shows() {
    shows_the_classes("mnv3:torchvision/lraspp-small", "tv-lraspp-small");
}

#[test]
fn large_lraspp_shows_in_photos_what_torchvision_shows() {
    shows_the_classes("mnv3:torchvision/lraspp-large", "tv-lraspp-large");
}
