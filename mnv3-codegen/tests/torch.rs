//! Snapshots of the PyTorch modules: one per way of naming tensors, and a network that uses what others leave out.

use std::path::Path;

#[test]
fn specs_print_the_modules_that_were_reviewed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for spec in [
        "specs/large.yaml",
        "specs/small.yaml",
        "specs/text-direction.yaml",
        "specs/ocr-backbone.yaml",
        "specs/tf2-small.yaml",
        "specs/timm/small-0.5.yaml",
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
