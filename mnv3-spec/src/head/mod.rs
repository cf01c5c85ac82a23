//! Heads as they are written: a kind, and the keys of that kind in a file of its own.

mod classify;
mod detect;
pub(crate) mod kind;
mod segment;

pub(crate) use classify::{CLASSIFY, Classify, POOL, POOLS};
pub(crate) use detect::{DETECT, Detect, EXTRA, Extra, SCORES};
pub(crate) use segment::{Detail, SEGMENT, STAGE, Segment, StageRow};

use crate::at::At;
use crate::error::Errors;
use crate::network::ClassNames;
use crate::nl::Nl;
use crate::read::choice;
use crate::tree::Node;
use kind::{HeadKind, KINDS, keys, written_kind};

/// What follows the last map.
#[derive(Clone, Debug)]
pub(crate) enum Head {
    Classify(Classify),
    Segment(Segment),
    Detect(Detect),
}

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
