//! What users see when they make a mistake: one small file in `tests/ui` for each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use std::path::Path;

/// trybuild compiles the cases in a package of its own, and specs are looked for beside a package's manifest.
fn lay_out_specs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tests/trybuild/mnv3");
    for folder in ["specs", "specs/timm", "tests/ui"] {
        std::fs::create_dir_all(package.join(folder)).unwrap();
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "yaml" || extension == "safetensors")
            {
                std::fs::copy(&path, package.join(folder).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
}

#[test]
fn mistakes_are_compile_errors_that_say_what_to_write() {
    lay_out_specs();
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
