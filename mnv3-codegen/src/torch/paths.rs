//! Where layers stand in the Python module's tree, which is what PyTorch makes the keys of `state_dict()` from.
//!
//! Names of tensors in PyTorch's style are such places already: `features.0.0.weight` is the weight of a layer at
//! `features.0.0`. Other names (Keras' have slashes, and its kernels other axes) get places of our own, and a table.

use super::detect::DetectPaths;
use super::free::is_free;
use super::named::{Normed, Two, biased, maybe_normed, normed};
use super::segment::SegmentPaths;
use mnv3_spec::network::{Bottleneck, Layout, Network};
use std::collections::BTreeSet;

/// Places of a bottleneck's layers, below its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LayerPaths {
    pub(super) expand: Option<Two>,
    pub(super) depthwise: Two,
    pub(super) squeeze_excite: Option<Two>,
    /// The batch norms of these, where there are any.
    pub(super) squeeze_norms: [Option<String>; 2],
    /// Whether squeeze-excite comes after the projection.
    pub(super) squeeze_last: bool,
    pub(super) project: Two,
    pub(super) shortcut_depthwise: Option<Two>,
    pub(super) shortcut_project: Option<Two>,
}

/// A bottleneck's place.
#[derive(Clone, Debug)]
pub(super) struct BlockPath {
    pub(super) path: String,
    pub(super) names: LayerPaths,
}

/// The places of a network's layers.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    /// Whether keys of `state_dict()` are the names of the weights file.
    pub(super) native: bool,
    pub(super) stem: Two,
    pub(super) blocks: Vec<BlockPath>,
    pub(super) last: Vec<Two>,
    pub(super) hidden: Vec<Normed>,
    pub(super) classes: Option<String>,
    pub(super) segment: Option<SegmentPaths>,
    pub(super) detect: Option<DetectPaths>,
}

impl Paths {
    pub(super) fn of(network: &Network) -> Self {
        native(network)
            .filter(|paths| paths.form_a_tree())
            .unwrap_or_else(|| own(network))
    }

    /// Every layer's path in the order of the structure: as many as the network has layers, each with its norm's.
    pub(super) fn layers(&self) -> Vec<(String, Option<String>)> {
        let two = |[conv, norm]: &Two| (conv.clone(), Some(norm.clone()));
        let mut all = vec![two(&self.stem)];
        for block in &self.blocks {
            let at = |name: &String| format!("{}.{name}", block.path);
            let below = |[conv, norm]: &Two| (at(conv), Some(at(norm)));
            let names = &block.names;
            all.extend(names.shortcut_depthwise.as_ref().map(below));
            all.extend(names.shortcut_project.as_ref().map(below));
            all.extend(names.expand.as_ref().map(below));
            all.push(below(&names.depthwise));
            let squeeze_excite = names.squeeze_excite.iter().flatten().zip(&names.squeeze_norms);
            let squeeze_excite = squeeze_excite.map(|(name, norm)| (at(name), norm.as_ref().map(at)));
            if names.squeeze_last {
                all.push(below(&names.project));
                all.extend(squeeze_excite);
            } else {
                all.extend(squeeze_excite);
                all.push(below(&names.project));
            }
        }
        all.extend(self.last.iter().map(two));
        all.extend(self.hidden.iter().cloned());
        all.extend(self.classes.iter().map(|path| (path.clone(), None)));
        all.extend(self.segment.iter().flat_map(SegmentPaths::layers));
        all.extend(self.detect.iter().flat_map(DetectPaths::layers));
        all
    }

    /// Whether PyTorch can register all of this: parts are names that are free, no layer stands below another one, and
    /// nothing else stands below a bottleneck.
    fn form_a_tree(&self) -> bool {
        let layers = self.layers();
        let paths: Vec<&str> = layers
            .iter()
            .flat_map(|(layer, norm)| std::iter::once(layer).chain(norm))
            .map(String::as_str)
            .collect();
        let distinct: BTreeSet<&str> = paths.iter().copied().collect();
        let inner: BTreeSet<&str> = paths.iter().flat_map(|path| ancestors(path)).collect();
        let blocks: BTreeSet<&str> = self.blocks.iter().map(|block| block.path.as_str()).collect();
        let above_blocks: BTreeSet<&str> = blocks.iter().flat_map(|path| ancestors(path)).collect();
        let within = |path: &&str| ancestors(path).any(|a| blocks.contains(a));
        let in_blocks: usize = self.blocks.iter().map(|block| block.names.count()).sum();
        distinct.len() == paths.len()
            && distinct.is_disjoint(&inner)
            && blocks.len() == self.blocks.len()
            && blocks.is_disjoint(&above_blocks)
            && blocks.is_disjoint(&distinct)
            && paths.iter().filter(|path| within(path)).count() == in_blocks
            && paths.iter().flat_map(|path| path.split('.')).all(is_free)
    }
}

impl LayerPaths {
    fn count(&self) -> usize {
        self.each().count()
    }

    fn each(&self) -> impl Iterator<Item = &String> {
        let shortcut = self.shortcut_depthwise.iter().chain(&self.shortcut_project);
        let first = shortcut.chain(&self.expand).chain([&self.depthwise]);
        let layers = first.chain(&self.squeeze_excite).chain([&self.project]).flatten();
        layers.chain(self.squeeze_norms.iter().flatten())
    }

    /// The names below `above`, which all of them are.
    fn below(self, above: &str) -> Self {
        let one = |name: String| name[above.len() + 1..].to_owned();
        let below = |two: Two| two.map(one);
        Self {
            expand: self.expand.map(below),
            depthwise: below(self.depthwise),
            squeeze_excite: self.squeeze_excite.map(below),
            squeeze_norms: self.squeeze_norms.map(|norm| norm.map(one)),
            squeeze_last: self.squeeze_last,
            project: below(self.project),
            shortcut_depthwise: self.shortcut_depthwise.map(below),
            shortcut_project: self.shortcut_project.map(below),
        }
    }
}

/// `a` and `a.b` of `a.b.c`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('.').map(|(end, _)| &path[..end])
}

/// Places by the file's names.
fn native(network: &Network) -> Option<Paths> {
    if network.layers().iter().any(|t| t.layout != Layout::Oihw) {
        return None;
    }
    let head = network.classify();
    Some(Paths {
        native: true,
        stem: normed(&network.stem.tensors)?,
        blocks: network.bottlenecks.iter().map(native_block).collect::<Option<_>>()?,
        last: network
            .last
            .iter()
            .map(|last| normed(&last.tensors))
            .collect::<Option<_>>()?,
        hidden: head
            .into_iter()
            .flat_map(|head| &head.hidden)
            .map(|hidden| maybe_normed(&hidden.tensors))
            .collect::<Option<_>>()?,
        classes: known(network.classes().map(|classes| biased(&classes.layer.tensors)))?,
        segment: known(network.segment().map(SegmentPaths::native))?,
        detect: known(network.detect().map(DetectPaths::native))?,
    })
}

/// A bottleneck stands at the deepest place that is above all of its layers.
fn native_block(b: &Bottleneck) -> Option<BlockPath> {
    let gate = b.squeeze_excite.as_ref();
    let (squeeze_excite, squeeze_norms) = match gate {
        Some(se) => {
            let [reduce, excite] = [maybe_normed(&se.reduce.tensors)?, maybe_normed(&se.expand.tensors)?];
            (Some([reduce.0, excite.0]), [reduce.1, excite.1])
        }
        None => (None, [None, None]),
    };
    let shortcut = b.shortcut.as_ref();
    let names = LayerPaths {
        expand: known(b.expand.as_ref().map(|e| normed(&e.tensors)))?,
        depthwise: normed(&b.depthwise.tensors)?,
        squeeze_excite,
        squeeze_norms,
        squeeze_last: gate.is_some_and(|se| se.after_project),
        project: normed(&b.project.tensors)?,
        shortcut_depthwise: known(shortcut.and_then(|s| s.depthwise.as_ref()).map(|d| normed(&d.tensors)))?,
        shortcut_project: known(shortcut.and_then(|s| s.project.as_ref()).map(|p| normed(&p.tensors)))?,
    };
    let above_all = |above: &&str| names.each().all(|name| ancestors(name).any(|a| a == *above));
    let path = ancestors(&names.depthwise[0]).filter(above_all).last()?.to_owned();
    Some(BlockPath {
        names: names.below(&path),
        path,
    })
}

/// `Some(None)` for a layer that the network does not have, `None` for one whose names are not PyTorch's.
fn known<T>(layer: Option<Option<T>>) -> Option<Option<T>> {
    match layer {
        Some(found) => found.map(Some),
        None => Some(None),
    }
}

/// Places of our own, the same for every network.
fn own(network: &Network) -> Paths {
    let two = |layer: &str, parts: [&str; 2]| parts.map(|part| format!("{layer}.{part}"));
    let normed = |layer: &str| two(layer, ["conv", "norm"]);
    let block = |b: &Bottleneck| BlockPath {
        path: format!("bottlenecks.{}", b.number),
        names: LayerPaths {
            expand: b.expand.as_ref().map(|_| normed("expand")),
            depthwise: normed("depthwise"),
            squeeze_excite: b
                .squeeze_excite
                .as_ref()
                .map(|_| two("squeeze_excite", ["reduce", "expand"])),
            squeeze_norms: match &b.squeeze_excite {
                Some(se) => [("reduce_norm", &se.reduce), ("expand_norm", &se.expand)]
                    .map(|(name, layer)| layer.tensors.norm.as_ref().map(|_| format!("squeeze_excite.{name}"))),
                None => [None, None],
            },
            squeeze_last: b.squeeze_excite.as_ref().is_some_and(|se| se.after_project),
            project: normed("project"),
            shortcut_depthwise: b
                .shortcut
                .as_ref()
                .and_then(|shortcut| shortcut.depthwise.as_ref())
                .map(|_| normed("shortcut_depthwise")),
            shortcut_project: b
                .shortcut
                .as_ref()
                .and_then(|shortcut| shortcut.project.as_ref())
                .map(|_| normed("shortcut_project")),
        },
    };
    // Timm's deepened network has two of them.
    let last = |i: usize| {
        if network.last.len() == 1 {
            "last".to_owned()
        } else {
            format!("last.{}", i + 1)
        }
    };
    Paths {
        native: false,
        stem: normed("stem"),
        blocks: network.bottlenecks.iter().map(block).collect(),
        last: (0..network.last.len()).map(|i| normed(&last(i))).collect(),
        hidden: own_hidden(network),
        classes: network.classes().map(|_| "classes".to_owned()),
        segment: network.segment().map(SegmentPaths::own),
        detect: network.detect().map(DetectPaths::own),
    }
}

fn own_hidden(network: &Network) -> Vec<Normed> {
    let hidden = network.classify().map_or(&[][..], |head| &head.hidden);
    let path = |i: usize| match hidden.len() {
        1 => "hidden".to_owned(),
        _ => format!("hidden.{}", i + 1),
    };
    let layers = hidden.iter().enumerate();
    layers
        .map(|(i, layer)| match layer.tensors.norm {
            Some(_) => (format!("{}.layer", path(i)), Some(format!("{}.norm", path(i)))),
            None => (path(i), None),
        })
        .collect()
}
