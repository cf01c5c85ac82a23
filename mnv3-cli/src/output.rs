//! Writing to the terminal, or to whatever stands in its place.

use anstyle::{AnsiColor, Style};
use mnv3_ir::VisibleLines;
use serde::Serialize;
use std::fmt;
use std::io::{self, Write};

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const HEADING: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();

/// Something that is wrong, on standard error.
pub(crate) fn complain(problem: &impl fmt::Display) {
    // When even standard error is closed there is nobody left to tell.
    let problem = problem.to_string();
    let _ = writeln!(
        anstream::stderr().lock(),
        "{}: {}",
        bad("error"),
        VisibleLines(&problem)
    );
}

/// Something that the reader should know about what is on standard output.
pub(crate) fn warn(text: &str) {
    let _ = writeln!(
        anstream::stderr().lock(),
        "{}: {}",
        heading("warning"),
        VisibleLines(text)
    );
}

/// One line of JSON.
pub(crate) fn json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}

/// 1234567 as 1,234,567.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// In red.
pub(crate) fn bad(text: &str) -> String {
    styled(BAD, text)
}

/// In green.
pub(crate) fn good(text: &str) -> String {
    styled(GOOD, text)
}

/// In bold.
pub(crate) fn heading(text: &str) -> String {
    styled(HEADING, text)
}

/// Dimmed.
pub(crate) fn quiet(text: &str) -> String {
    styled(QUIET, text)
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_are_separated_from_the_right() {
        let written = [0, 12, 999, 1000, 123_456, 1_234_567, u64::MAX].map(thousands);
        let expected = [
            "0",
            "12",
            "999",
            "1,000",
            "123,456",
            "1,234,567",
            "18,446,744,073,709,551,615",
        ];
        assert_eq!(written, expected);
    }
}
