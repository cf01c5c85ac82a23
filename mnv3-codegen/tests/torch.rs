//! Snapshots of the PyTorch modules: one per way of naming tensors, and a network that uses what others leave out.

use std::path::Path;

#[test]
fn specs_print_the_modules_that_were_reviewed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for spec in [
        "specs/large.yaml",
        "specs/small.yaml",
        "specs/text-direction.yaml",
        "specs/paddle/ocr-direction.yaml",
        "specs/paddle/small-0.35.yaml",
        "specs/tf2-small.yaml",
        "specs/timm/small-0.5.yaml",
        "specs/torchvision/ssdlite320-small.yaml",
        "specs/torchvision/lraspp-small.yaml",
        "specs/mediapipe/selfie-landscape.yaml",
        "specs/timm-tf/small-minimal.yaml",
        "specs/keras/small-1.0.yaml",
        "tests/torch/variants/backbone.yaml",
        "tests/torch/variants/flat-names.yaml",
        "tests/torch/variants/pairs.yaml",
    ] {
        let loaded = mnv3_spec::load(spec, &root.join(spec)).unwrap_or_else(|e| panic!("{e}"));
        let name = spec.trim_end_matches(".yaml").replace('/', "-");
        insta::assert_snapshot!(name, mnv3_codegen::torch(&loaded.network));
    }
}

#[test]
fn the_text_direction_classifier_is_trained_with_the_module_of_its_spec() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let spec = "specs/text-direction.yaml";
    let loaded = mnv3_spec::load(spec, &root.join(spec)).unwrap_or_else(|e| panic!("{e}"));
    let used = std::fs::read_to_string(root.join("training/text-direction/text_direction.py")).unwrap();
    let printed = mnv3_codegen::torch(&loaded.network);
    assert!(
        used == printed,
        "run `mnv3 torch {spec} -o training/text-direction/text_direction.py`"
    );
}
