//! For the snapshots beside each construct: a network to compile, and what is emitted for a part of it as text.

use super::{Comments, comment::LineNumbers};
use crate::plan::Plan;
use mnv3_spec::Network;
use proc_macro2::TokenStream;
use quote::quote;

const TINY: &str = "
name: Tiny
dialect: torchvision
input: { size: [16, 24], channels: 3 }
stem: { k: 3, out: 16, nl: HS, s: 2 }
bottlenecks:
  - { k: 3, exp: 16, out: 16, se: true, nl: RE, s: 1 }
  - { k: [3, 5], exp: 40, out: 24, se: false, nl: HS, s: [2, 1] }
last: { out: 32, nl: HS }
head: { pool: avg, hidden: 20, nl: HS, classes: 5 }
";

/// The network, with lines of its spec in place of those of the same key, or added.
pub(super) fn tiny(lines: &[&str]) -> Network {
    let mut spec = TINY.to_owned();
    for line in lines {
        let key = line.split(':').next().unwrap();
        let mut replaced = false;
        // With the lines below it.
        let others = spec.lines().filter(|old| {
            replaced = if old.starts_with(' ') {
                replaced
            } else {
                old.starts_with(&format!("{key}:"))
            };
            !replaced
        });
        spec = others.chain([*line]).map(|line| format!("{line}\n")).collect();
    }
    mnv3_spec::parse("tiny.yaml", &spec).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The statements of a row of the spec, as text with comments.
pub(super) fn statements(network: &Network, row: &str) -> String {
    let plan = Plan::new(network);
    let steps = (0..plan.steps.len()).filter(|at| plan.row(&plan.steps[*at]).name == row);
    let mut comments = Comments::Keep(Vec::new(), LineNumbers::Numbered);
    let statements = super::statements::statements(&plan, steps, &mut comments);
    inside(&comments.restore(&formatted(quote!(fn forward() { #statements }))))
}

/// Items of an `impl` block as text.
pub(super) fn associated(items: TokenStream) -> String {
    inside(&formatted(quote!(impl Tiny { #items })))
}

/// Items as text.
pub(super) fn formatted(items: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(items).unwrap())
}

/// What stands between the outermost braces.
fn inside(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    inner
        .iter()
        .map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line)))
        .collect()
}
