//! Names of classes: a list in the spec, a file with one a line, or a set that comes with mnv3.

use crate::at::At;
use crate::error::{Errors, Span, nearest};
use crate::extends::{Merged, Reader};
use crate::limits::NAME;
use crate::network::{ClassNames, LabelSet};
use crate::read::{Fields, count, described};
use crate::short::short;
use crate::tree::{Key, Node, VALUES, Value};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Names that a spec can hold beside its rows.
const WRITTEN_OUT: usize = VALUES / 2;

/// Classes of a head as they are written.
#[derive(Clone, Debug)]
pub(crate) struct WrittenClasses {
    pub(crate) count: At<usize>,
    pub(crate) names: Option<ClassNames>,
}

/// Puts the names that a file holds in its place, as the list that `classes` could be; and hands back the file that was read.
pub(crate) fn take_in(merged: &mut Merged, read: Reader<'_>, errors: &mut Errors) -> Option<PathBuf> {
    let Merged { tree, origins, .. } = merged;
    let head = entries(tree.as_mut()?)?
        .iter_mut()
        .find(|(key, _)| key.name == "head")?;
    let head = entries(&mut head.1)?;
    let labels = head.iter_mut().find(|(key, _)| key.name == "labels")?;
    let span = labels.1.span;
    let Value::Text(written) = &labels.1.value else {
        return None;
    };
    if set(written).is_some() || written.is_empty() {
        return None;
    }
    let (path, shown) = origins.get(span.file)?.beside(errors.name(span.file), written);
    match read(&path) {
        Ok(text) => labels.1.value = Value::List(lines(&shown, &text, errors)),
        Err(unreadable) => {
            let message = format!("labels of head, {}: {}", short(&shown), unreadable.message);
            let help = match nearest(written, &sets()) {
                Some(near) if unreadable.is_missing => format!("did you mean {near}? Other names are files"),
                _ if unreadable.is_missing => format!(
                    "name a file with a class a line, its path from the folder of this spec, or one of {}",
                    sets().join(", ")
                ),
                _ => "name a text file with a class a line, or write the names: classes: [cat, dog]".to_owned(),
            };
            errors.push(span, message, help);
            // What it is must not be reported as well.
            head.retain(|(key, _)| key.name != "labels");
        }
    }
    Some(path)
}

/// Writes names that came of a file as the list of `classes`, for a spec that needs no other file.
pub(crate) fn write_out(tree: &mut Node, errors: &mut Errors) {
    let head = entries(tree).and_then(|entries| entries.iter_mut().find(|(key, _)| key.name == "head"));
    let Some(head) = head.and_then(|(_, head)| entries(head)) else {
        return;
    };
    let is_list = |(key, node): &mut (Key, Node)| key.name == "labels" && matches!(node.value, Value::List(_));
    let Some((_, labels)) = head.extract_if(.., is_list).next() else {
        return;
    };
    if labels.values() > WRITTEN_OUT {
        let message = format!("labels of head are {} names", labels.values() - 1);
        errors.push(
            labels.span,
            message,
            "too many for one spec: keep the file of names beside it",
        );
    }
    if let Some((_, classes)) = head.iter_mut().find(|(key, _)| key.name == "classes") {
        classes.value = labels.value;
    }
}

/// The lines of a file, each with its place in it.
fn lines(name: &str, text: &str, errors: &mut Errors) -> Vec<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = errors.add_source(name, text);
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let span = Span {
            file,
            start,
            end: start + line.trim_end_matches(['\r', '\n']).len(),
        };
        start += line.len();
        Node {
            value: Value::Text(line.trim().to_owned()),
            span,
        }
    });
    lines.collect()
}

fn entries(node: &mut Node) -> Option<&mut Vec<(Key, Node)>> {
    match &mut node.value {
        Value::Table(entries) => Some(entries),
        _ => None,
    }
}

fn set(name: &str) -> Option<LabelSet> {
    let found = LabelSet::ALL.iter().find(|(known, _)| *known == name);
    found.map(|(_, set)| *set)
}

fn sets() -> Vec<&'static str> {
    LabelSet::ALL.iter().map(|(name, _)| *name).collect()
}

/// The classes of a head: a number, or their names; and the names that `labels` gives them.
pub(crate) fn classes(
    fields: &Fields<'_>,
    example: &str,
    range: RangeInclusive<usize>,
    errors: &mut Errors,
) -> Option<WrittenClasses> {
    let node = fields.required("classes", example, errors)?;
    let own = match &node.value {
        Value::List(items) => Some(names("classes of head", items, node.span, &range, errors)?),
        _ => None,
    };
    let classes = match &own {
        Some(names) => At::new(names.len(), node.span),
        None => count(node, "classes of head", range.clone(), errors)?,
    };
    let Some(labels) = fields.optional("labels") else {
        return Some(WrittenClasses {
            count: classes,
            names: own.map(ClassNames::Own),
        });
    };
    if own.is_some() {
        let help = "leave labels, or write a number of classes";
        errors.push(
            labels.span,
            "classes of head are named twice, by classes and by labels",
            help,
        );
        return None;
    }
    let (names, what) = match &labels.value {
        Value::Text(text) if set(text).is_some() => (ClassNames::Set(set(text)?), text.clone()),
        // What was read of a file.
        Value::List(items) if items.iter().all(|item| item.span.file != labels.span.file) => {
            let what = items
                .first()
                .map_or("an empty file", |item| errors.name(item.span.file));
            let what = what.to_owned();
            (ClassNames::Own(names(&what, items, labels.span, &range, errors)?), what)
        }
        _ => {
            let message = format!("labels of head is {}", described(labels, errors));
            let help = format!(
                "write {}, or the path of a file with a class a line; a list of names is that of classes",
                sets().join(", ")
            );
            errors.push(labels.span, message, help);
            return None;
        }
    };
    let named = match &names {
        ClassNames::Set(set) => set.classes(),
        ClassNames::Own(names) => names.len(),
    };
    if named != classes.value {
        let message = format!("{} names {named} classes, the head has {}", short(&what), classes.value);
        errors.push(labels.span, message, format!("write classes: {named}, or other labels"));
        return None;
    }
    Some(WrittenClasses {
        count: classes,
        names: Some(names),
    })
}

/// Names that can be told apart and shown.
fn names(
    what: &str,
    items: &[Node],
    span: Span,
    range: &RangeInclusive<usize>,
    errors: &mut Errors,
) -> Option<Vec<String>> {
    if !range.contains(&items.len()) {
        let message = format!("{what} names {} classes", items.len());
        let help = format!("write from {} to {}", range.start(), range.end());
        errors.push(span, message, help);
        return None;
    }
    let mut seen = HashMap::new();
    let mut names = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let number = i + 1;
        let Some(name) = name(item, number, errors) else {
            continue;
        };
        match seen.insert(name.clone(), number) {
            Some(before) => {
                let message = format!("names {before} and {number} of classes are both `{}`", short(&name));
                errors.push(item.span, message, "give each class a name of its own");
            }
            None => names.push(name),
        }
    }
    (names.len() == items.len()).then_some(names)
}

/// A name: text, or a number as it is written.
fn name(node: &Node, number: usize, errors: &mut Errors) -> Option<String> {
    let text = match &node.value {
        Value::Text(text) => text.trim().to_owned(),
        Value::Int(n) if n.to_string() == errors.slice(node.span) => n.to_string(),
        _ => {
            let message = format!("name {number} of classes is {}, not text", described(node, errors));
            errors.push(
                node.span,
                message,
                "write text, in quotes if it is a word or number of YAML",
            );
            return None;
        }
    };
    let (why, help) = if text.is_empty() {
        ("is empty", "write a name, or take out the empty line")
    } else if text.chars().any(|c| !mnv3_ir::is_plain(c)) {
        (
            "has characters that cannot be seen",
            "write letters, digits, spaces and signs",
        )
    } else if text.chars().count() > NAME {
        ("is long", "write at most 100 characters")
    } else {
        return Some(text);
    };
    errors.push(node.span, format!("name {number} of classes {why}"), help);
    None
}
