//! Specs that start from another spec: the chain of files, merged into one tree.

use crate::error::{Errors, SpecErrors};
use crate::files::Unreadable;
use crate::limits::EXTENDS;
use crate::tree::{self, Key, Node, Value};
use std::path::{Path, PathBuf};

/// How files are read: tests and texts without a file bring their own.
pub(crate) type Reader<'r> = &'r dyn Fn(&Path) -> Result<String, Unreadable>;

/// The tree of `name` with everything that it extends merged below it; and the files read.
pub(crate) fn load(name: &str, path: &Path, read: Reader<'_>, errors: &mut Errors) -> Result<Merged, SpecErrors> {
    let text = read(path).map_err(|u| Errors::unreadable(name, u.message, u.help))?;
    let mut merged = Merged {
        tree: None,
        files: Vec::new(),
    };
    merged.tree = one(name, path, &text, read, &mut merged.files, errors);
    Ok(merged)
}

/// What [`load`] yields; no tree where the text is not YAML.
pub(crate) struct Merged {
    pub(crate) tree: Option<Node>,
    pub(crate) files: Vec<PathBuf>,
}

fn one(
    name: &str,
    path: &Path,
    text: &str,
    read: Reader<'_>,
    files: &mut Vec<PathBuf>,
    errors: &mut Errors,
) -> Option<Node> {
    files.push(path.to_owned());
    let file = errors.add_source(name, text);
    let mut node = match tree::parse(file, text) {
        Ok(node) => node,
        Err((span, message)) => {
            errors.push(span, message, "mend the YAML");
            return None;
        }
    };
    let Value::Table(entries) = &mut node.value else {
        return Some(node);
    };
    let Some(at) = entries.iter().position(|(key, _)| key.name == "extends") else {
        return Some(node);
    };
    let (_, target) = entries.remove(at);
    let Value::Text(relative) = &target.value else {
        errors.push(
            target.span,
            format!("extends is {}, not a path", target.kind()),
            "write a path such as large.yaml",
        );
        return None;
    };
    let base_path = path.parent().unwrap_or(Path::new("")).join(relative);
    if files.len() >= EXTENDS || files.contains(&base_path) {
        let why = if files.contains(&base_path) {
            "the files extend each other in a circle"
        } else {
            "too many files"
        };
        errors.push(
            target.span,
            format!("extends: {why}"),
            "let the chain end in a file that holds the whole table",
        );
        return None;
    }
    let base_name = Path::new(name)
        .parent()
        .unwrap_or(Path::new(""))
        .join(relative)
        .display()
        .to_string();
    match read(&base_path) {
        Ok(text) => {
            let base = one(&base_name, &base_path, &text, read, files, errors)?;
            Some(merge(base, node, errors))
        }
        Err(unreadable) => {
            errors.push(
                target.span,
                format!("extends {base_name}: {}", unreadable.message),
                unreadable.help,
            );
            None
        }
    }
}

/// `over` laid on `base`: tables merge key by key, a table laid on the list of bottlenecks changes single rows,
/// anything else replaces.
pub(crate) fn merge(base: Node, over: Node, errors: &mut Errors) -> Node {
    let span = over.span;
    match (base.value, over.value) {
        (Value::Table(mut entries), Value::Table(changes)) => {
            let inherited = entries.len();
            let mut laid: Vec<String> = Vec::new();
            for (key, change) in changes {
                let at = entries.iter().take(inherited).position(|(k, _)| k.name == key.name);
                match at.filter(|_| !laid.contains(&key.name)) {
                    Some(at) => {
                        laid.push(key.name.clone());
                        let below = std::mem::replace(
                            &mut entries[at].1,
                            Node {
                                value: Value::Null,
                                span,
                            },
                        );
                        entries[at] = match (&below.value, &change.value, key.name.as_str()) {
                            (Value::List(_), Value::Table(_), "bottlenecks") => (key, rows(below, change, errors)),
                            _ => (key, merge(below, change, errors)),
                        };
                    }
                    // New, or there twice, which the reader of the table reports.
                    None => entries.push((key, change)),
                }
            }
            Node {
                value: Value::Table(entries),
                span,
            }
        }
        (_, value) => Node { value, span },
    }
}

/// Changes to single rows: `4: { se: false }`, `13-15: { dilation: 2 }`, `all: { k: 3 }`.
fn rows(base: Node, changes: Node, errors: &mut Errors) -> Node {
    let (Value::List(mut rows), Value::Table(changes)) = (base.value, changes.value) else {
        return Node {
            value: Value::Null,
            span: changes.span,
        };
    };
    for (key, change) in changes {
        let Some((from, to)) = range(&key, rows.len()) else {
            let message = format!(
                "bottlenecks has no row `{}`",
                key.name.chars().take(40).collect::<String>()
            );
            let help = format!("write a number from 1 to {}, a range such as 2-3, or all", rows.len());
            errors.push(key.span, message, help);
            continue;
        };
        for row in rows.iter_mut().take(to).skip(from - 1) {
            let span = row.span;
            let below = std::mem::replace(
                row,
                Node {
                    value: Value::Null,
                    span,
                },
            );
            // The row keeps its place: it is still the line of the table that it came from.
            *row = Node {
                span,
                ..merge(below, change.clone(), errors)
            };
        }
    }
    Node {
        value: Value::List(rows),
        span: base.span,
    }
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
