//! A head that classifies, as it is written: pools, a hidden layer, classes.

use crate::error::Errors;
use crate::limits::{CHANNELS, CLASSES, SIDE};
use crate::network::{self, Source};
use crate::read::{At, Fields, choice, count, pair};
use crate::spec::{Nl, nl, source};
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
    pub(crate) hidden: Option<(At<usize>, Nl)>,
    pub(crate) classes: At<usize>,
    pub(crate) softmax: bool,
}

pub(crate) const CLASSIFY: &[&str] = &["kind", "pool", "hidden", "nl", "classes", "softmax"];
pub(crate) const POOL: &[&str] = &["kind", "k", "s"];

/// Reads a head of this kind.
pub(super) fn read(node: &Node, errors: &mut Errors) -> Option<Classify> {
    let fields = Fields::of(node, "head", CLASSIFY, errors)?;
    let pools = fields
        .required("pool", "avg", errors)
        .and_then(|node| pools(node, errors));
    let hidden = fields.required("hidden", "1280", errors).and_then(|node| {
        if node.is_none() {
            // What has no use must still be right: a layer may be added later.
            return match fields.optional("nl") {
                Some(_) => nl(&fields, errors).map(|_| None),
                None => Some(None),
            };
        }
        let width = count(node, "hidden of head", CHANNELS, errors);
        let nl = nl(&fields, errors);
        Some(Some((width?, nl?)))
    });
    let classes = fields.count("classes", "1000", CLASSES, errors);
    let softmax = fields.flag_or("softmax", false, errors);
    if let (Some(At { value: 1, span }), Some(true)) = (&classes, softmax) {
        let help = "write 2 or more, or softmax: false";
        errors.push(*span, "a softmax over one class is 1 for every image", help);
    }
    let source = source(node, errors);
    Some(Classify {
        source,
        pools: pools?,
        hidden: hidden?,
        classes: classes?,
        softmax: softmax?,
    })
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
