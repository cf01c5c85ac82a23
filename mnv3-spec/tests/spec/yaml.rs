//! Texts that are not the YAML of a spec.

use crate::tiny::{TINY, errors, tiny_and, tiny_with};
use insta::assert_snapshot;

#[test]
fn anchors_and_merge_keys_spare_repetition() {
    let second = "  - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }";
    let text = tiny_with("  - { k: 3, exp: 16", "  - &first { k: 3, exp: 16");
    let text = text.replace(second, &format!("  - *first\n  - {{ <<: *first, k: 7 }}\n{second}"));
    let network = mnv3_spec::parse("tiny.yaml", &text).unwrap();
    let kernels: Vec<_> = network
        .bottlenecks
        .iter()
        .map(|b| b.depthwise.window.kernel[0])
        .collect();
    assert_eq!(kernels, [3, 3, 7, 5]);
}

#[test]
fn one_row_can_be_repeated_as_often_as_rows_fit() {
    let first = "  - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }\n";
    let text = TINY.replace(first, &format!("  - &r{}{}", &first[3..], "  - *r\n".repeat(200)));
    assert_eq!(mnv3_spec::parse("tiny.yaml", &text).unwrap().bottlenecks.len(), 202);
}

#[test]
fn tables_can_be_written_in_lines() {
    let row = "{ k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }";
    let lines = "k: 5\n    exp: 64\n    out: 24\n    se: true\n    nl: HS # hard-swish\n    s:\n      - 2\n      - 2";
    let network = mnv3_spec::parse("tiny.yaml", &tiny_with(row, lines)).unwrap();
    assert_eq!(network.bottlenecks[1].depthwise.window.stride, [2, 2]);
}

#[test]
fn a_tab_in_the_indentation_is_called_one() {
    assert_snapshot!(errors(&tiny_with("  - { k: 5", "\t- { k: 5")), @"
    tiny.yaml:7:1: a tab stands where YAML wants spaces
      |
    7 |     - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      | ^^^^ indent with spaces
    ");
}

#[test]
fn a_row_out_of_line_is_called_so() {
    assert_snapshot!(errors(&tiny_with("  - { k: 5", "   - { k: 5")), @"
    tiny.yaml:7:4: this row is indented by 3 spaces, the row above it by 2
      |
    7 |    - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |    ^ delete 1 space at the start of this line, so that both stand in one column
    ");
}

#[test]
fn a_bracket_that_is_not_closed_is_shown_where_it_opens() {
    assert_snapshot!(errors(&tiny_with("s: 2 }\nlast", "s: 2\nlast")), @"
    tiny.yaml:7:5: this bracket is never closed
      |
    7 |   - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2
      |     ^ write the closing bracket
    ");
}

#[test]
fn a_bracket_of_the_wrong_kind_is_shown() {
    assert_snapshot!(errors(&tiny_with("s: 2 }\nlast", "s: 2 ]\nlast")), @"
    tiny.yaml:7:5: this bracket closes another kind
      |
    7 |   - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 ]
      |     ^ close { with } and [ with ]
    ");
}

#[test]
fn a_quotation_mark_that_is_not_closed_is_shown_where_it_opens() {
    assert_snapshot!(errors(&tiny_with("Tiny", "\"Tiny")), @r#"
    tiny.yaml:1:7: this quotation mark is never closed
      |
    1 | name: "Tiny
      |       ^ write the closing quotation mark
    "#);
}

#[test]
fn a_missing_colon_is_looked_for_in_the_line() {
    assert_snapshot!(errors(&tiny_with("last:", "last")), @"
    tiny.yaml:8:19: a second colon stands in what began as one value
      |
    8 | last { out: 96, nl: HS }
      |                   ^ look for a missing colon in this line or the one above, or put the value in quotation marks
    ");
}

#[test]
fn a_missing_comma_is_noticed() {
    assert_snapshot!(errors(&tiny_with("k: 5, exp", "k: 5 exp")), @"
    tiny.yaml:7:15: a comma or the closing bracket is missing before this
      |
    7 |   - { k: 5 exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |               ^ write a comma between entries and the closing bracket after the last
    ");
}

#[test]
fn a_missing_space_after_a_colon_is_noticed() {
    assert_snapshot!(errors(&tiny_with("dialect: ", "dialect:")), @"
    tiny.yaml:2:1: a colon is missing after this key
      |
    2 | dialect:torchvision
      | ^ write key: value, with a space after the colon
    ");
}

#[test]
fn a_key_that_is_a_list_is_refused() {
    assert_snapshot!(errors(&tiny_and("[1, 2]: 3")), @"
    tiny.yaml:10:1: a key is a list or a table
       |
    10 | [1, 2]: 3
       | ^ write a word before the colon, such as name: Net
    ");
}

#[test]
fn a_key_of_no_name_is_an_unknown_key() {
    assert_snapshot!(errors(&tiny_and("~: 3")), @"
    tiny.yaml:10:1: the spec has no key `~`
       |
    10 | ~: 3
       | ^ the keys are name, dialect, conventions, preprocess, input, width, depth, stem, bottlenecks, last, head, taps, matrices, precision, extends
    ");
}

#[test]
fn a_key_twice_is_reported_at_the_second() {
    assert_snapshot!(errors(&tiny_and("last: none")), @"
    tiny.yaml:10:1: the spec has the key `last` twice
       |
    10 | last: none
       | ^^^^ leave one of them
    ");
}

#[test]
fn an_alias_needs_an_anchor() {
    assert_snapshot!(errors(&tiny_with("k: 5", "k: *k")), @"
    tiny.yaml:7:10: no anchor of this name stands above
      |
    7 |   - { k: *k, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |          ^ write &name before the value to repeat
    ");
}

#[test]
fn a_value_cannot_contain_itself() {
    assert_snapshot!(errors(&tiny_with("size: [32, 32]", "size: &a [32, *a]")), @"
    tiny.yaml:3:24: this value contains itself
      |
    3 | input: { size: &a [32, *a], channels: 3 }
      |                        ^ write the value out in place of the alias
    ");
}

#[test]
fn tags_are_refused() {
    assert_snapshot!(errors(&tiny_with("k: 5", "k: !kernel 5")), @"
    tiny.yaml:7:18: a spec has no tags
      |
    7 |   - { k: !kernel 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |                  ^ leave out the word that starts with !
    ");
}

#[test]
fn a_second_document_is_refused() {
    assert_snapshot!(errors(&tiny_and("---\nname: Other")), @"
    tiny.yaml:11:1: a second document starts here
       |
    11 | name: Other
       | ^ write one spec to a file, without a line of ---
    ");
}

#[test]
fn a_directive_is_refused() {
    assert_snapshot!(errors(&format!("%YAML 9\n{TINY}")), @"
    tiny.yaml:1:1: a line that starts with % is a directive, which a spec has not
      |
    1 | %YAML 9
      | ^ delete the line
    ");
}

#[test]
fn a_nul_byte_is_shown_and_refused() {
    assert_snapshot!(errors(&tiny_with("Tiny", "Ti\0ny")), @"
    tiny.yaml:1:9: a control character stands here
      |
    1 | name: Ti␀ny
      |         ^ delete it
    ");
}

#[test]
fn an_escape_sequence_does_not_reach_the_terminal() {
    assert_snapshot!(errors(&tiny_with("torchvision", "\u{1b}[31mred")), @"
    tiny.yaml:2:10: a control character stands here
      |
    2 | dialect: ␛[31mred
      |          ^ delete it
    ");
}

#[test]
fn an_empty_file_is_called_empty() {
    assert_snapshot!(errors(""), @"
    tiny.yaml:1:1: the spec is empty
      |
    1 |
      | ^ write name: MyNet, and on lines of their own input, stem, bottlenecks, last and head
    ");
}

#[test]
fn a_file_of_comments_is_called_empty() {
    assert_snapshot!(errors("# to do\n"), @"
    tiny.yaml:2:1: the spec is empty
      |
    2 |
      | ^ write name: MyNet, and on lines of their own input, stem, bottlenecks, last and head
    ");
}

#[test]
fn a_list_is_no_spec() {
    assert_snapshot!(errors("- 1\n- 2\n"), @"
    tiny.yaml:1:1: the spec is a list
      |
    1 | - 1
      | ^^^ write name: MyNet, and on lines of their own input, stem, bottlenecks, last and head
    ");
}

#[test]
fn a_word_is_no_spec() {
    assert_snapshot!(errors("hello\n"), @"
    tiny.yaml:1:1: the spec is `hello`
      |
    1 | hello
      | ^^^^^ write name: MyNet, and on lines of their own input, stem, bottlenecks, last and head
    ");
}
