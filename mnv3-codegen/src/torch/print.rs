//! Python text: literals, and calls broken over lines as the formatter `black` breaks them.

use mnv3_ir::{Visible, is_plain};
use std::fmt::Write as _;

/// Columns of a line.
const WIDTH: usize = 120;

/// An expression: text that is never broken, or a bracket that may be.
#[derive(Clone, Debug)]
pub(super) enum Py {
    Text(String),
    Call { function: String, arguments: Vec<Py> },
    Dict { entries: Vec<Py> },
}

impl Py {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn call(function: impl Into<String>, arguments: Vec<Self>) -> Self {
        let function = function.into();
        Self::Call { function, arguments }
    }

    fn one_line(&self) -> String {
        let joined = |items: &[Self]| items.iter().map(Self::one_line).collect::<Vec<_>>().join(", ");
        match self {
            Self::Text(text) => text.clone(),
            Self::Call { function, arguments } => format!("{function}({})", joined(arguments)),
            Self::Dict { entries } => format!("{{{}}}", joined(entries)),
        }
    }

    /// The expression's lines between `before` and `after`, at `indent`.
    fn lines(&self, indent: usize, before: &str, after: &str, out: &mut String) {
        let one_line = format!("{:indent$}{before}{}{after}", "", self.one_line());
        let (open, close, items) = match self {
            Self::Text(_) => ("", "", [].as_slice()),
            Self::Call { function, arguments } => (function.as_str(), ")", arguments.as_slice()),
            Self::Dict { entries } => ("", "}", entries.as_slice()),
        };
        if items.is_empty() || one_line.chars().count() <= WIDTH {
            out.push_str(one_line.trim_end());
            out.push('\n');
            return;
        }
        let bracket = if matches!(self, Self::Dict { .. }) { "{" } else { "(" };
        line(out, indent, &format!("{before}{open}{bracket}"));
        let inner = indent + 4;
        let body = items.iter().map(Self::one_line).collect::<Vec<_>>().join(", ");
        // Arguments may share a line of their own; entries of a dictionary each have one.
        if matches!(self, Self::Call { .. }) && inner + body.chars().count() <= WIDTH {
            line(out, inner, &body);
        } else {
            for item in items {
                item.lines(inner, "", ",", out);
            }
        }
        line(out, indent, &format!("{close}{after}"));
    }
}

/// Adds `before` and an expression as a statement.
pub(super) fn statement(out: &mut String, indent: usize, before: &str, value: &Py) {
    value.lines(indent, before, "", out);
}

/// Adds a line.
pub(super) fn line(out: &mut String, indent: usize, text: &str) {
    out.push_str(format!("{:indent$}{text}", "").trim_end());
    out.push('\n');
}

/// Adds a comment. Files and rows are the user's text: nothing in them may end the line or turn its direction.
pub(super) fn comment(out: &mut String, indent: usize, text: &str) {
    line(out, indent, &format!("# {}", in_line(text)));
}

fn in_line(text: &str) -> String {
    Visible(text).to_string()
}

/// Text inside a docstring.
pub(super) fn doc(text: &str) -> String {
    in_line(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// A string literal.
pub(super) fn string(text: &str) -> String {
    let mut literal = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            // All of these have four digits.
            c if !is_plain(c) => {
                // Writing to a String cannot fail.
                let _ = write!(literal, "\\u{:04x}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// `3` for a square, else `(3, 5)`.
pub(super) fn pair([a, b]: [usize; 2]) -> String {
    if a == b { a.to_string() } else { format!("({a}, {b})") }
}

/// A tuple of string literals.
pub(super) fn strings(texts: &[String]) -> String {
    let literals: Vec<String> = texts.iter().map(|t| string(t)).collect();
    format!("({})", literals.join(", "))
}

/// Digits in groups of three, as prose has them.
pub(super) fn grouped(n: u64, separator: char) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Py, grouped, statement, string};

    fn printed(value: &Py) -> String {
        let mut out = String::new();
        statement(&mut out, 4, "x = ", value);
        out
    }

    #[test]
    fn what_fits_stays_on_one_line() {
        assert_eq!(
            printed(&Py::call("f", vec![Py::text("1"), Py::text("k=2")])),
            "    x = f(1, k=2)\n"
        );
    }

    #[test]
    fn a_long_call_gives_its_arguments_a_line_and_then_a_line_each() {
        let long = Py::text("a".repeat(60));
        let two = Py::call("function", vec![long.clone(), Py::text("b".repeat(48))]);
        assert_eq!(
            printed(&two).lines().map(str::len).collect::<Vec<_>>(),
            [17, 8 + 60 + 2 + 48, 5]
        );
        let three = Py::call("function", vec![long.clone(), long.clone(), Py::call("g", vec![])]);
        assert_eq!(printed(&three).lines().nth(3), Some("        g(),"));
    }

    #[test]
    fn a_long_dictionary_has_a_line_for_each_entry() {
        let entry = Py::text(format!("\"{}\": 1", "k".repeat(50)));
        let dict = Py::Dict {
            entries: vec![entry.clone(), entry],
        };
        assert_eq!(printed(&dict).lines().count(), 4);
    }

    #[test]
    fn strings_are_escaped() {
        assert_eq!(string("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
    }

    #[test]
    fn digits_come_in_threes() {
        assert_eq!(
            ["7", "1_000", "5_483_032"],
            [7, 1000, 5_483_032]
                .map(|n| grouped(n, '_'))
                .each_ref()
                .map(String::as_str)
        );
    }
}
