//! Snapshots of what every published spec compiles to, read by people in review.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use std::path::Path;

#[test]
fn every_spec_compiles_to_the_code_that_was_reviewed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(root.join("specs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "yaml") {
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            let loaded = mnv3_spec::load(&format!("specs/{file}"), &path).unwrap_or_else(|e| panic!("{e}"));
            insta::assert_snapshot!(file.trim_end_matches(".yaml"), mnv3_codegen::pretty(&loaded.network));
        }
    }
}
