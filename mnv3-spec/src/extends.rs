//! Specs that start from another spec: the chain of specs, merged into one tree.

use crate::error::{Errors, SpecErrors, nearest};
use crate::head::kind::{replaces, without_labels};
use crate::keys::KEYS;
use crate::limits::{BOTTLENECKS, CHANGES, EXTENDS};
use crate::published;
use crate::read::described;
use crate::short::short;
use crate::tree::{self, Key, Node, Value};
use crate::unreadable::Unreadable;
use std::collections::{HashMap, HashSet};
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};

/// How files are read: tests and texts without a file bring their own.
pub(crate) type Reader<'r> = &'r dyn Fn(&Path) -> Result<String, Unreadable>;

/// Where the text of a spec is.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    File(PathBuf),
    /// Under this name among the published specs.
    Published(String),
}

impl Origin {
    fn text(&self, read: Reader<'_>) -> Result<String, Unreadable> {
        match self {
            Self::File(path) => read(path),
            Self::Published(name) => published::text(name).map(str::to_owned),
        }
    }

    /// The file, if it is one.
    pub(crate) fn file(self) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Published(_) => None,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => tidy(one) == tidy(other),
            (Self::Published(one), Self::Published(other)) => one == other,
            (Self::File(_), Self::Published(_)) | (Self::Published(_), Self::File(_)) => false,
        }
    }

    /// What `extends: target` names in a spec that is called `name` and stands here; and what messages call it.
    fn base(&self, name: &str, target: &str) -> (Self, String) {
        if published::is_published(target) {
            return (Self::Published(target.to_owned()), target.to_owned());
        }
        let (path, shown) = self.beside(name, target);
        (Self::File(path), shown)
    }

    /// The file that a spec which is called `name` and stands here means by `target`; and what messages call it.
    pub(crate) fn beside(&self, name: &str, target: &str) -> (PathBuf, String) {
        let beside = |file: &Path| file.parent().unwrap_or(Path::new("")).join(target);
        let path = match self {
            Self::File(path) => beside(path),
            Self::Published(_) => PathBuf::from(target),
        };
        // In messages and comments, and so in snapshots, a file has the same name on every platform.
        let shown = tidy(&beside(Path::new(name))).display().to_string();
        (path, shown.replace(MAIN_SEPARATOR, "/"))
    }
}

/// The tree of `name` with everything that it extends merged below it; and what was read.
pub(crate) fn load(name: &str, origin: Origin, read: Reader<'_>, errors: &mut Errors) -> Result<Merged, SpecErrors> {
    let text = origin
        .text(read)
        .map_err(|u| Errors::unreadable(name, u.message, u.help))?;
    let mut merged = Merged {
        tree: None,
        origins: Vec::new(),
        labels: None,
    };
    merged.tree = one(name, origin, &text, read, &mut merged.origins, errors);
    Ok(merged)
}

/// What [`load`] yields; no tree where the text is not YAML.
pub(crate) struct Merged {
    pub(crate) tree: Option<Node>,
    /// The spec first, then those that it extends.
    pub(crate) origins: Vec<Origin>,
    /// A file of names that was read.
    pub(crate) labels: Option<PathBuf>,
}

fn one(
    name: &str,
    origin: Origin,
    text: &str,
    read: Reader<'_>,
    origins: &mut Vec<Origin>,
    errors: &mut Errors,
) -> Option<Node> {
    origins.push(origin.clone());
    // Editors on Windows write a byte order mark, which no message should count as a column.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = errors.add_source(name, text);
    let mut node = match tree::parse(file, text) {
        Ok(node) => node,
        Err((span, (message, help))) => {
            errors.push(span, message, help);
            return None;
        }
    };
    let Value::Table(entries) = &mut node.value else {
        return Some(node);
    };
    let mut targets = entries.extract_if(.., |(key, _)| key.name == "extends");
    let target = targets.next();
    for (key, _) in targets {
        errors.push(key.span, "the spec has the key `extends` twice", "leave one of them");
    }
    let Some((_, target)) = target else {
        // Without its base, everything that is missing would be reported too.
        return match entries.iter().find(|(key, _)| is_meant_for_extends(&key.name)) {
            Some((key, _)) => {
                let message = format!("the spec has no key `{}`", short(&key.name));
                errors.push(key.span, message, "write `extends` to start from another spec");
                None
            }
            None => Some(node),
        };
    };
    let wanted = match &target.value {
        Value::Text(wanted) if !wanted.is_empty() => wanted,
        _ => {
            let message = format!("extends is {}, not a spec", described(&target, errors));
            let help = "write a published spec such as mnv3:large, or a path such as large.yaml";
            errors.push(target.span, message, help);
            return None;
        }
    };
    let (base, base_name) = origin.base(name, wanted);
    let circle = origins.iter().any(|origin| origin.is_same(&base));
    if circle || origins.len() >= EXTENDS {
        let message = if circle {
            "the specs extend each other in a circle".to_owned()
        } else {
            format!("more than {EXTENDS} specs extend each other")
        };
        errors.push(
            target.span,
            message,
            "let the chain end in a spec that holds the whole table",
        );
        return None;
    }
    match base.text(read) {
        Ok(text) => {
            let base = one(&base_name, base, &text, read, origins, errors)?;
            Some(merge(base, node, errors))
        }
        Err(unreadable) => {
            let mut message = format!("extends {}: {}", short(&base_name), unreadable.message);
            if unreadable.is_missing && !Path::new(wanted).is_absolute() {
                message += "; paths start at the folder of this spec";
            }
            errors.push(target.span, message, unreadable.help);
            None
        }
    }
}

/// Whether an unknown key of a spec is `extends`, misspelt or as other languages call it.
fn is_meant_for_extends(name: &str) -> bool {
    let others = ["base", "_base_", "inherit", "inherits", "parent", "from", "defaults"];
    !KEYS.contains(&name) && (others.contains(&name) || nearest(name, KEYS) == Some("extends"))
}

/// A path without detours: `specs/../large.yaml` is `large.yaml`.
#[must_use]
pub fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

/// `over` laid on `base`: tables merge key by key, a table laid on the list of bottlenecks changes single rows,
/// a head of another kind and anything else replaces.
pub(crate) fn merge(base: Node, over: Node, errors: &mut Errors) -> Node {
    let span = over.span;
    let value = match (base.value, over.value) {
        (Value::Table(mut entries), Value::Table(changes)) => {
            let inherited = entries.iter().enumerate().rev();
            let mut inherited: HashMap<String, usize> =
                inherited.map(|(at, (key, _))| (key.name.clone(), at)).collect();
            for (key, change) in changes {
                match inherited.remove(&key.name).and_then(|at| entries.get_mut(at)) {
                    Some(entry) => {
                        let below = entry.1.take();
                        let laid = match (&below.value, &change.value, key.name.as_str()) {
                            (Value::List(_), Value::Table(_), "bottlenecks") => rows(below, change, errors),
                            (_, _, "head") if replaces(&below, &change) => change,
                            (_, _, "head") => merge(without_labels(below, &change), change, errors),
                            _ => merge(below, change, errors),
                        };
                        *entry = (key, laid);
                    }
                    // New, or there twice, which the reader of the table reports.
                    None => entries.push((key, change)),
                }
            }
            Value::Table(entries)
        }
        (_, value) => value,
    };
    Node { value, span }
}

/// Changes to single rows: `4: { se: false }`, `13-15: { dilation: 2 }`, `all: { k: 3 }`.
fn rows(mut base: Node, changes: Node, errors: &mut Errors) -> Node {
    let (Value::List(rows), Value::Table(changes)) = (&mut base.value, changes.value) else {
        return base;
    };
    if rows.len() > BOTTLENECKS {
        return base;
    }
    let mut seen = HashSet::new();
    let mut laid = 0;
    for (key, change) in changes {
        let Some((from, to)) = range(&key, rows.len()) else {
            let message = format!("bottlenecks has no row `{}`", short(&key.name));
            let help = format!(
                "write a number from 1 to {0}, a range such as 1-{0}, or all",
                rows.len()
            );
            errors.push(key.span, message, help);
            continue;
        };
        if !matches!(change.value, Value::Table(_)) {
            let message = format!(
                "the change of row {} is {}, not a table",
                short(&key.name),
                described(&change, errors)
            );
            errors.push(change.span, message, "write { key: value } with the keys that differ");
            continue;
        }
        // A change is copied to every row that it names.
        laid += change.values() * (to - from + 1);
        if laid > CHANGES {
            errors.push(key.span, "the changes of rows are too many", "write the rows in full");
            break;
        }
        if !seen.insert(key.name.clone()) {
            let message = format!("row {} is changed twice", short(&key.name));
            errors.push(key.span, message, "write one table with all changes of the row");
        }
        for row in rows.iter_mut().take(to).skip(from - 1) {
            // The row keeps its place: it is still the line of the table that it came from.
            let span = row.span;
            *row = Node {
                span,
                ..merge(row.take(), change.clone(), errors)
            };
        }
    }
    base
}

fn range(key: &Key, rows: usize) -> Option<(usize, usize)> {
    let (from, to) = match key.name.split_once('-') {
        _ if key.name == "all" => (1, rows),
        Some((from, to)) => (from.trim().parse().ok()?, to.trim().parse().ok()?),
        None => {
            let row = key.name.parse().ok()?;
            (row, row)
        }
    };
    (1 <= from && from <= to && to <= rows).then_some((from, to))
}
