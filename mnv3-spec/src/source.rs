//! The lines of a file that a row is written in.

use crate::error::{Errors, Span};
use crate::network::Source;
use crate::tree::{Node, Value};

/// Characters of a row that are quoted.
const QUOTED: usize = 200;

/// The row as written, and what other files change in it.
pub(crate) fn source(node: &Node, errors: &Errors) -> Source {
    let flat = |span| {
        let text = errors.slice(span);
        // A hostile row may be a megabyte long.
        let text = &text[..text.floor_char_boundary(QUOTED * 4)];
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut text = flat(node.span);
    if let Value::Table(entries) = &node.value {
        let elsewhere =
            |span: Span| span.file != node.span.file || span.start < node.span.start || node.span.end < span.end;
        let changes = entries.iter().filter(|(key, _)| elsewhere(key.span));
        let changes: Vec<String> = changes
            .map(|(key, value)| format!("{}: {}", key.name, flat(value.span)))
            .collect();
        if !changes.is_empty() {
            text = format!("{text} with {}", changes.join(", "));
        }
    }
    let file = errors.name(node.span.file).to_owned();
    Source {
        file,
        line: errors.line(node.span),
        text: text.chars().take(QUOTED).collect(),
    }
}
