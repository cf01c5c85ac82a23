//! Texts that tests of users keep: what they begin with, what changes them, and what does not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use mnv3::testing::{FORMAT, TextError, expand, expand_with_weights, plan, summary};
use std::path::{Path, PathBuf};

const TINY: &str = "examples/user-crate/specs/tiny.yaml";

fn read(spec: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(spec)).unwrap()
}

/// All texts of a spec.
fn texts(spec: &str) -> [String; 3] {
    [expand, summary, plan].map(|make| make(spec).unwrap())
}

/// A file of this text; its path.
fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn every_text_begins_with_the_format_of_it() {
    assert_eq!(FORMAT, 1, "say in the changelog that snapshots are to be taken anew");
    for text in texts(TINY) {
        assert!(text.lines().next().unwrap().ends_with(", format 1"), "{text}");
    }
}

#[test]
fn what_is_written_above_a_row_changes_no_line() {
    let written = read(TINY);
    let path = file("above.yaml", &written);
    let name = path.to_str().unwrap();
    let before = texts(name);
    for other in [
        format!("# A comment\n{written}"),
        written.replace("bottlenecks:\n", "\n# Rows\nbottlenecks:\n\n  # The first\n"),
        written.replace('\n', "\r\n"),
        format!("\u{feff}{written}"),
    ] {
        assert_ne!(other, written);
        std::fs::write(&path, other).unwrap();
        assert_eq!(texts(name), before);
    }
    std::fs::write(&path, written.replace("k: 5", "k: 7")).unwrap();
    let after = texts(name);
    assert!(after.iter().zip(&before).all(|(after, before)| after != before));
}

#[test]
fn a_variant_s_rows_are_told_by_their_file_without_its_line() {
    let text = summary("tests/specs/taps.yaml").unwrap();
    assert!(text.contains("  specs/large.yaml\n"), "{text}");
    assert!(!text.contains(".yaml:"), "{text}");
    assert!(!text.contains('\u{1b}'), "escape sequences are for terminals");
}

#[test]
fn the_form_with_weights_names_them_as_they_were_given() {
    let (spec, weights) = ("mnv3:text-direction", "specs/text-direction.safetensors");
    let with = expand_with_weights(spec, weights).unwrap();
    assert!(with.contains(&format!("include_bytes!(\"{weights}\")")), "{with}");
    assert!(with.contains("impl ::mnv3::Embeds for TextDirectionModel"));
    assert!(
        !expand(spec)
            .unwrap()
            .contains("impl ::mnv3::Embeds for TextDirectionModel")
    );
    assert!(
        expand_with_weights(spec, "mnv3:text-direction")
            .unwrap()
            .contains("Embeds")
    );
}

#[test]
fn what_is_wrong_is_said_as_it_is_meant_to_be_read() {
    let spec = file("wrong.yaml", &read(TINY).replace("k: 5", "k: 0"));
    let error = expand(spec.to_str().unwrap()).unwrap_err();
    assert!(
        format!("{error:?}").contains("^ write a whole number from 1 to 15"),
        "{error:?}"
    );
    let missing = expand_with_weights("mnv3:small", "missing.safetensors").unwrap_err();
    assert!(matches!(missing, TextError::Read { .. }), "{missing}");
    let unfit = expand_with_weights("mnv3:small", "specs/text-direction.safetensors").unwrap_err();
    assert!(matches!(unfit, TextError::Weights { .. }), "{unfit}");
    let unpublished = expand_with_weights("mnv3:small", "mnv3:small").unwrap_err();
    assert!(matches!(unpublished, TextError::Unpublished(_)), "{unpublished}");
}
