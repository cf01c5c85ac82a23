//! Reading fields of a table: every wrong one is reported, none stops the rest.

use crate::at::At;
use crate::error::{Errors, Span, nearest};
use crate::habits::habit;
use crate::short::short;
use crate::tree::{Key, Node, Value};
use std::collections::HashSet;
use std::ops::RangeInclusive;

/// The fields of a table, by name.
pub(crate) struct Fields<'n> {
    what: String,
    entries: &'n [(Key, Node)],
    /// Known keys that an unknown one was taken for: they are not reported as missing.
    misspelt: Vec<String>,
    pub(crate) span: Span,
}

impl<'n> Fields<'n> {
    /// The table's fields; unknown and repeated keys are reported.
    pub(crate) fn of(node: &'n Node, what: &str, known: &[&str], errors: &mut Errors) -> Option<Self> {
        let Value::Table(entries) = &node.value else {
            let message = format!("{what} is {}, not a table", described(node, errors));
            errors.push(node.span, message, format!("write {{ {} }}", shape(known)));
            return None;
        };
        let mut seen = HashSet::new();
        // In a variant, keys of the base are there too: what is written beside the unknown key is what its own file says.
        let written: HashSet<(usize, &str)> = entries.iter().map(|(k, _)| (k.span.file, k.name.as_str())).collect();
        let mut misspelt = Vec::new();
        for (key, _) in entries {
            if errors.is_full() {
                break;
            }
            if !seen.insert(key.name.as_str()) {
                let message = format!("{what} has the key `{}` twice", short(&key.name));
                errors.push(key.span, message, "leave one of them");
            } else if !known.contains(&key.name.as_str()) {
                let is_absent = |name: &&str| !written.contains(&(key.span.file, name));
                let help = match (habit(&key.name, known), nearest(&key.name, known).filter(is_absent)) {
                    (Some(habit), _) => {
                        misspelt.extend(habit.stands_for.then(|| habit.key.to_owned()));
                        habit.help.to_owned()
                    }
                    (None, Some(near)) => {
                        misspelt.push(near.to_owned());
                        format!("did you mean `{near}`?")
                    }
                    (None, None) => format!("the keys are {}", known.join(", ")),
                };
                errors.push(key.span, format!("{what} has no key `{}`", short(&key.name)), help);
            }
        }
        Some(Self {
            what: what.to_owned(),
            entries,
            misspelt,
            span: node.span,
        })
    }

    pub(crate) fn optional(&self, name: &str) -> Option<&'n Node> {
        self.entries
            .iter()
            .find(|(key, _)| key.name == name)
            .map(|(_, node)| node)
    }

    /// The field, or an error that it is missing.
    pub(crate) fn required(&self, name: &str, example: &str, errors: &mut Errors) -> Option<&'n Node> {
        let node = self.optional(name);
        if node.is_none() && !self.misspelt.iter().any(|near| near == name) {
            let end = self.entries.first().map_or_else(|| self.span, |(key, _)| key.span);
            errors.push(
                end,
                format!("{} has no `{name}`", self.what),
                format!("add `{name}: {example}`"),
            );
        }
        node
    }

    pub(crate) fn label(&self, name: &str) -> String {
        format!("{name} of {}", self.what)
    }

    pub(crate) fn count(
        &self,
        name: &str,
        example: &str,
        range: RangeInclusive<usize>,
        errors: &mut Errors,
    ) -> Option<At<usize>> {
        let node = self.required(name, example, errors)?;
        count(node, &self.label(name), range, errors)
    }

    pub(crate) fn pair(
        &self,
        name: &str,
        example: &str,
        range: RangeInclusive<usize>,
        errors: &mut Errors,
    ) -> Option<At<[usize; 2]>> {
        let node = self.required(name, example, errors)?;
        pair(node, &self.label(name), range, errors)
    }

    pub(crate) fn pair_or(
        &self,
        name: &str,
        default: [usize; 2],
        range: RangeInclusive<usize>,
        errors: &mut Errors,
    ) -> Option<At<[usize; 2]>> {
        match self.optional(name) {
            Some(node) => pair(node, &self.label(name), range, errors),
            None => Some(At {
                value: default,
                span: self.span,
            }),
        }
    }

    pub(crate) fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)], errors: &mut Errors) -> Option<At<T>> {
        let node = self.required(name, choices.first().map_or("", |c| c.0), errors)?;
        choice(node, &self.label(name), choices, errors)
    }

    /// As [`choice`](Self::choice); the first one where there is no such field.
    pub(crate) fn choice_or_first<T: Copy>(&self, name: &str, choices: &[(&str, T)], errors: &mut Errors) -> Option<T> {
        match self.optional(name) {
            Some(node) => choice(node, &self.label(name), choices, errors).map(|found| found.value),
            None => choices.first().map(|(_, first)| *first),
        }
    }

    pub(crate) fn flag(&self, name: &str, errors: &mut Errors) -> Option<bool> {
        let node = self.required(name, "false", errors)?;
        flag(node, &self.label(name), errors)
    }

    pub(crate) fn flag_or(&self, name: &str, default: bool, errors: &mut Errors) -> Option<bool> {
        match self.optional(name) {
            Some(node) => flag(node, &self.label(name), errors),
            None => Some(default),
        }
    }

    pub(crate) fn real(&self, name: &str, range: RangeInclusive<f64>, errors: &mut Errors) -> Option<f64> {
        let node = self.required(name, "0.5", errors)?;
        real(node, &self.label(name), range, errors)
    }

    pub(crate) fn text(&self, name: &str, example: &str, errors: &mut Errors) -> Option<At<String>> {
        let node = self.required(name, example, errors)?;
        let value = text(node, &self.label(name), example, errors)?;
        Some(At { value, span: node.span })
    }
}

pub(crate) fn text(node: &Node, label: &str, example: &str, errors: &mut Errors) -> Option<String> {
    if let Value::Text(text) = &node.value {
        return Some(text.clone());
    }
    let message = format!("{label} is {}, not text", described(node, errors));
    errors.push(node.span, message, format!("write {example}"));
    None
}

pub(crate) fn count(node: &Node, label: &str, range: RangeInclusive<usize>, errors: &mut Errors) -> Option<At<usize>> {
    let found = match node.value {
        Value::Int(n) => usize::try_from(n).ok().filter(|n| range.contains(n)),
        _ => None,
    };
    if found.is_none() {
        let why = if matches!(node.value, Value::Int(_)) {
            ""
        } else {
            ", not a whole number"
        };
        let message = format!("{label} is {}{why}", described(node, errors));
        let help = format!("write a whole number from {} to {}", range.start(), range.end());
        errors.push(node.span, message, help);
    }
    found.map(|n| At::new(n, node.span))
}

/// A number for both axes, or `[height, width]`.
pub(crate) fn pair(
    node: &Node,
    label: &str,
    range: RangeInclusive<usize>,
    errors: &mut Errors,
) -> Option<At<[usize; 2]>> {
    match &node.value {
        Value::List(items) => match items.as_slice() {
            [h, w] => {
                let h = count(h, &format!("height in {label}"), range.clone(), errors);
                let w = count(w, &format!("width in {label}"), range, errors);
                Some(At::new([h?.value, w?.value], node.span))
            }
            _ => {
                errors.push(
                    node.span,
                    format!("{label} has {} numbers", items.len()),
                    "write one number, or [height, width]",
                );
                None
            }
        },
        _ => count(node, label, range, errors).map(|n| At::new([n.value; 2], node.span)),
    }
}

pub(crate) fn choice<T: Copy>(node: &Node, label: &str, choices: &[(&str, T)], errors: &mut Errors) -> Option<At<T>> {
    let found = match &node.value {
        Value::Text(text) => choices.iter().find(|(name, _)| name == text),
        _ => None,
    };
    if found.is_none() {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let message = format!("{label} is {}", described(node, errors));
        errors.push(node.span, message, format!("write {}", either(&names)));
    }
    found.map(|(_, value)| At::new(*value, node.span))
}

fn flag(node: &Node, label: &str, errors: &mut Errors) -> Option<bool> {
    if let Value::Bool(b) = node.value {
        return Some(b);
    }
    let message = format!("{label} is {}", described(node, errors));
    errors.push(node.span, message, "write true or false");
    None
}

/// A real number; fractions such as 1/6 count.
pub(crate) fn real(node: &Node, label: &str, range: RangeInclusive<f64>, errors: &mut Errors) -> Option<f64> {
    let value = match &node.value {
        Value::Int(n) => Some(*n as f64),
        Value::Real(x) => Some(*x),
        Value::Text(text) => text.split_once('/').and_then(|(a, b)| {
            let (a, b): (f64, f64) = (a.trim().parse().ok()?, b.trim().parse().ok()?);
            Some(a / b)
        }),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Table(_) => None,
    };
    let value = value.filter(|x| range.contains(x));
    if value.is_none() {
        let message = format!("{label} is {}", described(node, errors));
        let help = format!(
            "write a number from {} to {}, or a fraction such as 3/4",
            range.start(),
            range.end()
        );
        errors.push(node.span, message, help);
    }
    value
}

/// What a value is, for messages: as it is written, or its kind where that is longer than a word.
pub(crate) fn described(node: &Node, errors: &Errors) -> String {
    match &node.value {
        Value::Null => "empty".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
        Value::Bool(_) | Value::Int(_) | Value::Real(_) | Value::Text(_) => {
            format!("`{}`", short(errors.slice(node.span)))
        }
    }
}

/// `a`, `a or b`, `a, b or c`.
fn either(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

fn shape(keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|k| format!("{k}: ...")).collect();
    keys.join(", ")
}
