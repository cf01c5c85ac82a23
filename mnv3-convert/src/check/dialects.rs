//! By whose rules a file's names are made: every dialect is asked for the names of a small network.

use super::{key, wanted};
use crate::checkpoint::Checkpoint;
use mnv3_spec::Naming;
use std::collections::HashSet;

/// One row of each kind, so that every template of a dialect is used: without expansion, with it, with squeeze-excite.
const PROBE: &str = "
name: Probe
input: { size: [32, 32], channels: 3 }
stem: { k: 3, out: 16, nl: HS, s: 2 }
bottlenecks:
  - { k: 3, exp: 16, out: 16, se: true, nl: RE, s: 1 }
  - { k: 3, exp: 64, out: 24, se: true, nl: HS, s: 2 }
  - { k: 3, exp: 72, out: 24, se: true, nl: HS, s: 1 }
last: { out: 96, nl: HS }
head: { pool: avg, hidden: 64, nl: HS, classes: 10 }
";

/// The built-in dialects whose names a file has: none, or several that differ in other things.
pub(super) fn of(file: &Checkpoint<'_>) -> Vec<&'static str> {
    let shares = mnv3_spec::dialects().into_iter().filter_map(|dialect| {
        let probe = mnv3_spec::parse(dialect, &format!("dialect: {dialect}{PROBE}")).ok()?;
        let forms: HashSet<String> = wanted(&probe).map(|name| form(probe.naming, name)).collect();
        Some((
            dialect,
            file.tensors
                .iter()
                .filter(|t| forms.contains(&form(probe.naming, &t.name)))
                .count(),
        ))
    });
    let shares: Vec<_> = shares.collect();
    let best = shares.iter().map(|(_, count)| *count).max().unwrap_or(0);
    // A file of another network altogether may share a name or two.
    if best == 0 || 2 * best < file.tensors.len() {
        return Vec::new();
    }
    shares
        .into_iter()
        .filter(|(_, count)| *count == best)
        .map(|(dialect, _)| dialect)
        .collect()
}

/// A name with its numbers left out: `blocks.#.#.conv_pw.weight`.
fn form(naming: Naming, name: &str) -> String {
    let mut form = String::with_capacity(name.len());
    for c in key(naming, name).chars() {
        match c {
            '0'..='9' if form.ends_with('#') => {}
            '0'..='9' => form.push('#'),
            c => form.push(c),
        }
    }
    form
}
