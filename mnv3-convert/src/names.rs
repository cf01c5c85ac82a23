//! By whose rules a file's names are made: the network's own, or those of a built-in dialect, which is asked for the
//! names of a small network.

use mnv3_spec::{Naming, Network};
use mnv3_weights::prefix::{self, Prefix};
use std::collections::HashSet;
use std::sync::LazyLock;

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

/// The names of a dialect, numbers left out.
struct Forms {
    dialect: &'static str,
    naming: Naming,
    names: HashSet<String>,
}

impl Forms {
    fn has(&self, name: &str) -> bool {
        self.names.contains(&form(self.naming, name))
    }
}

static FORMS: LazyLock<Vec<Forms>> = LazyLock::new(|| {
    let forms = mnv3_spec::dialects().into_iter().filter_map(|dialect| {
        let probe = mnv3_spec::parse(dialect, &format!("dialect: {dialect}{PROBE}")).ok()?;
        let naming = probe.naming;
        let names = wanted(&probe).map(|name| form(naming, name)).collect();
        Some(Forms { dialect, naming, names })
    });
    forms.collect()
});

/// What stands before the names of a file that a network wants, or else before those that a dialect gives.
pub(crate) fn prefix<'f>(names: &[&'f str], spec: Option<&Network>) -> Option<Prefix<'f>> {
    let of_spec = spec.filter(|spec| spec.naming == Naming::Exact).and_then(|spec| {
        let wanted: HashSet<&str> = wanted(spec).collect();
        let shared = prefix::shared(names, |name| wanted.contains(name))?;
        (2 * shared.tensors >= wanted.len()).then_some(shared)
    });
    let of_dialects = || {
        let shared = FORMS
            .iter()
            .filter_map(|forms| prefix::shared(names, |name| forms.has(name)));
        shared
            .filter(|shared| 2 * shared.tensors * (1 + shared.others.len()) >= names.len())
            .max_by_key(|shared| shared.tensors)
    };
    of_spec.or_else(of_dialects)
}

/// The built-in dialects whose names a file has: none, or several that differ in other things.
pub(crate) fn dialects(names: &[&str]) -> Vec<&'static str> {
    let shares: Vec<_> = FORMS
        .iter()
        .map(|forms| {
            let count = names.iter().filter(|name| forms.has(name)).count();
            (forms.dialect, count)
        })
        .collect();
    let best = shares.iter().map(|(_, count)| *count).max().unwrap_or(0);
    // A file of another network altogether may share a name or two.
    if best == 0 || 2 * best < names.len() {
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

/// Names of the tensors that a network wants.
pub(crate) fn wanted(network: &Network) -> impl Iterator<Item = &str> {
    network
        .layers()
        .into_iter()
        .flat_map(|layer| layer.iter())
        .map(|tensor| tensor.name.as_str())
}

/// What a name is compared by: itself, or its kind where Keras numbers names.
pub(crate) fn key(naming: Naming, name: &str) -> String {
    match naming {
        Naming::Exact => name.to_owned(),
        Naming::KerasAutomatic => unnumbered(name),
    }
}

/// `conv2d_12/kernel:0` without what differs from one layer to the next: `conv2d/kernel`.
fn unnumbered(name: &str) -> String {
    let name = name.strip_suffix(":0").unwrap_or(name);
    let Some((path, variable)) = name.rsplit_once('/') else {
        return name.to_owned();
    };
    let layer = path.rsplit('/').next().unwrap_or(path);
    let kind = match layer.rsplit_once('_') {
        Some((kind, number)) if number.parse::<u64>().is_ok() => kind,
        _ => layer,
    };
    format!("{kind}/{variable}")
}
