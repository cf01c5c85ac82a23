//! A head that segments, as it is written: LR-ASPP over the last map, and what brings in the detail of earlier ones.

use crate::at::At;
use crate::error::Errors;
use crate::labels::{self, WrittenClasses};
use crate::limits::{CHANNELS, DECODER, KERNEL, PIXEL_CLASSES, SHARE};
use crate::network::{Source, Tapped};
use crate::nl::{Nl, nl};
use crate::read::{Fields, described, real};
use crate::source::source;
use crate::taps::tapped;
use crate::tree::{Node, Value};

#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) source: Source,
    pub(crate) detail: Detail,
    pub(crate) hidden: At<usize>,
    pub(crate) nl: Nl,
    /// That of the dialect where it says nothing.
    pub(crate) bn_epsilon: Option<f64>,
    pub(crate) classes: WrittenClasses,
}

/// Where the detail comes from that the last map lost.
#[derive(Clone, Debug)]
pub(crate) enum Detail {
    /// Classes of one map.
    Low(At<Tapped>),
    Decoder(Vec<StageRow>),
}

/// A row of a decoder.
#[derive(Clone, Debug)]
pub(crate) struct StageRow {
    pub(crate) low: At<Tapped>,
    pub(crate) k: At<[usize; 2]>,
}

pub(crate) const SEGMENT: &[&str] = &[
    "kind",
    "low",
    "decoder",
    "hidden",
    "nl",
    "bn_epsilon",
    "classes",
    "labels",
];
pub(crate) const STAGE: &[&str] = &["low", "k"];

/// Reads a head of this kind.
pub(super) fn read(node: &Node, errors: &mut Errors) -> Option<Segment> {
    let fields = Fields::of(node, "head", SEGMENT, errors)?;
    let there = |key: &str| fields.optional(key).filter(|node| !node.is_none());
    let detail = match (there("low"), there("decoder")) {
        (Some(low), Some(_)) => {
            let message = "head has low, beside a decoder whose rows have their own";
            errors.push(low.span, message, "write low: none, or decoder: none");
            None
        }
        (None, Some(decoder)) => stages(decoder, errors).map(Detail::Decoder),
        (_, None) => fields
            .required("low", "4", errors)
            .and_then(|node| tapped(node, "low of head", errors))
            .map(Detail::Low),
    };
    let hidden = fields.count("hidden", "128", CHANNELS, errors);
    let nl = nl(&fields, errors);
    let bn_epsilon = fields
        .optional("bn_epsilon")
        .map(|node| real(node, "bn_epsilon of head", SHARE, errors));
    let classes = labels::classes(&fields, "21", PIXEL_CLASSES, errors);
    Some(Segment {
        source: source(node, errors),
        detail: detail?,
        hidden: hidden?,
        nl: nl?,
        bn_epsilon: bn_epsilon.map_or(Some(None), |epsilon| epsilon.map(Some))?,
        classes: classes?,
    })
}

fn stages(node: &Node, errors: &mut Errors) -> Option<Vec<StageRow>> {
    let most = *DECODER.end();
    match &node.value {
        Value::List(rows) if DECODER.contains(&rows.len()) => {
            let stages: Vec<_> = rows.iter().map(|row| stage(row, errors)).collect();
            stages.into_iter().collect()
        }
        _ => {
            let message = format!("decoder of head is {}", described(node, errors));
            let help = format!("write a list of 1 to {most} rows such as {{ low: 1, k: 3 }}, or none");
            errors.push(node.span, message, help);
            None
        }
    }
}

fn stage(node: &Node, errors: &mut Errors) -> Option<StageRow> {
    let fields = Fields::of(node, "a row of decoder", STAGE, errors)?;
    let low = fields
        .required("low", "1", errors)
        .and_then(|node| tapped(node, "low of decoder", errors));
    let k = fields.pair("k", "3", KERNEL, errors);
    Some(StageRow { low: low?, k: k? })
}
