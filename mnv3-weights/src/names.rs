//! Which tensor of a file is which tensor of the network.

use crate::manifest::Manifest;
use mnv3_ir::Naming;
use std::collections::{BTreeMap, HashSet};

/// `conv2d_12/kernel:0` in parts: the kind `conv2d/kernel` and the number 12; `None` for other names.
fn keras(name: &str) -> Option<(String, u64)> {
    let name = name.strip_suffix(":0").unwrap_or(name);
    let mut parts = name.rsplit('/');
    let (variable, layer) = (parts.next()?, parts.next()?);
    let numbered = layer
        .rsplit_once('_')
        .and_then(|(kind, n)| Some((kind, n.parse().ok()?)));
    let (kind, number) = numbered.unwrap_or((layer, 0));
    Some((format!("{kind}/{variable}"), number))
}

/// For every wanted tensor the file's name for it, or why there is none.
pub(crate) fn matched<'f>(manifest: &Manifest<'_>, file: &[&'f str]) -> Vec<Result<&'f str, Absent>> {
    match manifest.naming {
        Naming::Exact => {
            let have: HashSet<&'f str> = file.iter().copied().collect();
            manifest
                .tensors
                .iter()
                .map(|wanted| have.get(wanted.name).copied().ok_or(Absent::Name))
                .collect()
        }
        Naming::KerasAutomatic => by_order(manifest, file),
    }
}

/// Why a wanted tensor has no counterpart.
#[derive(Debug, PartialEq)]
pub(crate) enum Absent {
    /// Nothing of that name.
    Name,
    /// As many of its kind as the network has are not there.
    Count { kind: String, want: usize, found: usize },
}

fn by_order<'f>(manifest: &Manifest<'_>, file: &[&'f str]) -> Vec<Result<&'f str, Absent>> {
    let mut have: BTreeMap<String, Vec<(u64, &'f str)>> = BTreeMap::new();
    for name in file {
        if let Some((kind, number)) = keras(name) {
            have.entry(kind).or_default().push((number, name));
        }
    }
    have.values_mut().for_each(|names| names.sort_unstable());
    let mut want: BTreeMap<String, usize> = BTreeMap::new();
    let kinds: Vec<_> = manifest
        .tensors
        .iter()
        .map(|t| keras(t.name).map_or_else(|| t.name.to_owned(), |k| k.0))
        .collect();
    let places: Vec<_> = kinds
        .iter()
        .map(|kind| {
            let count = want.entry(kind.clone()).or_default();
            *count += 1;
            *count - 1
        })
        .collect();
    kinds
        .into_iter()
        .zip(places)
        .map(|(kind, place)| {
            let names = have.get(&kind).map_or(&[][..], Vec::as_slice);
            let want = want.get(&kind).copied().unwrap_or(0);
            match names.get(place) {
                Some((_, name)) if names.len() == want => Ok(*name),
                _ => Err(Absent::Count {
                    found: names.len(),
                    want,
                    kind,
                }),
            }
        })
        .collect()
}

/// The likest name of a file, if any is like it at all.
pub(crate) fn nearest(wanted: &str, file: &[&str]) -> Option<String> {
    // Comparing with every name of an absurd file would take minutes.
    let likeness = |name: &&&str| (strsim::normalized_levenshtein(wanted, name) * 1e6) as u64;
    let known = file.iter().take(2000).filter(|name| name.len() < 200);
    // Of equally like names the first in the alphabet: the reader lists them in a different order each time.
    let best = known.max_by_key(|name| (likeness(name), std::cmp::Reverse(**name)))?;
    (likeness(&best) > 700_000).then(|| (*best).to_owned())
}

/// A library by whose names a file can be told.
struct Origin {
    library: &'static str,
    /// Dialects of a spec that read such names.
    dialects: &'static [&'static str],
    marks: fn(&str) -> bool,
}

const ORIGINS: [Origin; 4] = [
    Origin {
        library: "timm",
        dialects: &["timm", "timm-tf"],
        marks: |name| name.starts_with("conv_stem.") || name.starts_with("blocks."),
    },
    Origin {
        library: "Keras applications",
        dialects: &["keras"],
        marks: |name| name.contains("expanded_conv") || name.starts_with("conv_1/"),
    },
    Origin {
        library: "torchvision",
        dialects: &["torchvision"],
        marks: |name| name.starts_with("features.0.0."),
    },
    Origin {
        library: "Keras with automatic names",
        dialects: &["tf2"],
        marks: |name| keras_automatic(name),
    },
];

fn keras_automatic(name: &str) -> bool {
    name.split('/')
        .next()
        .is_some_and(|layer| layer == "conv2d" || layer.starts_with("conv2d_"))
}

/// What to do about a file whose names do not fit.
pub(crate) fn advice(manifest: &Manifest<'_>, file: &[&str]) -> Option<String> {
    const PREFIXES: [&str; 3] = ["module.", "model.", "state_dict."];
    if let Some(prefix) = PREFIXES
        .iter()
        .find(|prefix| file.iter().any(|name| name.starts_with(**prefix)))
    {
        return Some(format!("names carry the prefix `{prefix}`; `mnv3 convert` strips it"));
    }
    let origin = ORIGINS
        .iter()
        .find(|origin| file.iter().any(|name| (origin.marks)(name)))?;
    let Origin { library, dialects, .. } = origin;
    Some(if dialects.contains(&manifest.dialect) {
        format!("the file looks like {library}, as the spec says, but of another model: check the spec's rows and head")
    } else {
        let dialects = dialects.join("` or `dialect: ");
        format!(
            "the file looks like {library}: try `dialect: {dialects}`; the spec says `{}`",
            manifest.dialect
        )
    })
}
