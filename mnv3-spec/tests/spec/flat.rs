//! Specs written out as one file.

use crate::any_spec::plausible_spec;
use crate::extends::Folder;
use crate::tiny::TINY;
use insta::assert_snapshot;
use mnv3_spec::{Head, Network, Source};
use proptest::prelude::*;
use std::path::Path;

/// The network without the places that it was read from.
fn placeless(mut network: Network) -> Network {
    let nowhere = || Source {
        file: String::new(),
        line: 0,
        text: String::new(),
    };
    network.file = String::new();
    network.stem.source = nowhere();
    network
        .bottlenecks
        .iter_mut()
        .for_each(|block| block.source = nowhere());
    network.last.iter_mut().for_each(|last| last.source = nowhere());
    match &mut network.head {
        Some(Head::Classify(head)) => head.source = nowhere(),
        Some(Head::Segment(head)) => head.source = nowhere(),
        Some(Head::Detect(head)) => {
            head.source = nowhere();
            head.extras.iter_mut().for_each(|extra| extra.source = nowhere());
        }
        None => {}
    }
    network
}

fn parsed(text: &str) -> Network {
    placeless(mnv3_spec::parse("flat.yaml", text).unwrap_or_else(|errors| panic!("{text}\n{errors}")))
}

#[test]
fn every_published_spec_written_out_is_the_same_network() {
    let mut count = 0;
    for name in mnv3_spec::published() {
        let text = mnv3_spec::flatten(&name, Path::new("")).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(!text.contains("extends"), "{text}");
        let published = mnv3_spec::load(&name, Path::new("")).unwrap().network;
        assert_eq!(parsed(&text), placeless(published), "{text}");
        count += 1;
    }
    assert!(count > 30);
}

#[test]
fn changes_are_in_their_rows_and_comments_over_what_they_speak_of() {
    let flat = |name: &str| mnv3_spec::flatten(name, Path::new("")).unwrap();
    assert_snapshot!(flat("mnv3:paddle/ocr-direction"), @r#"
    # PaddleOCR's classifier of text direction (ch_ppocr_mobile_v2.0_cls): is a line of text upright, or turned by 180 degrees?
    # MobileNetV3-Small, table 2 of Howard et al. 2019, "Searching for MobileNetV3".
    name: PaddleOcrDirection
    dialect: paddle-ocr
    input: { size: [48, 192], channels: 3 }
    width: 0.35
    stem: { k: 3, out: 16, nl: HS, s: 2 }
    bottlenecks:
      - { k: 3, exp: 16, out: 16, se: true, nl: RE, s: [2, 1] }
      - { k: 3, exp: 72, out: 24, se: false, nl: RE, s: [2, 1] }
      - { k: 3, exp: 88, out: 24, se: false, nl: RE, s: 1 }
      - { k: 5, exp: 96, out: 40, se: true, nl: HS, s: [2, 1] }
      - { k: 5, exp: 240, out: 40, se: true, nl: HS, s: 1 }
      - { k: 5, exp: 240, out: 40, se: true, nl: HS, s: 1 }
      - { k: 5, exp: 120, out: 48, se: true, nl: HS, s: 1 }
      - { k: 5, exp: 144, out: 48, se: true, nl: HS, s: 1 }
      - { k: 5, exp: 288, out: 96, se: true, nl: HS, s: [2, 1] }
      - { k: 5, exp: 576, out: 96, se: true, nl: HS, s: 1 }
      - { k: 5, exp: 576, out: 96, se: true, nl: HS, s: 1 }
    last: { out: 576, nl: HS }
    head: { pool: [{ kind: max, k: 2, s: 2 }, avg], hidden: none, nl: HS, classes: ["0", "180"], softmax: true }
    "#);
    assert_snapshot!(flat("mnv3:timm/large-1.5-deep"), @r#"
    # timm: mobilenetv3_large_150d, for images of 256 x 256
    # MobileNetV3-Large, table 1 of Howard et al. 2019, "Searching for MobileNetV3".
    name: TimmLarge150d
    dialect: timm
    # Of the weights ra4_e3600_r256_in1k.
    preprocess: { crop: 0.95, filter: bilinear, mean: 0.5, std: 0.5 }
    input: { size: [256, 256], channels: 3 }
    width: 1.5
    depth: 1.2
    stem: { k: 3, out: 16, nl: HS, s: 2 }
    bottlenecks:
      - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }
      - { k: 3, exp: 64, out: 24, se: false, nl: RE, s: 2 }
      - { k: 3, exp: 72, out: 24, se: false, nl: RE, s: 1 }
      - { k: 5, exp: 72, out: 40, se: true, nl: RE, s: 2 }
      - { k: 5, exp: 120, out: 40, se: true, nl: RE, s: 1 }
      - { k: 5, exp: 120, out: 40, se: true, nl: RE, s: 1 }
      - { k: 3, exp: 240, out: 80, se: false, nl: HS, s: 2 }
      - { k: 3, exp: 200, out: 80, se: false, nl: HS, s: 1 }
      - { k: 3, exp: 184, out: 80, se: false, nl: HS, s: 1 }
      - { k: 3, exp: 184, out: 80, se: false, nl: HS, s: 1 }
      - { k: 3, exp: 480, out: 112, se: true, nl: HS, s: 1 }
      - { k: 3, exp: 672, out: 112, se: true, nl: HS, s: 1 }
      - { k: 5, exp: 672, out: 160, se: true, nl: HS, s: 2 }
      - { k: 5, exp: 960, out: 160, se: true, nl: HS, s: 1 }
      - { k: 5, exp: 960, out: 160, se: true, nl: HS, s: 1 }
    last: { out: 960, nl: HS }
    head: { pool: avg, hidden: 1280, nl: HS, classes: 1000, labels: imagenet }
    "#);
}

#[test]
fn comments_over_rows_and_keys_stay_and_quotes_stand_where_they_are_needed() {
    let base = TINY
        .replace("  - { k: 5", "  # With a gate.\n  - { k: 5")
        .replace("last:", "# Twice as\n  # wide.\nlast:");
    let variant = "\
# Mine.
#
# With two paragraphs.

extends: tiny.yaml
name: Inf
conventions:
  tensors: { stem: { conv: \"st.{block0}\" }, classes: 'true' }
# Both of them.
bottlenecks: { 2: { s: [1, 2] } }
taps: { c2: 2 }
";
    let folder = Folder::new(&[("tiny.yaml", &base), ("a.yaml", variant)]);
    let text = mnv3_spec::flatten("a.yaml", &folder.path("a.yaml")).unwrap();
    assert_snapshot!(text, @r#"
    # Mine.
    #
    # With two paragraphs.
    name: Inf
    dialect: torchvision
    conventions:
      tensors:
        stem: { conv: "st.{block0}" }
        classes: "true"
    input: { size: [32, 32], channels: 3 }
    stem: { k: 3, out: 16, nl: HS, s: 2 }
    # Both of them.
    bottlenecks:
      - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }
      # With a gate.
      - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: [1, 2] }
    # Twice as
    # wide.
    last: { out: 96, nl: HS }
    head: { pool: avg, hidden: 32, nl: HS, classes: 10 }
    taps: { c2: 2 }
    "#);
    assert_eq!(parsed(&text), placeless(folder.load("a.yaml").unwrap().network));
}

#[test]
fn what_is_wrong_with_a_spec_is_said_before_anything_is_written() {
    let folder = Folder::new(&[("a.yaml", "extends: mnv3:large\nwidth: 99\n")]);
    let errors = mnv3_spec::flatten("a.yaml", &folder.path("a.yaml")).unwrap_err();
    assert_eq!(errors, folder.load("a.yaml").unwrap_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_spec_written_out_is_the_same_network(text in plausible_spec()) {
        let folder = Folder::new(&[("a.yaml", &text)]);
        if let Ok(loaded) = folder.load("a.yaml") {
            let flat = mnv3_spec::flatten("a.yaml", &folder.path("a.yaml")).unwrap();
            prop_assert_eq!(parsed(&flat), placeless(loaded.network));
        }
    }
}
