//! What a network is computed in.

use crate::tiny::TINY;
use insta::assert_snapshot;
use mnv3_spec::ComputedIn;

fn with(lines: &str) -> Result<mnv3_spec::Network, mnv3_spec::SpecErrors> {
    let head = lines.contains("head:");
    let kept = TINY.lines().filter(|line| !head || !line.starts_with("head:"));
    let text: Vec<&str> = kept.collect();
    mnv3_spec::parse("tiny.yaml", &format!("{}\n{lines}\n", text.join("\n")))
}

#[test]
fn it_is_single_unless_the_spec_says_eight_bits() {
    assert_eq!(with("").unwrap().precision, ComputedIn::F32);
    assert_eq!(with("precision: f32").unwrap().precision, ComputedIn::F32);
    assert_eq!(with("precision: int8").unwrap().precision, ComputedIn::Int8);
    assert_eq!(with("precision: int8\nhead: none").unwrap().precision, ComputedIn::Int8);
}

#[test]
fn other_words_and_heads_that_cannot_be_are_errors() {
    assert_snapshot!(with("precision: i8").unwrap_err(), @"
    tiny.yaml:10:12: precision of the spec is `i8`
       |
    10 | precision: i8
       |            ^^ write f32 or int8
    ");
    let head = "head: { kind: segment, low: 2, hidden: 128, nl: RE, classes: 21 }";
    assert_snapshot!(with(&format!("precision: int8\n{head}")).unwrap_err(), @"
    tiny.yaml:9:12: precision is int8, and the head segments
      |
    9 | precision: int8
      |            ^^^^ write f32: only networks that classify, or have no head, are computed in eight bits
    ");
}

#[test]
fn what_a_block_needs_on_the_way_is_bounded() {
    let wide = "precision: int8\nbottlenecks: [{ k: [1, 15], exp: 16384, out: 16, se: false, nl: RE, s: 1, dilation: [1, 64] }]\ninput: { size: [1024, 2], channels: 3 }";
    let lines = TINY
        .lines()
        .filter(|line| !line.starts_with("input:") && !line.starts_with("bottlenecks:") && !line.starts_with("  "));
    let text: Vec<&str> = lines.collect();
    let refused = mnv3_spec::parse("tiny.yaml", &format!("{}\n{wide}\n", text.join("\n"))).unwrap_err();
    assert_snapshot!(refused, @"
    tiny.yaml:7:85: bottleneck 1 needs room for 206217440 numbers on the way
      |
    7 | bottlenecks: [{ k: [1, 15], exp: 16384, out: 16, se: false, nl: RE, s: 1, dilation: [1, 64] }]
      |                                                                                     ^^^^^^^ 67108864 numbers are the most, with channels filled up to 16: make it smaller
    ");
}
