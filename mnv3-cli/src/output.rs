//! Writing to the terminal, or to whatever stands in its place.

use anstyle::{AnsiColor, Style};
use mnv3_ir::VisibleLines;
pub(crate) use mnv3_summary::{heading, quiet, thousands};
use serde::Serialize;
use std::fmt;
use std::io::{self, Write};

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();

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

/// In red.
pub(crate) fn bad(text: &str) -> String {
    styled(BAD, text)
}

/// In green.
pub(crate) fn good(text: &str) -> String {
    styled(GOOD, text)
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
