//! `detect`.

use crate::run::{finish, mnv3_in, root};
use mnv3_testing::Weights;
use serde_json::Value;
use std::fs;

const SPEC: &str = "mnv3:torchvision/ssdlite320-small";

/// A folder with weights by the formula, and a picture.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let network = mnv3_spec::load(SPEC, "".as_ref()).unwrap().network;
    let file = Weights::of(&network, 5.0).file().unwrap();
    fs::write(folder.path().join("small.safetensors"), file).unwrap();
    fs::copy(
        root().join("tests/fixtures/coffee.png"),
        folder.path().join("coffee.png"),
    )
    .unwrap();
    folder
}

#[test]
fn detect_says_where_things_are_and_draws_them() {
    let folder = folder();
    fs::create_dir(folder.path().join("found")).unwrap();
    let arguments = [
        "detect",
        SPEC,
        "small.safetensors",
        "coffee.png",
        "--json",
        "--score",
        "0.02",
        "-o",
        "found",
    ];
    let run = finish(&mut mnv3_in(folder.path(), arguments));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let answer: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(answer["image"], "coffee.png");
    let boxes = answer["boxes"].as_array().unwrap();
    assert!(!boxes.is_empty() && boxes.len() <= 300, "{}", boxes.len());
    for found in boxes {
        let edge = |key: &str| found[key].as_f64().unwrap();
        assert!(
            0.0 <= edge("left") && edge("left") <= edge("right") && edge("right") <= 600.0,
            "{found}"
        );
        assert!(
            0.0 <= edge("top") && edge("top") <= edge("bottom") && edge("bottom") <= 400.0,
            "{found}"
        );
        assert!(
            edge("score") >= 0.02 && (1..=90).contains(&found["class"].as_u64().unwrap()),
            "{found}"
        );
        // Numbers of COCO that stand for nothing.
        let nothing = [12, 26, 29, 30, 45, 66, 68, 69, 71, 83];
        let named = !nothing.contains(&found["class"].as_u64().unwrap());
        assert_eq!(found.get("label").is_some(), named, "{found}");
        if found["class"] == 17 {
            assert_eq!(found["label"], "cat");
        }
    }
    let [plain, drawn] =
        ["coffee.png", "found/1.png"].map(|file| image::open(folder.path().join(file)).unwrap().to_rgb8());
    assert_eq!(plain.dimensions(), drawn.dimensions());
    let changed = plain.pixels().zip(drawn.pixels()).filter(|(a, b)| a != b).count();
    assert!(changed > 100, "{changed} pixels are drawn");
}

#[test]
fn a_picture_that_cannot_be_read_does_not_stop_the_others() {
    let folder = folder();
    fs::write(folder.path().join("broken.png"), "no picture").unwrap();
    let arguments = [
        "detect",
        SPEC,
        "small.safetensors",
        "broken.png",
        "coffee.png",
        "--score",
        "1",
    ];
    let run = finish(&mut mnv3_in(folder.path(), arguments));
    assert_eq!(run.code, 1);
    assert!(run.err.contains("broken.png"), "{}", run.err);
    assert!(run.out.contains("nothing"), "{}", run.out);
}

#[test]
fn a_head_that_classifies_detects_nothing() {
    let folder = folder();
    let network = mnv3_spec::load("mnv3:torchvision/small-0.35", "".as_ref())
        .unwrap()
        .network;
    fs::write(
        folder.path().join("other.safetensors"),
        Weights::of(&network, 4.0).file().unwrap(),
    )
    .unwrap();
    let run = finish(&mut mnv3_in(
        folder.path(),
        [
            "detect",
            "mnv3:torchvision/small-0.35",
            "other.safetensors",
            "coffee.png",
        ],
    ));
    assert_eq!(run.code, 1);
    assert!(run.err.contains("the network has no head that detects"), "{}", run.err);
}
