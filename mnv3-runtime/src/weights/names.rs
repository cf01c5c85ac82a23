//! Which tensor of a file is which tensor of the network.

use super::manifest::{Manifest, Naming};
use std::collections::BTreeMap;

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
pub(super) fn matched<'f>(manifest: &Manifest, file: &[&'f str]) -> Vec<Result<&'f str, Absent>> {
    match manifest.naming {
        Naming::Exact => manifest.tensors.iter().map(|wanted| exact(wanted.name, file)).collect(),
        Naming::KerasAutomatic => by_order(manifest, file),
    }
}

/// Why a wanted tensor has no counterpart.
#[derive(Debug, PartialEq)]
pub(super) enum Absent {
    /// Nothing of that name.
    Name,
    /// As many of its kind as the network has are not there.
    Count { kind: String, want: usize, found: usize },
}

fn exact<'f>(wanted: &str, file: &[&'f str]) -> Result<&'f str, Absent> {
    file.iter().copied().find(|name| *name == wanted).ok_or(Absent::Name)
}

fn by_order<'f>(manifest: &Manifest, file: &[&'f str]) -> Vec<Result<&'f str, Absent>> {
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
pub(super) fn nearest(wanted: &str, file: &[&str]) -> Option<String> {
    // Comparing with every name of an absurd file would take minutes.
    let likeness = |name: &&&str| (strsim::normalized_levenshtein(wanted, name) * 1e6) as u64;
    let best = file
        .iter()
        .take(2000)
        .filter(|name| name.len() < 200)
        .max_by_key(likeness)?;
    (likeness(&best) > 700_000).then(|| (*best).to_owned())
}

/// Where a file seems to come from, when it does not fit.
pub(super) fn origin(file: &[&str]) -> Option<&'static str> {
    let any = |part: &str| file.iter().any(|name| name.contains(part));
    let starts = |part: &str| file.iter().any(|name| name.starts_with(part));
    if starts("module.") || starts("model.") || starts("state_dict.") {
        Some("names carry a prefix such as `module.`; strip it when you export")
    } else if starts("conv_stem") || starts("blocks.") {
        Some("the file looks like timm's; the spec's dialect is another")
    } else if any("expanded_conv") {
        Some("the file looks like Keras applications'; the spec's dialect is another")
    } else if starts("features.0.0.") {
        Some("the file looks like torchvision's: check `dialect` and the rows of the spec")
    } else if any("conv2d") {
        Some("the file has Keras' automatic names; a spec for it says `dialect: tf2`")
    } else {
        None
    }
}
