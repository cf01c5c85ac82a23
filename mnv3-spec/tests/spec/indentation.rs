//! Lines a space out of their column, and tabs: where they are shown, and that what is proposed mends them.

use crate::tiny::{TINY, errors, tiny_with};
use insta::assert_snapshot;

/// A spec with every table written in lines.
const LINES: &str = "\
name: Lines
dialect: torchvision
input:
  size: [32, 32]
  channels: 3
# the first convolution
stem:
  k: 3
  out: 16
  nl: HS
  s: 2

bottlenecks:
  - k: 3
    exp: 16
    out: 16
    se:
      squeeze: 8
    nl: RE
    s: 1
  - { k: 3, exp: 64, out: 24,
      se: true, nl: HS, s: 2 }
last:
  out: 96
  nl: HS
head:
  pool: avg
  hidden: none
  classes: 10
";

#[test]
fn a_key_indented_by_a_space_is_told_so() {
    assert_snapshot!(errors(&tiny_with("\nstem:", "\n stem:")), @"
    tiny.yaml:4:2: `stem` is indented by 1 space, `input` above it by none
      |
    4 |  stem: { k: 3, out: 16, nl: HS, s: 2 }
      |  ^^^^ delete 1 space at the start of this line, so that both stand in one column
    ");
    assert_snapshot!(errors(&tiny_with("\ndialect:", "\n dialect:")), @"
    tiny.yaml:2:2: `dialect` is indented by 1 space, `name` above it by none
      |
    2 |  dialect: torchvision
      |  ^^^^^^^ delete 1 space at the start of this line, so that both stand in one column
    ");
    assert_snapshot!(errors(&tiny_with("\nlast:", "\n last:")), @"
    tiny.yaml:8:2: `last` is indented by 1 space, `bottlenecks` above it by none
      |
    8 |  last: { out: 96, nl: HS }
      |  ^^^^ delete 1 space at the start of this line, so that both stand in one column
    ");
}

#[test]
fn a_key_of_a_table_in_lines_is_compared_with_the_one_above() {
    assert_snapshot!(errors(&LINES.replace("\n  channels", "\n channels")), @"
    tiny.yaml:5:2: `channels` is indented by 1 space, `size` above it by 2
      |
    5 |  channels: 3
      |  ^^^^^^^^ write 1 space more at the start of this line, so that both stand in one column
    ");
    assert_snapshot!(errors(&LINES.replace("\n    exp", "\n     exp")), @"
    tiny.yaml:15:6: `exp` is indented by 5 spaces, `k` above it by 4
       |
    15 |      exp: 16
       |      ^^^ delete 1 space at the start of this line, so that both stand in one column
    ");
}

#[test]
fn of_two_lines_the_one_with_odd_indentation_is_the_slip() {
    assert_snapshot!(errors(&LINES.replace("\n  size", "\n   size")), @"
    tiny.yaml:4:4: `size` is indented by 3 spaces, `channels` below it by 2
      |
    4 |    size: [32, 32]
      |    ^^^^ delete 1 space at the start of this line, so that both stand in one column
    ");
    assert_snapshot!(errors(&format!(" {TINY}")), @"
    tiny.yaml:1:2: `name` is indented by 1 space, `dialect` below it by none
      |
    1 |  name: Tiny
      |  ^^^^ delete 1 space at the start of this line, so that both stand in one column
    ");
    assert_snapshot!(errors(&tiny_with("  - { k: 3", "   - { k: 3")), @"
    tiny.yaml:6:4: this row is indented by 3 spaces, the row below it by 2
      |
    6 |    - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }
      |    ^ delete 1 space at the start of this line, so that both stand in one column
    ");
}

/// What the message proposes, done.
fn mended(text: &str) -> Option<String> {
    let error = mnv3_spec::parse("lines.yaml", text).err()?.errors.remove(0);
    let (fix, _) = error.help.split_once(" at the start of this line")?;
    let number: usize = fix.split(' ').nth(1)?.parse().ok()?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = &mut lines[error.line - 1];
    match fix.split(' ').next()? {
        "delete" => drop(line.drain(..number)),
        _ => line.insert_str(0, &" ".repeat(number)),
    }
    Some(lines.join("\n") + "\n")
}

#[test]
fn every_line_that_slips_by_a_space_is_found_and_mended() {
    let mut found = 0;
    for spec in [TINY, LINES] {
        mnv3_spec::parse("lines.yaml", spec).unwrap();
        for number in 0..spec.lines().count() {
            let shifted = |shift: &dyn Fn(&str) -> String| {
                let line = |(i, line): (usize, &str)| if i == number { shift(line) } else { line.to_owned() };
                spec.lines().enumerate().map(line).collect::<Vec<_>>().join("\n") + "\n"
            };
            let mut slips = vec![shifted(&|line| format!(" {line}"))];
            if spec.lines().nth(number).unwrap().starts_with(' ') {
                slips.push(shifted(&|line| line[1..].to_owned()));
            }
            for slip in slips {
                // Comments, empty lines, lines within brackets, and what stands alone in its column may be shifted.
                if mnv3_spec::parse("lines.yaml", &slip).is_ok() {
                    continue;
                }
                let Some(mended) = mended(&slip) else {
                    panic!("no indentation is named for\n{slip}\n{}", errors(&slip))
                };
                assert_eq!(mended, spec, "the fix does not mend\n{slip}\n{}", errors(&slip));
                found += 1;
            }
        }
    }
    assert!(found > 30, "only {found} slips were mistakes");
}

#[test]
fn a_tab_is_shown_at_its_own_column() {
    let place = |text: &str| {
        let errors = mnv3_spec::parse("tiny.yaml", text).unwrap_err().errors;
        assert_eq!(errors[0].message, "a tab stands where YAML wants spaces");
        (errors[0].line, errors[0].column)
    };
    assert_eq!(place(&tiny_with("  - { k: 5", "\t- { k: 5")), (7, 1));
    assert_eq!(place(&tiny_with("stem", "\tstem")), (4, 1));
    assert_eq!(place(&tiny_with("{ size", "{\n\tsize")), (4, 1));
    assert_eq!(place(&LINES.replace("  channels", "\tchannels")), (5, 1));
    assert_eq!(place(&LINES.replace("  channels", " \tchannels")), (5, 2));
    assert_eq!(place(&LINES.replace("    exp", "  \texp")), (15, 3));
    assert_snapshot!(errors(&LINES.replace("    exp", "  \texp")), @"
    tiny.yaml:15:3: a tab stands where YAML wants spaces
       |
    15 |       exp: 16
       |   ^^^^ indent with spaces
    ");
}
