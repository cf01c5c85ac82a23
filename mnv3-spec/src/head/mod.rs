//! Heads as they are written: a kind, and the keys of that kind in a file of its own.

mod classify;
mod detect;
mod segment;

pub(crate) use classify::{CLASSIFY, Classify, POOL, POOLS};
pub(crate) use detect::{DETECT, Detect, EXTRA, Extra, SCORES};
pub(crate) use segment::{Detail, SEGMENT, STAGE, Segment, StageRow};

use crate::error::Errors;
use crate::network::ClassNames;
use crate::read::{At, choice};
use crate::spec::Nl;
use crate::tree::{Key, Node, Value};

/// What follows the last map.
#[derive(Clone, Debug)]
pub(crate) enum Head {
    Classify(Classify),
    Segment(Segment),
    Detect(Detect),
}

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

/// Reads a head that is there.
pub(crate) fn head(node: &Node, errors: &mut Errors) -> Option<Head> {
    let kind = match written_kind(node) {
        Some(kind) => choice(kind, "kind of head", KINDS, errors)?.value,
        None => {
            let of_another = |name: &str| SEGMENT.contains(&name) && !CLASSIFY.contains(&name);
            if let Some(key) = keys(node).find(|key| of_another(&key.name)) {
                let message = format!("head has the key `{}`, which only one that segments has", key.name);
                errors.push(key.span, message, "write kind: segment beside it");
                return None;
            }
            HeadKind::Classify
        }
    };
    match kind {
        HeadKind::Classify => classify::read(node, errors).map(Head::Classify),
        HeadKind::Segment => segment::read(node, errors).map(Head::Segment),
        HeadKind::Detect => detect::read(node, errors).map(Head::Detect),
    }
}

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

fn keys(node: &Node) -> impl Iterator<Item = &Key> {
    let entries = match &node.value {
        Value::Table(entries) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().map(|(key, _)| key)
}

fn written_kind(node: &Node) -> Option<&Node> {
    let Value::Table(entries) = &node.value else {
        return None;
    };
    entries.iter().find(|(key, _)| key.name == "kind").map(|(_, kind)| kind)
}

impl Head {
    /// What its classes are called.
    pub(crate) fn class_names(&self) -> Option<&ClassNames> {
        match self {
            Self::Classify(classify) => classify.names.as_ref(),
            Self::Segment(segment) => segment.classes.names.as_ref(),
            Self::Detect(detect) => detect.classes.names.as_ref(),
        }
    }

    /// The widths of the layers before the scores, which a multiplier may change.
    pub(crate) fn hidden(&self) -> &[(At<usize>, Nl)] {
        match self {
            Self::Classify(classify) => &classify.hidden,
            Self::Segment(_) | Self::Detect(_) => &[],
        }
    }
}
