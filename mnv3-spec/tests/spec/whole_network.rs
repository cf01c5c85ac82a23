//! Mistakes that show when rows are put together.

use crate::tiny::{errors, tiny_and, tiny_with};
use insta::assert_snapshot;

/// The spec with equal rows; without the whole section where there are none.
fn with_rows(rows: usize) -> String {
    let row = "  - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }\n";
    let second = "  - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }\n";
    let section = match rows {
        0 => String::new(),
        _ => format!("bottlenecks:\n{}", row.repeat(rows)),
    };
    tiny_with(&format!("bottlenecks:\n{row}{second}"), &section)
}

#[test]
fn an_empty_list_is_no_table_of_bottlenecks() {
    assert_snapshot!(errors(&tiny_with("  - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }\n  - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }", "  []")), @"
    tiny.yaml:6:3: bottlenecks has 0 rows
      |
    6 |   []
      |   ^^ write from 1 to 256 rows
    ");
}

#[test]
fn a_spec_without_bottlenecks_is_told_how_a_row_looks() {
    assert_snapshot!(errors(&with_rows(0)), @"
    tiny.yaml:1:1: the spec has no `bottlenecks`
      |
    1 | name: Tiny
      | ^^^^ add `bottlenecks: [{ k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }]`
    ");
}

#[test]
fn an_even_kernel_cannot_keep_the_size_that_a_residual_needs() {
    assert_snapshot!(errors(&tiny_with("k: 3, exp: 16", "k: 4, exp: 16")), @"
    tiny.yaml:6:10: bottleneck 1 adds its input of 16 x 16 to an output of 15 x 15
      |
    6 |   - { k: 4, exp: 16, out: 16, se: false, nl: RE, s: 1 }
      |          ^ write an odd kernel, which keeps the size, or residual: false
    ");
}

#[test]
fn a_kernel_that_reaches_beyond_the_padded_map_is_refused() {
    assert_snapshot!(errors(&tiny_with("[32, 32]", "[2, 2]").replace("k: 5", "k: 14, dilation: 4")), @"
    tiny.yaml:7:10: bottleneck 2 has a map of 1 x 1 and a kernel that reaches 53 x 53
      |
    7 |   - { k: 14, dilation: 4, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |          ^^ write a smaller kernel or dilation, or a larger input
    ");
}

#[test]
fn the_last_pool_must_cover_the_map() {
    assert_snapshot!(errors(&tiny_with("pool: avg", "pool: { kind: avg, k: 7 }")), @"
    tiny.yaml:9:15: the last pool is of 7 x 7, its map of 8 x 8
      |
    9 | head: { pool: { kind: avg, k: 7 }, hidden: 32, nl: HS, classes: 10 }
      |               ^^^^^^^^^^^^^^^^^^^ write avg or max alone for the whole map
    ");
}

#[test]
fn a_pool_over_the_whole_map_comes_last() {
    assert_snapshot!(errors(&tiny_with("pool: avg", "pool: [avg, max]")), @"
    tiny.yaml:9:16: a pool over the whole map stands before another pool
      |
    9 | head: { pool: [avg, max], hidden: 32, nl: HS, classes: 10 }
      |                ^^^ write it last, or give it a kernel: { kind: avg, k: 2, s: 2 }
    ");
}

#[test]
fn a_pool_larger_than_its_map_is_refused() {
    assert_snapshot!(errors(&tiny_with("pool: avg", "pool: [{ kind: max, k: 20, s: 2 }, avg]")), @"
    tiny.yaml:9:16: a pool of 20 x 20 lies on a map of 8 x 8
      |
    9 | head: { pool: [{ kind: max, k: 20, s: 2 }, avg], hidden: 32, nl: HS, classes: 10 }
      |                ^^^^^^^^^^^^^^^^^^^^^^^^^^ write a smaller k
    ");
}

#[test]
fn an_empty_list_of_pools_is_refused() {
    assert_snapshot!(errors(&tiny_with("pool: avg", "pool: []")), @"
    tiny.yaml:9:15: pool of head has 0 steps
      |
    9 | head: { pool: [], hidden: 32, nl: HS, classes: 10 }
      |               ^^ write from 1 to 4
    ");
}

#[test]
fn a_map_too_large_to_run_is_reported_once() {
    assert_snapshot!(errors(&tiny_with("[32, 32]", "[4096, 4096]")), @"
    tiny.yaml:7:18: expanded bottleneck 2 is a map of 2048 x 2048 x 64
      |
    7 |   - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |                  ^^ 67108864 numbers are the most, with channels filled up to 16: make it smaller
    ");
}

#[test]
fn weights_too_large_to_hold_are_refused() {
    assert_snapshot!(errors(&tiny_with("hidden: 32", "hidden: 16384").replace("classes: 10", "classes: 100000")), @"
    tiny.yaml:1:7: the weights have 1640099488 numbers, most of them in classes of head
      |
    1 | name: Tiny
      |       ^^^^ 268435456 numbers are the most, with channels filled up to 16: make it smaller
    ");
}

#[test]
fn a_width_that_asks_for_too_many_channels_is_refused() {
    assert_snapshot!(errors(&tiny_with("out: 96", "out: 16000").replace("head", "width: 8\nhead")), @"
    tiny.yaml:9:8: at width 8 a layer has 128000 channels
      |
    9 | width: 8
      |        ^ 16384 are the most: write a smaller width
    ");
}

#[test]
fn a_width_of_0_is_refused() {
    assert_snapshot!(errors(&tiny_and("width: 0")), @"
    tiny.yaml:10:8: width is `0`
       |
    10 | width: 0
       |        ^ write a number from 0.05 to 8, or a fraction such as 3/4
    ");
}

#[test]
fn a_width_that_is_not_finite_is_refused() {
    assert_snapshot!(errors(&tiny_and("width: .inf")), @"
    tiny.yaml:10:8: width is `.inf`
       |
    10 | width: .inf
       |        ^^^^ write a number from 0.05 to 8, or a fraction such as 3/4
    ");
}

#[test]
fn only_some_dialects_have_a_rule_for_depth() {
    assert_snapshot!(errors(&tiny_and("depth: 1.2")), @"
    tiny.yaml:10:8: dialect torchvision has no rule for depth
       |
    10 | depth: 1.2
       |        ^^^ write the rows, or use dialect timm
    ");
}

#[test]
fn a_depth_that_asks_for_too_many_rows_is_refused() {
    assert_snapshot!(errors(&with_rows(200).replace("torchvision", "timm").replace("last", "depth: 8\nlast")), @"
    tiny.yaml:206:8: at depth 8 there are 1600 bottlenecks
        |
    206 | depth: 8
        |        ^ 256 are the most: write a smaller depth
    ");
}

#[test]
fn a_thousand_rows_are_too_many() {
    assert_snapshot!(errors(&with_rows(1000)), @"
    tiny.yaml:6:3: bottlenecks has 1000 rows
      |
    6 |   - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ write from 1 to 256 rows
    ");
}

#[test]
fn a_name_is_a_type_of_rust() {
    assert_snapshot!(errors(&tiny_with("Tiny", "my-net 2")), @"
    tiny.yaml:1:7: `my-net 2` cannot be the name of a Rust type
      |
    1 | name: my-net 2
      |       ^^^^^^^^ write letters and digits with a capital first, such as MyNet2
    ");
}

#[test]
fn a_name_of_control_characters_is_written_out() {
    assert_snapshot!(errors(&tiny_with("Tiny", "\"a\\u001b[31mb\"")), @r#"
    tiny.yaml:1:7: `a\u{1b}[31mb` cannot be the name of a Rust type
      |
    1 | name: "a\u001b[31mb"
      |       ^^^^^^^^^^^^^^ write letters and digits with a capital first, such as A31mb
    "#);
}

#[test]
fn a_tap_must_be_a_bottleneck_of_the_network() {
    assert_snapshot!(errors(&tiny_and("taps: { c3: 9 }")), @"
    tiny.yaml:10:13: tap c3 is of bottleneck 9
       |
    10 | taps: { c3: 9 }
       |             ^ write a number from 1 to 2
    ");
}

#[test]
fn a_tap_of_last_needs_one_and_other_words_are_none() {
    assert_snapshot!(errors(&tiny_and("taps: { c1: stm }")), @"
    tiny.yaml:10:13: tap c1 is `stm`
       |
    10 | taps: { c1: stm }
       |             ^^^ write the number of a bottleneck, such as 3, its expand output, such as 3.expand, stem or last
    ");
    let tapped = tiny_and("taps: { c5: last }");
    let lines = tapped
        .lines()
        .map(|line| if line.starts_with("last:") { "last: none" } else { line });
    let without = lines.collect::<Vec<_>>().join("\n");
    assert_snapshot!(errors(&without), @"
    tiny.yaml:10:13: tap c5 is of last, which this network has not
       |
    10 | taps: { c5: last }
       |             ^^^^ write a number from 1 to 2
    ");
}

#[test]
fn a_tap_of_an_expand_output_needs_an_expanding_convolution() {
    assert!(mnv3_spec::parse("tiny.yaml", &tiny_and("taps: { wide: 2.expand }")).is_ok());
    assert_snapshot!(errors(&tiny_and("taps: { a: 1.expand, b: 9.expand }")), @"
    tiny.yaml:10:12: tap a is the expand output of bottleneck 1, which expands nothing: exp is what comes in
       |
    10 | taps: { a: 1.expand, b: 9.expand }
       |            ^^^^^^^^ write stem, which is what the block convolves

    tiny.yaml:10:25: tap b is of bottleneck 9
       |
    10 | taps: { a: 1.expand, b: 9.expand }
       |                         ^^^^^^^^ write a number from 1 to 2
    ");
    assert_snapshot!(errors(&tiny_and("taps: { c: 2.project, d: 0.expand }")), @"
    tiny.yaml:10:12: tap c is `2.project`
       |
    10 | taps: { c: 2.project, d: 0.expand }
       |            ^^^^^^^^^ write the number of a bottleneck, such as 3, its expand output, such as 3.expand, stem or last

    tiny.yaml:10:26: tap d is `0.expand`
       |
    10 | taps: { c: 2.project, d: 0.expand }
       |                          ^^^^^^^^ write the number of a bottleneck, such as 3, its expand output, such as 3.expand, stem or last
    ");
}

#[test]
fn a_tap_is_named_like_a_field() {
    assert_snapshot!(errors(&tiny_and("taps: { C3: 1, fn: 1, features: 1, c4: 0 }")), @"
    tiny.yaml:10:9: `C3` cannot be the name of a tap
       |
    10 | taps: { C3: 1, fn: 1, features: 1, c4: 0 }
       |         ^^ write small letters, digits and _, such as c3

    tiny.yaml:10:16: `fn` is a word of Rust and cannot be the name of a tap
       |
    10 | taps: { C3: 1, fn: 1, features: 1, c4: 0 }
       |                ^^ write another name, such as c3

    tiny.yaml:10:23: `features` is an output of the network, not a tap
       |
    10 | taps: { C3: 1, fn: 1, features: 1, c4: 0 }
       |                       ^^^^^^^^ write another name, such as c5

    tiny.yaml:10:40: tap c4 is `0`
       |
    10 | taps: { C3: 1, fn: 1, features: 1, c4: 0 }
       |                                        ^ write a whole number from 1 to 256
    ");
}

#[test]
fn two_taps_of_one_name_are_refused() {
    assert_snapshot!(errors(&tiny_and("taps: { c3: 1, c3: 2 }")), @"
    tiny.yaml:10:16: taps has the name `c3` twice
       |
    10 | taps: { c3: 1, c3: 2 }
       |                ^^ leave one of them, or rename it
    ");
}

#[test]
fn taps_are_names_not_a_list() {
    assert_snapshot!(errors(&tiny_and("taps: [1, 2]")), @"
    tiny.yaml:10:7: taps is a list, not a table
       |
    10 | taps: [1, 2]
       |       ^^^^^^ write names and bottleneck numbers such as { c3: 6, c4: 12 }
    ");
}

#[test]
fn an_unknown_dialect_is_answered_with_the_nearest() {
    assert_snapshot!(errors(&tiny_with("torchvision", "torchvison")), @"
    tiny.yaml:2:10: there is no dialect `torchvison`
      |
    2 | dialect: torchvison
      |          ^^^^^^^^^^ did you mean torchvision?
    ");
}

#[test]
fn a_dialect_unlike_any_other_is_answered_with_the_list() {
    assert_snapshot!(errors(&tiny_with("torchvision", "caffe")), @"
    tiny.yaml:2:10: there is no dialect `caffe`
      |
    2 | dialect: caffe
      |          ^^^^^ write one of torchvision, timm, timm-tf, keras, tf2, paddle, paddle-ocr, d-li14, xiaolai
    ");
}

#[test]
fn the_dialect_must_be_named() {
    assert_snapshot!(errors(&tiny_with("dialect: torchvision\n", "")), @"
    tiny.yaml:1:1: the spec has no `dialect`
      |
    1 | name: Tiny
      | ^^^^ add `dialect: torchvision`
    ");
}

#[test]
fn every_mistake_of_a_file_is_reported_at_once_and_in_order() {
    assert_snapshot!(errors(&tiny_with("k: 5", "k: 0").replace("Tiny", "tiny").replace("torchvision", "torch").replace("classes: 10", "classes: 0")), @"
    tiny.yaml:1:7: `tiny` cannot be the name of a Rust type
      |
    1 | name: tiny
      |       ^^^^ write letters and digits with a capital first, such as Tiny

    tiny.yaml:2:10: there is no dialect `torch`
      |
    2 | dialect: torch
      |          ^^^^^ write one of torchvision, timm, timm-tf, keras, tf2, paddle, paddle-ocr, d-li14, xiaolai

    tiny.yaml:7:10: k of bottleneck 2 is `0`
      |
    7 |   - { k: 0, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |          ^ write a whole number from 1 to 15

    tiny.yaml:9:49: classes of head is `0`
      |
    9 | head: { pool: avg, hidden: 32, nl: HS, classes: 0 }
      |                                                 ^ write a whole number from 1 to 100000
    ");
}

#[test]
fn two_last_layers_of_a_dialect_that_names_one_need_names() {
    let two = tiny_with(
        "last: { out: 96, nl: HS }",
        "last: [{ out: 96, nl: HS }, { out: 96, nl: HS }]",
    );
    assert_snapshot!(errors(&two.replace("torchvision", "keras")), @"
    tiny.yaml:1:7: two layers want the tensor `conv_1/kernel`
      |
    1 | name: Tiny
      |       ^^^^ name the layers in conventions: { tensors: ... }
    ");
    let network = mnv3_spec::parse("tiny.yaml", &two).unwrap();
    let names: Vec<_> = network
        .last
        .iter()
        .map(|last| last.tensors.weight.name.as_str())
        .collect();
    assert_eq!(names, ["features.3.0.weight", "features.4.0.weight"]);
}
