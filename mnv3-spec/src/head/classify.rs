//! A head that classifies, as it is written: pools, a hidden layer, classes and what becomes of their scores.

use crate::at::At;
use crate::error::{Errors, Span};
use crate::labels::{self, WrittenClasses};
use crate::limits::{CHANNELS, CLASSES, HIDDENS, SIDE};
use crate::network::{self, ClassNames, OutputActivation, Source};
use crate::nl::{Nl, nl, nl_at};
use crate::read::{Fields, choice, count, pair};
use crate::source::source;
use crate::tree::{Node, Value};

/// A pool of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pool {
    pub(crate) kind: network::Pool,
    /// Kernel and stride; `None` for the whole map.
    pub(crate) window: Option<[[usize; 2]; 2]>,
}

#[derive(Clone, Debug)]
pub(crate) struct Classify {
    pub(crate) source: Source,
    pub(crate) pools: Vec<At<Pool>>,
    pub(crate) after_pool: Option<Nl>,
    pub(crate) hidden: Vec<(At<usize>, Nl)>,
    /// `None` where the vector before them is the answer.
    pub(crate) classes: Option<(At<usize>, OutputActivation)>,
    pub(crate) names: Option<ClassNames>,
}

pub(crate) const CLASSIFY: &[&str] = &[
    "kind",
    "pool",
    "after_pool",
    "hidden",
    "nl",
    "classes",
    "labels",
    "softmax",
    "sigmoid",
];
pub(crate) const POOL: &[&str] = &["kind", "k", "s"];

/// Reads a head of this kind.
pub(super) fn read(node: &Node, errors: &mut Errors) -> Option<Classify> {
    let fields = Fields::of(node, "head", CLASSIFY, errors)?;
    let pools = fields
        .required("pool", "avg", errors)
        .and_then(|node| pools(node, errors));
    let after_pool = match fields.optional("after_pool").filter(|node| !node.is_none()) {
        Some(node) => nl_at(node, &fields.label("after_pool"), errors).map(Some),
        None => Some(None),
    };
    let hidden = fields
        .required("hidden", "1280", errors)
        .and_then(|node| hidden(node, &fields, errors));
    let activation = activation(&fields, errors);
    let classes = fields.required("classes", "1000", errors).and_then(|node| {
        let classes = match node.is_none() {
            true => {
                if let Some(labels) = fields.optional("labels") {
                    let message = "without classes there is nothing for labels to name";
                    errors.push(labels.span, message, "leave it, or write a number of classes");
                }
                None
            }
            false => Some(labels::classes(&fields, "1000", CLASSES, errors)?),
        };
        suits(
            classes.as_ref().map(|classes| &classes.count),
            activation,
            node.span,
            errors,
        );
        Some(classes)
    });
    let source = source(node, errors);
    let (count, names) = match classes? {
        Some(WrittenClasses { count, names }) => (Some(count), names),
        None => (None, None),
    };
    Some(Classify {
        source,
        pools: pools?,
        after_pool: after_pool?,
        hidden: hidden?,
        classes: match count {
            Some(count) => Some((count, activation?)),
            None => None,
        },
        names,
    })
}

/// `none`, the width of a hidden layer, or those of several.
fn hidden(node: &Node, fields: &Fields<'_>, errors: &mut Errors) -> Option<Vec<(At<usize>, Nl)>> {
    let label = "hidden of head";
    let widths = match &node.value {
        // What has no use must still be right: a layer may be added later.
        _ if node.is_none() && fields.optional("nl").is_none() => return Some(Vec::new()),
        _ if node.is_none() => Some(Vec::new()),
        Value::List(items) if (1..=HIDDENS).contains(&items.len()) => {
            let widths: Vec<_> = items.iter().map(|item| count(item, label, CHANNELS, errors)).collect();
            widths.into_iter().collect()
        }
        Value::List(items) => {
            let help = format!("write from 1 to {HIDDENS}, or none");
            errors.push(node.span, format!("{label} has {} widths", items.len()), help);
            None
        }
        _ => count(node, label, CHANNELS, errors).map(|width| vec![width]),
    };
    let nl = nl(fields, errors);
    let (widths, nl) = (widths?, nl?);
    Some(widths.into_iter().map(|width| (width, nl)).collect())
}

/// What becomes of the scores.
fn activation(fields: &Fields<'_>, errors: &mut Errors) -> Option<OutputActivation> {
    let softmax = fields.flag_or("softmax", false, errors);
    let sigmoid = fields.flag_or("sigmoid", false, errors);
    match (softmax?, sigmoid?) {
        (false, false) => Some(OutputActivation::Identity),
        (true, false) => Some(OutputActivation::Softmax),
        (false, true) => Some(OutputActivation::Sigmoid),
        (true, true) => {
            let span = fields.optional("sigmoid").map_or(fields.span, |node| node.span);
            let help = "write softmax: false where several classes may hold at once, or sigmoid: false where one does";
            errors.push(
                span,
                "scores go through softmax and sigmoid, which are for different networks",
                help,
            );
            None
        }
    }
}

/// Whether scores, if there are any, can become what is asked of them. `span` is that of the classes.
fn suits(classes: Option<&At<usize>>, activation: Option<OutputActivation>, span: Span, errors: &mut Errors) {
    let (message, help) = match (classes, activation) {
        (Some(At { value: 1, .. }), Some(OutputActivation::Softmax)) => (
            "a softmax over one class is 1 for every image",
            "write 2 or more, or softmax: false",
        ),
        (None, Some(OutputActivation::Softmax)) => (
            "without classes there are no scores for softmax",
            "write a number of classes, or softmax: false",
        ),
        (None, Some(OutputActivation::Sigmoid)) => (
            "without classes there are no scores for sigmoid",
            "write a number of classes, or sigmoid: false",
        ),
        (_, None | Some(OutputActivation::Identity | OutputActivation::Softmax | OutputActivation::Sigmoid)) => return,
    };
    errors.push(span, message, help);
}

pub(crate) const POOLS: &[(&str, network::Pool)] = &[("avg", network::Pool::Avg), ("max", network::Pool::Max)];

/// `avg`, `{ kind: avg, k: 7, s: 1 }`, or a list of these that ends with one over the whole map.
fn pools(node: &Node, errors: &mut Errors) -> Option<Vec<At<Pool>>> {
    match &node.value {
        Value::List(items) if (1..=4).contains(&items.len()) => {
            let pools: Vec<_> = items.iter().map(|item| pool(item, errors)).collect();
            pools.into_iter().collect()
        }
        Value::List(items) => {
            errors.push(
                node.span,
                format!("pool of head has {} steps", items.len()),
                "write from 1 to 4",
            );
            None
        }
        _ => pool(node, errors).map(|p| vec![p]),
    }
}

fn pool(node: &Node, errors: &mut Errors) -> Option<At<Pool>> {
    let pool = match &node.value {
        Value::Table(_) => {
            let fields = Fields::of(node, "pool of head", POOL, errors)?;
            let kind = fields.choice("kind", POOLS, errors);
            let k = fields.pair("k", "7", SIDE, errors);
            let s = fields
                .optional("s")
                .map(|node| pair(node, "s of pool of head", SIDE, errors));
            Pool {
                kind: kind?.value,
                window: Some([k?.value, s.map_or(Some([1, 1]), |s| s.map(|s| s.value))?]),
            }
        }
        _ => Pool {
            kind: choice(node, "pool of head", POOLS, errors)?.value,
            window: None,
        },
    };
    Some(At::new(pool, node.span))
}
