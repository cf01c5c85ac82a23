//! Kinds of heads, and what one laid on another takes over.

use crate::tree::{Key, Node, Value};

/// What a head is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadKind {
    Classify,
    Segment,
    Detect,
}

/// The first is that of a head that does not say its kind.
pub(crate) const KINDS: &[(&str, HeadKind)] = &[
    ("classify", HeadKind::Classify),
    ("segment", HeadKind::Segment),
    ("detect", HeadKind::Detect),
];

/// Whether one head laid on another is of another kind: then it takes the other's place, since their keys have nothing in common.
pub(crate) fn replaces(base: &Node, over: &Node) -> bool {
    let kind = |node: &Node| match written_kind(node).map(|kind| &kind.value) {
        Some(Value::Text(kind)) => kind.clone(),
        _ => KINDS.first().map_or("", |kind| kind.0).to_owned(),
    };
    written_kind(over).is_some() && kind(base) != kind(over)
}

/// A head that another is laid on: where that has other classes, the names of its own are gone.
pub(crate) fn without_labels(mut base: Node, over: &Node) -> Node {
    let changed = |name: &str| keys(over).any(|key| key.name == name);
    if let (Value::Table(entries), true, false) = (&mut base.value, changed("classes"), changed("labels")) {
        entries.retain(|(key, _)| key.name != "labels");
    }
    base
}

pub(super) fn keys(node: &Node) -> impl Iterator<Item = &Key> {
    let entries = match &node.value {
        Value::Table(entries) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().map(|(key, _)| key)
}

pub(super) fn written_kind(node: &Node) -> Option<&Node> {
    let Value::Table(entries) = &node.value else {
        return None;
    };
    entries.iter().find(|(key, _)| key.name == "kind").map(|(_, kind)| kind)
}
