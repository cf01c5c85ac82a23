//! A head that detects, as it is written: the maps that it reads, further maps made of the last of them, anchors, and what is
//! wanted of boxes.

use crate::at::At;
use crate::error::Errors;
use crate::labels::{self, WrittenClasses};
use crate::limits::{ANCHOR_SIDE, BOXES, CHANNELS, CLASSES, KERNEL, MAPS, STRIDE};
use crate::network::{Act, ScoreFunction, Source, Tapped};
use crate::nl::RELUS;
use crate::read::{Fields, described, real};
use crate::source::source;
use crate::taps::tapped;
use crate::tree::{Node, Value};

#[derive(Clone, Debug)]
pub(crate) struct Detect {
    pub(crate) source: Source,
    pub(crate) classes: WrittenClasses,
    pub(crate) scores: ScoreFunction,
    pub(crate) maps: Vec<At<Tapped>>,
    pub(crate) extras: Vec<Extra>,
    pub(crate) nl: Act,
    /// Of the depthwise convolutions before the predictions.
    pub(crate) k: At<[usize; 2]>,
    pub(crate) ratios: Vec<f64>,
    pub(crate) scales: At<Vec<f64>>,
    pub(crate) offset_weights: [f64; 4],
    pub(crate) threshold: f64,
    pub(crate) candidates: usize,
    pub(crate) overlap: f64,
    pub(crate) most: usize,
}

/// A map more: 1x1 to `exp`, depthwise, 1x1 to `out`.
#[derive(Clone, Debug)]
pub(crate) struct Extra {
    pub(crate) source: Source,
    pub(crate) k: At<[usize; 2]>,
    pub(crate) exp: At<usize>,
    pub(crate) out: At<usize>,
    pub(crate) s: At<[usize; 2]>,
}

pub(crate) const DETECT: &[&str] = &[
    "kind",
    "classes",
    "labels",
    "scores",
    "maps",
    "extras",
    "nl",
    "k",
    "ratios",
    "scales",
    "offset_weights",
    "threshold",
    "candidates",
    "overlap",
    "most",
];
pub(crate) const EXTRA: &[&str] = &["k", "exp", "out", "s"];
pub(crate) const SCORES: &[(&str, ScoreFunction)] = &[
    ("softmax", ScoreFunction::SoftmaxWithBackground),
    ("sigmoid", ScoreFunction::Sigmoid),
];

/// Reads a head of this kind.
pub(super) fn read(node: &Node, errors: &mut Errors) -> Option<Detect> {
    let fields = Fields::of(node, "head", DETECT, errors)?;
    let classes = labels::classes(&fields, "90", CLASSES, errors);
    let scores = fields.choice_or_first("scores", SCORES, errors);
    let maps = fields.required("maps", "[13.expand, last]", errors).and_then(|node| {
        list(node, "maps of head", errors, |item, errors| {
            tapped(item, "a map of head", errors)
        })
    });
    let extras = fields
        .required("extras", "none", errors)
        .and_then(|node| match node.is_none() {
            true => Some(Vec::new()),
            false => list(node, "extras of head", errors, extra),
        });
    let nl = fields.choice("nl", RELUS, errors);
    let k = fields.pair("k", "3", KERNEL, errors);
    let reals = |node: &Node, what: &str, errors: &mut Errors| {
        list(node, what, errors, |item, errors| {
            real(item, &format!("a number of {what}"), ANCHOR_SIDE, errors)
        })
    };
    let ratios = fields
        .required("ratios", "[2, 3]", errors)
        .and_then(|node| reals(node, "ratios of head", errors));
    let scales = fields.required("scales", "[0.2, 0.95, 1]", errors).and_then(|node| {
        let value = reals(node, "scales of head", errors)?;
        Some(At { value, span: node.span })
    });
    let offset_weights = fields
        .optional("offset_weights")
        .map_or(Some([10.0, 10.0, 5.0, 5.0]), |node| {
            let weights = reals(node, "offset_weights of head", errors)?;
            let four = <[f64; 4]>::try_from(weights).ok();
            if four.is_none() {
                let help = "write four: of the centre across and down, of width and height";
                errors.push(node.span, "offset_weights of head are not four numbers", help);
            }
            four
        });
    let share = |name: &str, default: f64, errors: &mut Errors| match fields.optional(name) {
        Some(node) => real(node, &fields.label(name), 0.0..=1.0, errors),
        None => Some(default),
    };
    let threshold = share("threshold", 0.001, errors);
    let overlap = share("overlap", 0.55, errors);
    let boxes = |name: &str, errors: &mut Errors| match fields.optional(name) {
        Some(_) => fields.count(name, "300", BOXES, errors).map(|found| found.value),
        None => Some(300),
    };
    let (candidates, most) = (boxes("candidates", errors), boxes("most", errors));
    Some(Detect {
        source: source(node, errors),
        classes: classes?,
        scores: scores?,
        maps: maps?,
        extras: extras?,
        nl: nl?.value,
        k: k?,
        ratios: ratios?,
        scales: scales?,
        offset_weights: offset_weights?,
        threshold: threshold?,
        candidates: candidates?,
        overlap: overlap?,
        most: most?,
    })
}

/// A list of at least one, and as many as maps there may be.
fn list<T>(
    node: &Node,
    what: &str,
    errors: &mut Errors,
    mut read: impl FnMut(&Node, &mut Errors) -> Option<T>,
) -> Option<Vec<T>> {
    match &node.value {
        Value::List(items) if MAPS.contains(&items.len()) => {
            let items: Vec<_> = items.iter().map(|item| read(item, errors)).collect();
            items.into_iter().collect()
        }
        Value::List(items) => {
            let help = format!("write from {} to {}", MAPS.start(), MAPS.end());
            errors.push(node.span, format!("{what} is a list of {}", items.len()), help);
            None
        }
        _ => {
            let message = format!("{what} is {}, not a list", described(node, errors));
            errors.push(node.span, message, "write a list, such as [a, b]");
            None
        }
    }
}

fn extra(node: &Node, errors: &mut Errors) -> Option<Extra> {
    let fields = Fields::of(node, "a row of extras", EXTRA, errors)?;
    let k = fields.pair("k", "3", KERNEL, errors);
    let exp = fields.count("exp", "256", CHANNELS, errors);
    let out = fields.count("out", "512", CHANNELS, errors);
    let s = fields.pair("s", "2", STRIDE, errors);
    Some(Extra {
        source: source(node, errors),
        k: k?,
        exp: exp?,
        out: out?,
        s: s?,
    })
}
