//! A spec as it is written: every value with its place, nothing resolved.

use crate::at::At;
use crate::error::{Errors, Span};
use crate::head::{Head, head};
use crate::identifiers::check_type;
use crate::keys::{INPUT, LAST, ROW, SQUEEZE_EXCITE, STEM};
use crate::limits::{BOTTLENECKS, CHANNELS, DILATION, IMAGE_CHANNELS, KERNEL, LASTS, MULTIPLIER, SIDE, STRIDE};
use crate::network::{ComputedIn, Matrices, Source, Tapped};
use crate::nl::{Nl, nl};
use crate::read::{Fields, described, real};
use crate::source::source;
use crate::taps;
use crate::tree::{Node, Value};

/// The column `se`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Se {
    Off,
    /// As wide as the dialect's rule says.
    On,
    /// Squeeze channels.
    Width(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Stem {
    pub(crate) source: Source,
    pub(crate) span: Span,
    pub(crate) k: At<[usize; 2]>,
    pub(crate) out: At<usize>,
    pub(crate) nl: Nl,
    pub(crate) s: At<[usize; 2]>,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) source: Source,
    pub(crate) k: At<[usize; 2]>,
    pub(crate) exp: At<usize>,
    pub(crate) out: At<usize>,
    pub(crate) se: Se,
    pub(crate) nl: Nl,
    pub(crate) s: At<[usize; 2]>,
    pub(crate) dilation: At<[usize; 2]>,
    /// Whether the input is added where it fits.
    pub(crate) residual: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Last {
    pub(crate) source: Source,
    pub(crate) span: Span,
    pub(crate) out: At<usize>,
    pub(crate) nl: Nl,
}

#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) name: At<String>,
    pub(crate) size: At<[usize; 2]>,
    pub(crate) channels: At<usize>,
    pub(crate) width: Option<At<f64>>,
    pub(crate) depth: Option<At<f64>>,
    pub(crate) stem: Stem,
    pub(crate) rows: Vec<Row>,
    /// Usually one; none of them is said by `last: none`.
    pub(crate) last: Vec<Last>,
    pub(crate) head: Option<Head>,
    pub(crate) taps: Vec<(At<String>, At<Tapped>)>,
    pub(crate) matrices: Matrices,
    pub(crate) precision: ComputedIn,
}

pub(crate) const MATRICES: &[(&str, Matrices)] =
    &[("f32", Matrices::F32), ("f16", Matrices::F16), ("i8", Matrices::I8)];

pub(crate) const PRECISIONS: &[(&str, ComputedIn)] = &[("f32", ComputedIn::F32), ("int8", ComputedIn::Int8)];

const HEAD: &str = "{ pool: avg, hidden: 1280, nl: HS, classes: 1000 }";

impl Spec {
    /// Reads a table whose keys are known to be [`KEYS`].
    pub(crate) fn read(fields: &Fields<'_>, errors: &mut Errors) -> Option<Self> {
        let name = fields.text("name", "MobileNetV3Large", errors);
        if let Some(name) = &name {
            check_type(name, errors);
        }
        let input = fields
            .required("input", "{ size: [224, 224], channels: 3 }", errors)
            .and_then(|node| Fields::of(node, "input", INPUT, errors));
        let size = input.as_ref().and_then(|f| f.pair("size", "[224, 224]", SIDE, errors));
        let channels = input
            .as_ref()
            .and_then(|f| f.count("channels", "3", IMAGE_CHANNELS, errors));
        let width = fields.optional("width").map(|node| multiplier(node, "width", errors));
        let depth = fields.optional("depth").map(|node| multiplier(node, "depth", errors));
        let stem = fields
            .required("stem", "{ k: 3, out: 16, nl: HS, s: 2 }", errors)
            .and_then(|n| stem(n, errors));
        let rows = fields
            .required(
                "bottlenecks",
                "[{ k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }]",
                errors,
            )
            .and_then(|n| bottlenecks(n, errors));
        let last = fields
            .required("last", "{ out: 960, nl: HS }", errors)
            .and_then(|n| lasts(n, errors));
        let head = fields.required("head", HEAD, errors).and_then(|n| match n.value {
            Value::Null => empty(n, "head", HEAD, errors),
            _ if n.is_none() => Some(None),
            _ => head(n, errors).map(Some),
        });
        let taps = fields
            .optional("taps")
            .map_or(Some(Vec::new()), |node| taps::read(node, errors));
        let matrices = fields.choice_or_first("matrices", MATRICES, errors);
        let precision = precision(fields, head.as_ref().and_then(Option::as_ref), errors);
        Some(Self {
            name: name?,
            size: size?,
            channels: channels?,
            width: width.map_or(Some(None), |w| w.map(Some))?,
            depth: depth.map_or(Some(None), |d| d.map(Some))?,
            stem: stem?,
            rows: rows?,
            last: last?,
            head: head?,
            taps: taps?,
            matrices: matrices?,
            precision: precision?,
        })
    }
}

/// What the network is computed in, if its head can be.
fn precision(fields: &Fields<'_>, head: Option<&Head>, errors: &mut Errors) -> Option<ComputedIn> {
    let precision = fields.choice_or_first("precision", PRECISIONS, errors)?;
    let wrong = match (precision, head) {
        (ComputedIn::F32, _) | (_, None | Some(Head::Classify(_))) => None,
        (ComputedIn::Int8, Some(Head::Segment(_))) => Some("segments"),
        (ComputedIn::Int8, Some(Head::Detect(_))) => Some("detects"),
    };
    if let (Some(does), Some(node)) = (wrong, fields.optional("precision")) {
        let message = format!("precision is int8, and the head {does}");
        errors.push(
            node.span,
            message,
            "write f32: only networks that classify, or have no head, are computed in eight bits",
        );
        return None;
    }
    Some(precision)
}

fn multiplier(node: &Node, label: &str, errors: &mut Errors) -> Option<At<f64>> {
    real(node, label, MULTIPLIER, errors).map(|value| At::new(value, node.span))
}

/// Reports a section without a value, which might be meant as `none`.
fn empty<T>(node: &Node, label: &str, example: &str, errors: &mut Errors) -> Option<T> {
    errors.push(
        node.span,
        format!("{label} is empty"),
        format!("write {example}, or none"),
    );
    None
}

fn stem(node: &Node, errors: &mut Errors) -> Option<Stem> {
    let fields = Fields::of(node, "stem", STEM, errors)?;
    let k = fields.pair("k", "3", KERNEL, errors);
    let out = fields.count("out", "16", CHANNELS, errors);
    let nl = nl(&fields, errors);
    let s = fields.pair("s", "2", STRIDE, errors);
    let (source, span) = (source(node, errors), node.span);
    Some(Stem {
        source,
        span,
        k: k?,
        out: out?,
        nl: nl?,
        s: s?,
    })
}

fn bottlenecks(node: &Node, errors: &mut Errors) -> Option<Vec<Row>> {
    let Value::List(items) = &node.value else {
        let help = match node.value {
            Value::Table(_) => "write a list of rows; a table changes rows of the file that `extends` names",
            _ => "write a list of rows such as - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }",
        };
        let message = format!("bottlenecks is {}", described(node, errors));
        errors.push(node.span, message, help);
        return None;
    };
    if !(1..=BOTTLENECKS).contains(&items.len()) {
        let message = format!("bottlenecks has {} rows", items.len());
        errors.push(node.span, message, format!("write from 1 to {BOTTLENECKS} rows"));
        return None;
    }
    // Every row is read before the first wrong one stops the rest.
    let rows: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(i, item)| row(item, i + 1, errors))
        .collect();
    rows.into_iter().collect()
}

fn row(node: &Node, number: usize, errors: &mut Errors) -> Option<Row> {
    let what = format!("bottleneck {number}");
    let fields = Fields::of(node, &what, ROW, errors)?;
    let k = fields.pair("k", "3", KERNEL, errors);
    let exp = fields.count("exp", "16", CHANNELS, errors);
    let out = fields.count("out", "16", CHANNELS, errors);
    let se = fields
        .required("se", "false", errors)
        .and_then(|node| squeeze_excite(node, &what, errors));
    let nl = nl(&fields, errors);
    let s = fields.pair("s", "1", STRIDE, errors);
    let dilation = fields.pair_or("dilation", [1, 1], DILATION, errors);
    let residual = fields.flag_or("residual", true, errors);
    let source = source(node, errors);
    Some(Row {
        source,
        k: k?,
        exp: exp?,
        out: out?,
        se: se?,
        nl: nl?,
        s: s?,
        dilation: dilation?,
        residual: residual?,
    })
}

fn squeeze_excite(node: &Node, what: &str, errors: &mut Errors) -> Option<Se> {
    match &node.value {
        Value::Bool(false) => Some(Se::Off),
        Value::Bool(true) => Some(Se::On),
        Value::Table(_) => {
            let fields = Fields::of(node, &format!("se of {what}"), SQUEEZE_EXCITE, errors)?;
            fields
                .count("squeeze", "24", CHANNELS, errors)
                .map(|n| Se::Width(n.value))
        }
        _ => {
            let message = format!("se of {what} is {}", described(node, errors));
            errors.push(node.span, message, "write true, false or { squeeze: 24 }");
            None
        }
    }
}

/// One table, a list of tables, or `none`.
fn lasts(node: &Node, errors: &mut Errors) -> Option<Vec<Last>> {
    match &node.value {
        Value::List(items) if (1..=LASTS).contains(&items.len()) => {
            let lasts: Vec<_> = items.iter().map(|item| last(item, errors)).collect();
            lasts.into_iter().collect()
        }
        Value::List(items) => {
            errors.push(
                node.span,
                format!("last has {} convolutions", items.len()),
                format!("write from 1 to {LASTS}, or none"),
            );
            None
        }
        Value::Null => empty(node, "last", "{ out: 960, nl: HS }", errors),
        _ if node.is_none() => Some(Vec::new()),
        _ => last(node, errors).map(|last| vec![last]),
    }
}

fn last(node: &Node, errors: &mut Errors) -> Option<Last> {
    let fields = Fields::of(node, "last", LAST, errors)?;
    let out = fields.count("out", "960", CHANNELS, errors);
    let nl = nl(&fields, errors);
    Some(Last {
        source: source(node, errors),
        span: node.span,
        out: out?,
        nl: nl?,
    })
}
