//! A head that segments, as it is written: LR-ASPP over the last map and an earlier one.

use crate::dialect::SHARE;
use crate::error::Errors;
use crate::limits::{CHANNELS, CLASSES};
use crate::network::{Source, Tapped};
use crate::read::{At, Fields, real};
use crate::spec::{Nl, nl, source};
use crate::taps::tapped;
use crate::tree::Node;

#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) source: Source,
    /// The row whose map has the detail that the last one lost.
    pub(crate) low: At<Tapped>,
    pub(crate) hidden: At<usize>,
    pub(crate) nl: Nl,
    /// That of the dialect where it says nothing.
    pub(crate) bn_epsilon: Option<f64>,
    pub(crate) classes: At<usize>,
}

pub(crate) const SEGMENT: &[&str] = &["kind", "low", "hidden", "nl", "bn_epsilon", "classes"];

/// Reads a head of this kind.
pub(super) fn read(node: &Node, errors: &mut Errors) -> Option<Segment> {
    let fields = Fields::of(node, "head", SEGMENT, errors)?;
    let low = fields
        .required("low", "4", errors)
        .and_then(|node| tapped(node, "low of head", errors));
    let hidden = fields.count("hidden", "128", CHANNELS, errors);
    let nl = nl(&fields, errors);
    let bn_epsilon = fields
        .optional("bn_epsilon")
        .map(|node| real(node, "bn_epsilon of head", SHARE, errors));
    let classes = fields.count("classes", "21", CLASSES, errors);
    Some(Segment {
        source: source(node, errors),
        low: low?,
        hidden: hidden?,
        nl: nl?,
        bn_epsilon: bn_epsilon.map_or(Some(None), |epsilon| epsilon.map(Some))?,
        classes: classes?,
    })
}
