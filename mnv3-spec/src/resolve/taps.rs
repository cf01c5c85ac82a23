//! Taps of a network whose rows are known.

use crate::at::At;
use crate::error::Errors;
use crate::network::{Bottleneck, Tap, Tapped};
use crate::spec::Spec;

/// The rows that names are given to; those that the network has not are errors.
pub(super) fn resolve(spec: &Spec, bottlenecks: &[Bottleneck], errors: &mut Errors) -> Vec<Tap> {
    for (name, row) in &spec.taps {
        let label = format!("tap {}", name.value);
        check(&label, row, bottlenecks, !spec.last.is_empty(), errors);
    }
    spec.taps
        .iter()
        .map(|(name, row)| Tap {
            name: name.value.clone(),
            of: row.value,
        })
        .collect()
}

/// Reports what a network has not.
pub(super) fn check(label: &str, row: &At<Tapped>, bottlenecks: &[Bottleneck], has_last: bool, errors: &mut Errors) {
    let help = format!("write a number from 1 to {}", bottlenecks.len());
    match row.value {
        Tapped::Bottleneck(number) | Tapped::Expand(number) if number > bottlenecks.len() => {
            errors.push(row.span, format!("{label} is of bottleneck {number}"), help);
        }
        Tapped::Expand(number) if bottlenecks[number - 1].expand.is_none() => {
            let message = format!(
                "{label} is the expand output of bottleneck {number}, which expands nothing: exp is what comes in"
            );
            errors.push(row.span, message, without_expand(number));
        }
        Tapped::Last if !has_last => {
            errors.push(
                row.span,
                format!("{label} is of last, which this network has not"),
                help,
            );
        }
        Tapped::Stem | Tapped::Bottleneck(_) | Tapped::Expand(_) | Tapped::Last => {}
    }
}

/// What a block without expansion reads is an output already.
fn without_expand(number: usize) -> String {
    match number - 1 {
        0 => "write stem, which is what the block convolves".to_owned(),
        before => format!("write {before}, which is what the block convolves"),
    }
}
