//! The commonest slips of all in YAML: a line indented by a space too many or too few, and tabs.

use crate::explained::{Explained, counted};
use crate::keys::{KEYS, ROW};
use crate::short::short;
use std::ops::Range;

/// The line at or above byte `at` that is not in one column with those beside it, if there is one: its key or dash, what is
/// wrong, and the fix.
pub(crate) fn slip(text: &str, at: usize) -> Option<(Range<usize>, Explained)> {
    let mut open: Vec<LineStart<'_>> = Vec::new();
    let mut brackets = 0_usize;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if start > at {
            break;
        }
        let is_inside_brackets = brackets > 0;
        brackets = brackets_after(line, brackets);
        if !is_inside_brackets {
            for entry in entries(line, start) {
                if let Some(other) = place(&mut open, entry) {
                    return Some(told(entry, other));
                }
            }
        }
        start += line.len();
    }
    None
}

/// The tab that an error at byte `at` is about: in the indentation of its line, or, where the error is known to be
/// `about_a_tab`, of the next one, or before it.
pub(crate) fn tab(text: &str, at: usize, about_a_tab: bool) -> Option<usize> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let indenting = |start: usize| {
        let line = text.get(start..)?;
        let blank = line.find(|c| c != ' ' && c != '\t').unwrap_or(line.len());
        line.get(..blank)?.find('\t').map(|tab| start + tab)
    };
    if let Some(tab) = indenting(start) {
        return Some(tab);
    }
    if !about_a_tab {
        return None;
    }
    let next = text.get(at..)?.find('\n').and_then(|end| indenting(at + end + 1));
    next.or_else(|| text.get(start..at)?.rfind('\t').map(|tab| start + tab))
}

/// A key or the dash of a row, where a line begins.
#[derive(Clone, Copy)]
struct LineStart<'t> {
    /// Where its line starts.
    line: usize,
    /// Spaces before it.
    indent: usize,
    /// None for a dash.
    key: Option<&'t str>,
    /// Whether its value may stand in the lines below.
    is_open: bool,
}

/// The dashes and the key that a line begins with.
fn entries(line: &str, start: usize) -> impl Iterator<Item = LineStart<'_>> {
    let mut rest = line.trim_end();
    let mut indent = 0;
    std::iter::from_fn(move || {
        let blank = rest.len() - rest.trim_start_matches(' ').len();
        (rest, indent) = (rest.get(blank..)?, indent + blank);
        let entry = |key, is_open| {
            Some(LineStart {
                line: start,
                indent,
                key,
                is_open,
            })
        };
        if let Some(after) = rest
            .strip_prefix('-')
            .filter(|after| after.starts_with([' ', '\t']) || after.is_empty())
        {
            // A row in brackets ends with them.
            let found = entry(None, !after.trim_start().starts_with(['{', '[', '*']));
            (rest, indent) = (after, indent + 1);
            return found;
        }
        let (key, value) = rest.split_once(':')?;
        let is_key = key.chars().all(|c| c.is_ascii_alphanumeric() || "_-<".contains(c)) && !key.is_empty();
        let is_open = value.trim_start().is_empty() || value.trim_start().starts_with(['#', '&']);
        rest = "";
        if is_key && (value.is_empty() || value.starts_with([' ', '\t'])) {
            entry(Some(key), is_open)
        } else {
            None
        }
    })
}

/// Puts an entry among those that are open; the one beside which it should stand, if it stands beside none.
fn place<'t>(open: &mut Vec<LineStart<'t>>, entry: LineStart<'t>) -> Option<LineStart<'t>> {
    let mut left = None;
    while let Some(last) = open.pop_if(|last| last.indent > entry.indent) {
        left = Some(last);
    }
    let top = open.last().copied();
    let other = match (top, left) {
        (Some(top), _) if top.indent == entry.indent => {
            // A list may stand in the column of its key.
            if top.key.is_some() == entry.key.is_some() || entry.key.is_some() {
                open.pop();
            }
            None
        }
        (Some(top), Some(left)) => {
            let are_siblings = |[one, other]: [&str; 2]| {
                [KEYS, ROW]
                    .iter()
                    .any(|keys| keys.contains(&one) && keys.contains(&other))
            };
            let both = top.key.zip(entry.key);
            let is_like_the_top = both.is_some_and(|(one, other)| are_siblings([one, other]))
                || left.key.is_some() != entry.key.is_some();
            Some(if is_like_the_top { top } else { left })
        }
        (Some(top), None) => (!top.is_open).then_some(top),
        (None, left) => left,
    };
    open.push(entry);
    other
}

/// Where, what and how, of two entries that should stand in one column, `below` under `above`.
fn told(below: LineStart<'_>, above: LineStart<'_>) -> (Range<usize>, Explained) {
    // People indent by even numbers of spaces.
    let first_is_wrong = above.indent % 2 == 1 && below.indent.is_multiple_of(2);
    let (wrong, right, side) = match first_is_wrong {
        true => (above, below, "below"),
        false => (below, above, "above"),
    };
    let name = |entry: LineStart<'_>, row: &str| entry.key.map_or(row.to_owned(), |key| format!("`{}`", short(key)));
    let message = format!(
        "{} is indented by {}, {} {side} it by {}",
        name(wrong, "this row"),
        counted(wrong.indent, "space"),
        name(right, "the row"),
        match right.indent {
            0 => "none".to_owned(),
            n => n.to_string(),
        },
    );
    let help = match right.indent.checked_sub(wrong.indent) {
        None => format!(
            "delete {} at the start of this line, so that both stand in one column",
            counted(wrong.indent - right.indent, "space")
        ),
        Some(more) => format!(
            "write {} more at the start of this line, so that both stand in one column",
            counted(more, "space")
        ),
    };
    let start = wrong.line + wrong.indent;
    (start..start + wrong.key.map_or(1, str::len), (message, help))
}

/// How many brackets are open after a line, of which so many were before it.
fn brackets_after(line: &str, before: usize) -> usize {
    let mut open = before;
    let mut quote = None;
    let mut last = ' ';
    for c in line.chars() {
        match (quote, c) {
            (Some(mark), _) if mark == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') if last.is_whitespace() => break,
            (None, '{' | '[') => open += 1,
            (None, '}' | ']') => open = open.saturating_sub(1),
            (None, _) => {}
        }
        last = c;
    }
    open
}
