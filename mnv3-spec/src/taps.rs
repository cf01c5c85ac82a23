//! Taps: names for outputs of rows, and for what bottlenecks expand to.

use crate::at::At;
use crate::error::Errors;
use crate::identifiers::check_field;
use crate::limits::BOTTLENECKS;
use crate::network::Tapped;
use crate::read::{count, described};
use crate::short::short;
use crate::tree::{Node, Value};
use std::collections::HashSet;

/// Names, each with its row.
pub(crate) fn read(node: &Node, errors: &mut Errors) -> Option<Vec<(At<String>, At<Tapped>)>> {
    let Value::Table(entries) = &node.value else {
        let message = format!("taps is {}, not a table", described(node, errors));
        errors.push(
            node.span,
            message,
            "write names and bottleneck numbers such as { c3: 6, c4: 12 }",
        );
        return None;
    };
    if entries.len() > BOTTLENECKS {
        let message = format!("taps has {} names", entries.len());
        errors.push(node.span, message, format!("write {BOTTLENECKS} at most"));
        return None;
    }
    let mut seen = HashSet::new();
    let taps = entries.iter().map(|(key, node)| {
        if !seen.insert(key.name.as_str()) {
            let message = format!("taps has the name `{}` twice", short(&key.name));
            errors.push(key.span, message, "leave one of them, or rename it");
        }
        let name = At {
            value: key.name.clone(),
            span: key.span,
        };
        check_field(&name, errors);
        let row = tapped(node, &format!("tap {}", short(&key.name)), errors)?;
        Some((name, row))
    });
    let taps: Vec<_> = taps.collect();
    taps.into_iter().collect()
}

/// Rows that are not tapped by a number.
pub(crate) const WORDS: &[(&str, Tapped)] = &[("stem", Tapped::Stem), ("last", Tapped::Last)];

/// What follows a bottleneck's number where its expand output is meant.
pub(crate) const EXPAND: &str = ".expand";

/// Reads what is tapped.
pub(crate) fn tapped(node: &Node, label: &str, errors: &mut Errors) -> Option<At<Tapped>> {
    if let Value::Text(text) = &node.value {
        let word = WORDS.iter().find(|(word, _)| word == text);
        let row = word.map(|(_, row)| *row).or_else(|| expand(text));
        if row.is_none() {
            let message = format!("{label} is {}", described(node, errors));
            let help = "write the number of a bottleneck, such as 3, its expand output, such as 3.expand, stem or last";
            errors.push(node.span, message, help);
        }
        return row.map(|row| At::new(row, node.span));
    }
    let number = count(node, label, 1..=BOTTLENECKS, errors)?;
    Some(At::new(Tapped::Bottleneck(number.value), number.span))
}

/// What `3.expand` names.
fn expand(text: &str) -> Option<Tapped> {
    let digits = text.strip_suffix(EXPAND)?;
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
    let number = digits.parse().ok().filter(|number| plain && *number <= BOTTLENECKS);
    number.map(Tapped::Expand)
}
