//! Which tensor of a file is which tensor of the network.

use crate::manifest::Manifest;
use crate::prefix;
use crate::scales;
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

/// For every tensor of the `wanted` names, which are those of the manifest, the file's name for it, or why there is none.
pub(crate) fn matched<'f>(
    manifest: &Manifest<'_>,
    wanted: &[String],
    file: &[&'f str],
) -> Vec<Result<&'f str, Absent>> {
    match manifest.naming {
        Naming::Exact => {
            let have: HashSet<&'f str> = file.iter().copied().collect();
            wanted
                .iter()
                .map(|name| have.get(name.as_str()).copied().ok_or(Absent::Name))
                .collect()
        }
        Naming::KerasAutomatic => by_order(wanted, file),
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

fn by_order<'f>(wanted: &[String], file: &[&'f str]) -> Vec<Result<&'f str, Absent>> {
    let mut have: BTreeMap<String, Vec<(u64, &'f str)>> = BTreeMap::new();
    for name in file {
        if let Some((kind, number)) = keras(name) {
            have.entry(kind).or_default().push((number, name));
        }
    }
    have.values_mut().for_each(|names| names.sort_unstable());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let kinds: Vec<_> = wanted
        .iter()
        .map(|name| keras(name).map_or_else(|| name.clone(), |k| k.0))
        .collect();
    let places: Vec<_> = kinds
        .iter()
        .map(|kind| {
            let count = counts.entry(kind.clone()).or_default();
            *count += 1;
            *count - 1
        })
        .collect();
    let named = |name: &str| file.iter().find(|of_file| **of_file == name).copied();
    kinds
        .into_iter()
        .zip(places)
        .map(|(kind, place)| {
            if scales::is_one(&kind) {
                return named(&kind).ok_or(Absent::Name);
            }
            let names = have.get(&kind).map_or(&[][..], Vec::as_slice);
            let want = counts.get(&kind).copied().unwrap_or(0);
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
struct NamingLibrary {
    library: &'static str,
    /// Dialects of a spec that read such names.
    dialects: &'static [&'static str],
    /// Whether only this library has such a name.
    marks: fn(&str) -> bool,
}

const ORIGINS: [NamingLibrary; 6] = [
    NamingLibrary {
        library: "timm",
        dialects: &["timm", "timm-tf"],
        marks: |name| name.starts_with("conv_stem.") || is_timms_block(name),
    },
    NamingLibrary {
        library: "Keras applications",
        dialects: &["keras"],
        marks: |name| name.contains("expanded_conv"),
    },
    NamingLibrary {
        library: "torchvision",
        dialects: &["torchvision"],
        marks: |name| name.starts_with("features.") && name.contains(".block."),
    },
    NamingLibrary {
        library: "PaddleClas",
        dialects: &["paddle"],
        marks: |name| is_paddles_block(name) && name.starts_with("blocks."),
    },
    NamingLibrary {
        library: "PaddleOCR",
        dialects: &["paddle-ocr"],
        marks: |name| is_paddles_block(name) && name.starts_with("backbone.blocks."),
    },
    NamingLibrary {
        library: "Keras with automatic names",
        dialects: &["tf2"],
        marks: keras_automatic,
    },
];

/// `blocks.1.0.conv_dw.weight`: blocks have two numbers.
fn is_timms_block(name: &str) -> bool {
    let mut parts = name.split('.');
    let is_number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u64>().is_ok());
    parts.next() == Some("blocks") && is_number(parts.next()) && is_number(parts.next())
}

fn is_paddles_block(name: &str) -> bool {
    const LAYERS: [&str; 4] = [".expand_conv.", ".bottleneck_conv.", ".mid_se.", ".linear_conv."];
    LAYERS.iter().any(|layer| name.contains(layer))
}

fn keras_automatic(name: &str) -> bool {
    const KINDS: [&str; 4] = ["conv2d", "depthwise_conv2d", "batch_normalization", "dense"];
    let kind = keras(name).map_or_else(String::new, |(kind, _)| kind);
    let layer = kind.split('/').next().unwrap_or_default();
    KINDS.contains(&layer)
}

/// What to do about a file whose names do not fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Advice {
    /// In words.
    pub(crate) hint: Option<String>,
    /// What stands before names.
    pub(crate) prefix: Option<String>,
    /// Whether that is why tensors are missing.
    pub(crate) explains: bool,
}

/// Looks for what names have in common with the wanted ones, and with those of libraries.
pub(crate) fn advice(manifest: &Manifest<'_>, file: &[&str], absent: usize) -> Advice {
    if manifest.naming == Naming::Exact {
        let wanted: HashSet<String> = manifest.tensors.iter().map(|tensor| tensor.name.to_string()).collect();
        let shared = prefix::shared(file, |name| wanted.contains(name));
        if let Some(shared) = shared.filter(|shared| !shared.text.is_empty() && 2 * shared.tensors >= wanted.len()) {
            return Advice {
                hint: Some(format!("`mnv3 convert IN -o OUT` takes `{}` off", shared.text)),
                prefix: Some(shared.text.to_owned()),
                explains: true,
            };
        }
    }
    if let Some(prefix) = prefix::known(file, 0.5) {
        return Advice {
            hint: Some(format!(
                "names carry the prefix `{prefix}`; `mnv3 convert IN -o OUT` takes it off"
            )),
            prefix: Some(prefix.to_owned()),
            explains: false,
        };
    }
    Advice {
        hint: origin(manifest, file).or_else(|| (2 * absent >= manifest.tensors.len()).then(own_names)),
        ..Advice::default()
    }
}

/// What to do about names that no library gives.
fn own_names() -> String {
    "its names are of no library that is known here: say them in the spec, under `conventions: { tensors: ... }`, or \
     rename the tensors with `--rename` of `mnv3 convert`"
        .to_owned()
}

/// The library by whose names most of the file's are made, and what to write in the spec.
fn origin(manifest: &Manifest<'_>, file: &[&str]) -> Option<String> {
    let marked = |origin: &NamingLibrary| file.iter().filter(|name| (origin.marks)(name)).count();
    let (count, origin) = ORIGINS
        .iter()
        .map(|origin| (marked(origin), origin))
        .max_by_key(|(count, _)| *count)?;
    if 2 * count < file.len() {
        return None;
    }
    let NamingLibrary { library, dialects, .. } = origin;
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
