//! Mistakes in rows, columns and other values: one to a test.

use crate::tiny::{TINY, errors, tiny_with};
use insta::assert_snapshot;

#[test]
fn a_row_can_leave_out_its_residual() {
    let residual = |text: &str| mnv3_spec::parse("tiny.yaml", text).unwrap().bottlenecks[0].residual;
    assert!(residual(TINY));
    assert!(!residual(&tiny_with("k: 3, exp: 16", "k: 3, residual: false, exp: 16")));
}

#[test]
fn a_misspelt_key_is_reported_once_with_the_right_one() {
    assert_snapshot!(errors(&tiny_with("classes", "clases")), @"
    tiny.yaml:9:40: head has no key `clases`
      |
    9 | head: { pool: avg, hidden: 32, nl: HS, clases: 10 }
      |                                        ^^^^^^ did you mean `classes`?
    ");
}

#[test]
fn a_key_unlike_any_other_is_answered_with_the_list_of_keys() {
    assert_snapshot!(errors(&tiny_with("classes: 10", "classes: 10, dropout: 1")), @"
    tiny.yaml:9:53: head has no key `dropout`
      |
    9 | head: { pool: avg, hidden: 32, nl: HS, classes: 10, dropout: 1 }
      |                                                     ^^^^^^^ leave it out: nothing is dropped when a network is asked
    ");
}

#[test]
fn a_key_that_is_there_already_is_not_proposed() {
    assert_snapshot!(errors(&tiny_with("k: 5", "k: 5, kk: 5")), @"
    tiny.yaml:7:13: bottleneck 2 has no key `kk`
      |
    7 |   - { k: 5, kk: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |             ^^ the keys are k, exp, out, se, nl, s, dilation, residual
    ");
}

#[test]
fn a_non_linearity_is_re_or_hs() {
    assert_snapshot!(errors(&tiny_with("nl: RE", "nl: relu")), @"
    tiny.yaml:6:46: nl of bottleneck 1 is `relu`
      |
    6 |   - { k: 3, exp: 16, out: 16, se: false, nl: relu, s: 1 }
      |                                              ^^^^ write RE (relu) or HS (hard-swish)
    ");
}

#[test]
fn a_missing_column_is_reported_at_its_row() {
    assert_snapshot!(errors(&tiny_with("k: 5, ", "")), @"
    tiny.yaml:7:7: bottleneck 2 has no `k`
      |
    7 |   - { exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |       ^^^ add `k: 3`
    ");
}

#[test]
fn an_expansion_under_the_incoming_channels_is_refused() {
    assert_snapshot!(errors(&tiny_with("exp: 64", "exp: 12")), @"
    tiny.yaml:7:18: bottleneck 2 takes 16 channels and expands to 12: exp must be at least the incoming 16
      |
    7 |   - { k: 5, exp: 12, out: 24, se: true, nl: HS, s: 2 }
      |                  ^^ write 16 or more
    ");
}

#[test]
fn a_kernel_of_0_is_refused() {
    assert_snapshot!(errors(&tiny_with("k: 5", "k: 0")), @"
    tiny.yaml:7:10: k of bottleneck 2 is `0`
      |
    7 |   - { k: 0, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |          ^ write a whole number from 1 to 15
    ");
}

#[test]
fn a_stride_of_0_is_refused() {
    assert_snapshot!(errors(&tiny_with("nl: HS, s: 2 }\nlast", "nl: HS, s: 0 }\nlast")), @"
    tiny.yaml:7:52: s of bottleneck 2 is `0`
      |
    7 |   - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: 0 }
      |                                                    ^ write a whole number from 1 to 8
    ");
}

#[test]
fn a_stride_per_axis_is_checked_per_axis() {
    assert_snapshot!(errors(&tiny_with("nl: HS, s: 2 }\nlast", "nl: HS, s: [2, 0] }\nlast")), @"
    tiny.yaml:7:56: width in s of bottleneck 2 is `0`
      |
    7 |   - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: [2, 0] }
      |                                                        ^ write a whole number from 1 to 8
    ");
}

#[test]
fn three_strides_are_one_too_many() {
    assert_snapshot!(errors(&tiny_with("nl: HS, s: 2 }\nlast", "nl: HS, s: [2, 1, 1] }\nlast")), @"
    tiny.yaml:7:52: s of bottleneck 2 has 3 numbers
      |
    7 |   - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: [2, 1, 1] }
      |                                                    ^^^^^^^^^ write one number, or [height, width]
    ");
}

#[test]
fn a_milliard_channels_are_refused() {
    assert_snapshot!(errors(&tiny_with("out: 24", "out: 1000000000")), @"
    tiny.yaml:7:27: out of bottleneck 2 is `1000000000`
      |
    7 |   - { k: 5, exp: 64, out: 1000000000, se: true, nl: HS, s: 2 }
      |                           ^^^^^^^^^^ write a whole number from 1 to 16384
    ");
}

#[test]
fn a_number_beyond_any_integer_is_refused() {
    assert_snapshot!(errors(&tiny_with("out: 24", "out: 99999999999999999999999999999999999999999999")), @"
    tiny.yaml:7:27: out of bottleneck 2 is `9999999999999999999999999999999999999999...`, not a whole number
      |
    7 |   - { k: 5, exp: 64, out: 99999999999999999999999999999999999999999999, se: true, nl: HS, s: 2 }
      |                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ write a whole number from 1 to 16384
    ");
}

#[test]
fn negative_channels_are_refused() {
    assert_snapshot!(errors(&tiny_with("out: 24", "out: -24")), @"
    tiny.yaml:7:27: out of bottleneck 2 is `-24`
      |
    7 |   - { k: 5, exp: 64, out: -24, se: true, nl: HS, s: 2 }
      |                           ^^^ write a whole number from 1 to 16384
    ");
}

#[test]
fn a_real_number_of_channels_is_refused() {
    assert_snapshot!(errors(&tiny_with("out: 24", "out: 24.5")), @"
    tiny.yaml:7:27: out of bottleneck 2 is `24.5`, not a whole number
      |
    7 |   - { k: 5, exp: 64, out: 24.5, se: true, nl: HS, s: 2 }
      |                           ^^^^ write a whole number from 1 to 16384
    ");
}

#[test]
fn a_word_is_not_a_number() {
    assert_snapshot!(errors(&tiny_with("out: 24", "out: twenty")), @"
    tiny.yaml:7:27: out of bottleneck 2 is `twenty`, not a whole number
      |
    7 |   - { k: 5, exp: 64, out: twenty, se: true, nl: HS, s: 2 }
      |                           ^^^^^^ write a whole number from 1 to 16384
    ");
}

#[test]
fn a_number_in_quotation_marks_is_text() {
    assert_snapshot!(errors(&tiny_with("k: 5", "k: \"5\"")), @r#"
    tiny.yaml:7:10: k of bottleneck 2 is `"5"`, not a whole number
      |
    7 |   - { k: "5", exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |          ^^^ write a whole number from 1 to 15
    "#);
}

#[test]
fn an_empty_value_is_called_empty() {
    assert_snapshot!(errors(&tiny_with("classes: 10", "classes:")), @"
    tiny.yaml:9:47: classes of head is empty, not a whole number
      |
    9 | head: { pool: avg, hidden: 32, nl: HS, classes: }
      |                                               ^ write a whole number from 1 to 100000
    ");
}

#[test]
fn squeeze_excite_is_a_boolean_or_a_width() {
    assert_snapshot!(errors(&tiny_with("se: true", "se: yes")), @"
    tiny.yaml:7:35: se of bottleneck 2 is `yes`
      |
    7 |   - { k: 5, exp: 64, out: 24, se: yes, nl: HS, s: 2 }
      |                                   ^^^ write true, false or { squeeze: 24 }
    ");
}

#[test]
fn a_squeeze_width_of_0_is_refused() {
    assert_snapshot!(errors(&tiny_with("se: true", "se: { squeeze: 0 }")), @"
    tiny.yaml:7:46: squeeze of se of bottleneck 2 is `0`
      |
    7 |   - { k: 5, exp: 64, out: 24, se: { squeeze: 0 }, nl: HS, s: 2 }
      |                                              ^ write a whole number from 1 to 16384
    ");
}

#[test]
fn a_dilation_beyond_its_range_is_refused() {
    assert_snapshot!(errors(&tiny_with("k: 5", "k: 5, dilation: 65")), @"
    tiny.yaml:7:23: dilation of bottleneck 2 is `65`
      |
    7 |   - { k: 5, dilation: 65, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |                       ^^ write a whole number from 1 to 64
    ");
}

#[test]
fn a_key_twice_in_a_row_is_reported_at_the_second() {
    assert_snapshot!(errors(&tiny_with("k: 5", "k: 5, k: 3")), @"
    tiny.yaml:7:13: bottleneck 2 has the key `k` twice
      |
    7 |   - { k: 5, k: 3, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |             ^ leave one of them
    ");
}

#[test]
fn a_row_that_is_a_word_is_answered_with_a_row() {
    assert_snapshot!(errors(&tiny_with("{ k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }", "fine")), @"
    tiny.yaml:7:5: bottleneck 2 is `fine`, not a table
      |
    7 |   - fine
      |     ^^^^ write { k: ..., exp: ..., out: ..., se: ..., nl: ..., s: ..., dilation: ..., residual: ... }
    ");
}

#[test]
fn a_section_that_is_empty_is_not_taken_for_none() {
    assert_snapshot!(errors(&tiny_with("last: { out: 96, nl: HS }", "last:")), @"
    tiny.yaml:8:5: last is empty
      |
    8 | last:
      |     ^ write { out: 960, nl: HS }, or none
    ");
}

#[test]
fn a_hidden_layer_needs_its_non_linearity() {
    assert_snapshot!(errors(&tiny_with("hidden: 32, nl: HS", "hidden: 32")), @"
    tiny.yaml:9:9: head has no `nl`
      |
    9 | head: { pool: avg, hidden: 32, classes: 10 }
      |         ^^^^ add `nl: RE`
    ");
}

#[test]
fn an_image_of_a_milliard_pixels_is_refused() {
    assert_snapshot!(errors(&tiny_with("size: [32, 32]", "size: 1000000000")), @"
    tiny.yaml:3:16: size of input is `1000000000`
      |
    3 | input: { size: 1000000000, channels: 3 }
      |                ^^^^^^^^^^ write a whole number from 1 to 4096
    ");
}

#[test]
fn an_image_without_channels_is_refused() {
    assert_snapshot!(errors(&tiny_with("channels: 3", "channels: 0")), @"
    tiny.yaml:3:36: channels of input is `0`
      |
    3 | input: { size: [32, 32], channels: 0 }
      |                                    ^ write a whole number from 1 to 64
    ");
}
