//! Taps: names for outputs of rows.

use crate::error::Errors;
use crate::identifiers::check_field;
use crate::limits::BOTTLENECKS;
use crate::network::{Tap, Tapped};
use crate::read::{At, count, described, short};
use crate::spec::Spec;
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

fn tapped(node: &Node, label: &str, errors: &mut Errors) -> Option<At<Tapped>> {
    if let Value::Text(text) = &node.value {
        let row = WORDS.iter().find(|(word, _)| word == text);
        if row.is_none() {
            let message = format!("{label} is {}", described(node, errors));
            errors.push(node.span, message, "write the number of a bottleneck, stem or last");
        }
        return row.map(|(_, row)| At::new(*row, node.span));
    }
    let number = count(node, label, 1..=BOTTLENECKS, errors)?;
    Some(At::new(Tapped::Bottleneck(number.value), number.span))
}

/// The rows that names are given to; those that the network has not are errors.
pub(crate) fn resolve(spec: &Spec, errors: &mut Errors) -> Vec<Tap> {
    let help = format!("write a number from 1 to {}", spec.rows.len());
    for (name, row) in &spec.taps {
        match row.value {
            Tapped::Bottleneck(number) if number > spec.rows.len() => {
                let message = format!("tap {} is of bottleneck {number}", name.value);
                errors.push(row.span, message, help.clone());
            }
            Tapped::Last if spec.last.is_empty() => {
                let message = format!("tap {} is of last, which this network has not", name.value);
                errors.push(row.span, message, help.clone());
            }
            Tapped::Stem | Tapped::Bottleneck(_) | Tapped::Last => {}
        }
    }
    spec.taps
        .iter()
        .map(|(name, row)| Tap {
            name: name.value.clone(),
            of: row.value,
        })
        .collect()
}
