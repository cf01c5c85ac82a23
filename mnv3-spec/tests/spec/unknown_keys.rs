//! Keys that a spec has not: the one that was meant, in a variant too, and what habits from elsewhere are called here.

use crate::extends::Folder;
use crate::tiny::{TINY, errors, tiny_with};
use insta::assert_snapshot;

/// What is wrong with a variant of the tiny spec.
fn variant(changes: &str) -> String {
    let variant = format!("extends: tiny.yaml\n{changes}\n");
    Folder::new(&[("tiny.yaml", TINY), ("a.yaml", &variant)]).errors("a.yaml")
}

#[test]
fn a_misspelt_key_of_a_variant_is_answered_with_the_base_s_key() {
    assert_snapshot!(variant("head: { clases: 7 }"), @"
    a.yaml:2:9: head has no key `clases`
      |
    2 | head: { clases: 7 }
      |         ^^^^^^ did you mean `classes`?
    ");
    assert_snapshot!(variant("input: { chanels: 1 }"), @"
    a.yaml:2:10: input has no key `chanels`
      |
    2 | input: { chanels: 1 }
      |          ^^^^^^^ did you mean `channels`?
    ");
    assert_snapshot!(variant("bottlenecks: { 1: { sse: true }, 2: { otu: 32 } }"), @"
    a.yaml:2:21: bottleneck 1 has no key `sse`
      |
    2 | bottlenecks: { 1: { sse: true }, 2: { otu: 32 } }
      |                     ^^^ did you mean `se`?

    a.yaml:2:39: bottleneck 2 has no key `otu`
      |
    2 | bottlenecks: { 1: { sse: true }, 2: { otu: 32 } }
      |                                       ^^^ did you mean `out`?
    ");
    assert_snapshot!(variant("conventions: { squeeze: { ration: 1/8 } }"), @"
    a.yaml:2:27: squeeze has no key `ration`
      |
    2 | conventions: { squeeze: { ration: 1/8 } }
      |                           ^^^^^^ did you mean `ratio`?
    ");
}

#[test]
fn a_key_that_stands_beside_the_unknown_one_is_not_proposed() {
    assert_snapshot!(variant("head: { classes: 7, clases: 8 }"), @"
    a.yaml:2:21: head has no key `clases`
      |
    2 | head: { classes: 7, clases: 8 }
      |                     ^^^^^^ the keys are kind, pool, after_pool, hidden, nl, classes, labels, softmax, sigmoid
    ");
}

#[test]
fn extend_is_extends_and_nothing_is_called_missing() {
    assert_snapshot!(errors("extend: mnv3:large\nhead: { classes: 10 }\n"), @"
    tiny.yaml:1:1: the spec has no key `extend`
      |
    1 | extend: mnv3:large
      | ^^^^^^ write `extends` to start from another spec
    ");
    assert_snapshot!(errors("name: Variant\nbase: mnv3:large\n"), @"
    tiny.yaml:2:1: the spec has no key `base`
      |
    2 | base: mnv3:large
      | ^^^^ write `extends` to start from another spec
    ");
}

#[test]
fn columns_of_other_libraries_are_answered_with_the_paper_s() {
    let row = "{ kernel: 5, expansion: 4, filters: 24, squeeze_excite: true, activation: HS, stride: 2, groups: 64 }";
    assert_snapshot!(errors(&tiny_with("{ k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }", row)), @"
    tiny.yaml:7:7: bottleneck 2 has no key `kernel`
      |
    7 |   - { kernel: 5, expansion: 4, filters: 24, squeeze_excite: true, activation: HS, stride: 2, groups: 64 }
      |       ^^^^^^ write `k: 3`: columns are named as in the paper's tables

    tiny.yaml:7:18: bottleneck 2 has no key `expansion`
      |
    7 |   - { kernel: 5, expansion: 4, filters: 24, squeeze_excite: true, activation: HS, stride: 2, groups: 64 }
      |                  ^^^^^^^^^ write `exp: 64`, the number of expanded channels and not a factor, as in the paper's tables

    tiny.yaml:7:32: bottleneck 2 has no key `filters`
      |
    7 |   - { kernel: 5, expansion: 4, filters: 24, squeeze_excite: true, activation: HS, stride: 2, groups: 64 }
      |                                ^^^^^^^ write `out: 24`: columns are named as in the paper's tables

    tiny.yaml:7:45: bottleneck 2 has no key `squeeze_excite`
      |
    7 |   - { kernel: 5, expansion: 4, filters: 24, squeeze_excite: true, activation: HS, stride: 2, groups: 64 }
      |                                             ^^^^^^^^^^^^^^ write `se: true`, `se: false`, or `se: { squeeze: 24 }` with a width of your own

    tiny.yaml:7:67: bottleneck 2 has no key `activation`
      |
    7 |   - { kernel: 5, expansion: 4, filters: 24, squeeze_excite: true, activation: HS, stride: 2, groups: 64 }
      |                                                                   ^^^^^^^^^^ write `nl: RE` (relu) or `nl: HS` (hard-swish): columns are named as in the paper's tables

    tiny.yaml:7:83: bottleneck 2 has no key `stride`
      |
    7 |   - { kernel: 5, expansion: 4, filters: 24, squeeze_excite: true, activation: HS, stride: 2, groups: 64 }
      |                                                                                   ^^^^^^ write `s: 2`: columns are named as in the paper's tables

    tiny.yaml:7:94: bottleneck 2 has no key `groups`
      |
    7 |   - { kernel: 5, expansion: 4, filters: 24, squeeze_excite: true, activation: HS, stride: 2, groups: 64 }
      |                                                                                              ^^^^^^ leave it out: the k x k convolution of a bottleneck is always depthwise, and no other has groups
    ");
}

#[test]
fn changes_of_rows_in_words_of_other_libraries_too() {
    assert_snapshot!(variant("bottlenecks: { all: { kernel_size: 7, padding: 3 } }"), @"
    a.yaml:2:23: bottleneck 1 has no key `kernel_size`
      |
    2 | bottlenecks: { all: { kernel_size: 7, padding: 3 } }
      |                       ^^^^^^^^^^^ write `k: 3`: columns are named as in the paper's tables

    a.yaml:2:39: bottleneck 1 has no key `padding`
      |
    2 | bottlenecks: { all: { kernel_size: 7, padding: 3 } }
      |                                       ^^^^^^^ leave it out: padding follows from k, for all layers alike, as `conventions: { padding: same }` or the dialect says
    ");
}

#[test]
fn keys_at_the_wrong_place_are_sent_to_theirs() {
    assert_snapshot!(variant("num_classes: 7\nwidth_mult: 0.5"), @"
    a.yaml:2:1: the spec has no key `num_classes`
      |
    2 | num_classes: 7
      | ^^^^^^^^^^^ write it into the head, such as `head: { classes: 10 }`

    a.yaml:3:1: the spec has no key `width_mult`
      |
    3 | width_mult: 0.5
      | ^^^^^^^^^^ write `width: 0.75`
    ");
    assert_snapshot!(errors(&tiny_with("size: [32, 32], channels: 3", "resolution: [32, 32], in_channels: 3")), @"
    tiny.yaml:3:10: input has no key `resolution`
      |
    3 | input: { resolution: [32, 32], in_channels: 3 }
      |          ^^^^^^^^^^ write `size: [224, 224]`, height and width

    tiny.yaml:3:32: input has no key `in_channels`
      |
    3 | input: { resolution: [32, 32], in_channels: 3 }
      |                                ^^^^^^^^^^^ write `channels: 3`
    ");
}

/// Everything between backticks that a message proposes is tried where the message stands.
#[test]
fn what_is_proposed_for_a_habit_is_read() {
    let row = "{ k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }";
    for (own, habit, proposed) in [
        ("k: 5", "kernel: 5", "k: 3"),
        ("s: 2", "strides: 2", "s: 2"),
        ("nl: HS", "act: hswish", "nl: HS"),
        ("exp: 64", "expand_ratio: 4", "exp: 64"),
        ("out: 24", "filters: 24", "out: 24"),
        ("se: true", "se_ratio: 0.25", "se: { squeeze: 24 }"),
        ("s: 2 }", "s: 2, skip: false }", "residual: false"),
        ("s: 2 }", "s: 2, rate: 2 }", "dilation: 2"),
    ] {
        assert!(row.contains(own));
        let message = errors(&tiny_with(row, &row.replace(own, habit)));
        assert!(
            message.contains(&format!("`{proposed}`")),
            "`{proposed}` is not proposed in\n{message}"
        );
        assert_eq!(
            message.matches("tiny.yaml:").count(),
            1,
            "one mistake is one error:\n{message}"
        );
        let fixed = if own.ends_with('}') {
            format!("s: 2, {proposed} }}")
        } else {
            proposed.to_owned()
        };
        let fixed = tiny_with(row, &row.replace(own, &fixed));
        mnv3_spec::parse("tiny.yaml", &fixed).unwrap_or_else(|errors| panic!("the fix does not work:\n{errors}"));
    }
    for (own, habit, proposed) in [
        ("classes: 10", "num_classes: 10", "classes: 10"),
        ("pool: avg", "pooling: avg", "pool: avg"),
        ("hidden: 32", "last_channel: 32", "hidden: 1280"),
        ("size: [32, 32]", "shape: [32, 32]", "size: [224, 224]"),
        ("channels: 3", "in_chans: 3", "channels: 3"),
        ("last:", "alpha: 0.5\nlast:", "width: 0.75"),
        ("last:", "normalize: 1\nlast:", "preprocess: { mean: 0.5, std: 0.5 }"),
        ("last:", "padding: same\nlast:", "conventions: { padding: same }"),
    ] {
        let message = errors(&tiny_with(own, habit));
        assert!(
            message.contains(&format!("`{proposed}`")),
            "`{proposed}` is not proposed in\n{message}"
        );
        assert_eq!(
            message.matches("tiny.yaml:").count(),
            1,
            "one mistake is one error:\n{message}"
        );
        let fixed = if own == "last:" {
            format!("{proposed}\nlast:")
        } else {
            proposed.to_owned()
        };
        mnv3_spec::parse("tiny.yaml", &tiny_with(own, &fixed))
            .unwrap_or_else(|errors| panic!("the fix does not work:\n{errors}"));
    }
}
