//! Where messages point: lines, columns in characters, and the mark under the place.

use crate::tiny::{TINY, errors, tiny_with};
use insta::assert_snapshot;

fn place(text: &str) -> (usize, usize) {
    let errors = mnv3_spec::parse("tiny.yaml", text).unwrap_err().errors;
    (errors[0].line, errors[0].column)
}

#[test]
fn columns_are_characters_and_the_mark_stands_under_wide_ones() {
    let text = tiny_with("{ k: 5", "{ größe漢字: 1, k: 0");
    let found = mnv3_spec::parse("tiny.yaml", &text).unwrap_err().errors;
    assert_eq!((found[1].line, found[1].column), (7, 22));
    assert_snapshot!(errors(&text), @"
    tiny.yaml:7:7: bottleneck 2 has no key `größe漢字`
      |
    7 |   - { größe漢字: 1, k: 0, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |       ^^^^^^^^^ the keys are k, exp, out, se, nl, s, dilation, residual

    tiny.yaml:7:22: k of bottleneck 2 is `0`
      |
    7 |   - { größe漢字: 1, k: 0, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |                        ^ write a whole number from 1 to 15
    ");
}

#[test]
fn tabs_in_a_line_do_not_move_the_mark() {
    let text = tiny_with("{ k: 5, exp: 64", "{\tk: 5,\texp: 12");
    assert_eq!(place(&text), (7, 18));
    assert_snapshot!(errors(&text), @"
    tiny.yaml:7:18: bottleneck 2 takes 16 channels and expands to 12: exp must be at least the incoming 16
      |
    7 |   - {    k: 5,    exp: 12, out: 24, se: true, nl: HS, s: 2 }
      |                        ^^ write 16 or more
    ");
}

#[test]
fn of_a_long_line_the_part_around_the_place_is_drawn() {
    let text = tiny_with("{ k: 5", &format!("{{ {}k: 0", " ".repeat(5000)));
    assert_eq!(place(&text), (7, 5010));
    assert_snapshot!(errors(&text), @"
    tiny.yaml:7:5010: k of bottleneck 2 is `0`
      |
    7 | ...                   k: 0, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |                          ^ write a whole number from 1 to 15
    ");
}

#[test]
fn windows_line_ends_change_no_message() {
    let text = tiny_with("k: 5", "k: 0");
    assert_eq!(errors(&text.replace('\n', "\r\n")), errors(&text));
}

#[test]
fn a_byte_order_mark_is_no_column() {
    let text = tiny_with("Tiny", "tiny");
    assert_eq!(place(&text), (1, 7));
    assert_eq!(errors(&format!("\u{feff}{text}")), errors(&text));
}

#[test]
fn rows_over_several_lines_are_marked_in_the_line_of_the_value() {
    let row = "{ k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }";
    let text = TINY.replace(
        row,
        "k: 5\n    exp: 64\n    out: 24\n    se: true\n    nl: HS\n    s: 9",
    );
    assert_snapshot!(errors(&text), @"
    tiny.yaml:12:8: s of bottleneck 2 is `9`
       |
    12 |     s: 9
       |        ^ write a whole number from 1 to 8
    ");
}

#[test]
fn an_error_can_be_taken_apart() {
    let errors = mnv3_spec::parse("tiny.yaml", &tiny_with("k: 5", "k: 0"))
        .unwrap_err()
        .errors;
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].file, "tiny.yaml");
    assert_eq!(errors[0].message, "k of bottleneck 2 is `0`");
    assert_eq!(errors[0].help, "write a whole number from 1 to 15");
}

#[test]
fn a_row_is_quoted_as_it_is_written() {
    let network = mnv3_spec::parse("tiny.yaml", TINY).unwrap();
    let source = &network.bottlenecks[1].source;
    assert_eq!((source.file.as_str(), source.line), ("tiny.yaml", 7));
    assert_eq!(source.text, "{ k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }");
}
