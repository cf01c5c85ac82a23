//! `__init__`: the network's layers, a line for each row of the table.

use super::paths::{LayerPaths, Paths};
use super::print::{Py, comment, pair, statement, string, strings};
use super::put::{on_channels, padding, put, source};
use super::{acts, detect, layers, segment};
use mnv3_spec::network::{Act, Bottleneck, Conv, Network};

/// The distinct sets of names below bottlenecks, each with the constant that holds it.
pub(super) struct NameSets(Vec<(String, LayerPaths)>);

impl NameSets {
    pub(super) fn of(paths: &Paths) -> Self {
        let mut sets: Vec<(String, LayerPaths)> = Vec::new();
        for block in &paths.blocks {
            if sets.iter().any(|(_, names)| *names == block.names) {
                continue;
            }
            let kind = match (block.names.squeeze_excite.is_some(), block.names.expand.is_some()) {
                (false, true) => "PLAIN",
                (true, true) => "GATED",
                (false, false) => "PLAIN_NO_EXPAND",
                (true, false) => "GATED_NO_EXPAND",
            };
            let same_kind = sets
                .iter()
                .filter(|(name, _)| name.trim_end_matches(|c: char| c == '_' || c.is_ascii_digit()) == kind);
            let constant = match same_kind.count() {
                0 => kind.to_owned(),
                n => format!("{kind}_{}", n + 1),
            };
            sets.push((constant, block.names.clone()));
        }
        Self(sets)
    }

    fn constant(&self, names: &LayerPaths) -> &str {
        let found = self.0.iter().find(|(_, set)| set == names);
        found.map_or("", |(constant, _)| constant)
    }

    /// The constants.
    pub(super) fn print(&self, out: &mut String) {
        comment(
            out,
            0,
            "Names of a bottleneck's layers: convolution and batch norm, or the two layers of squeeze-excite.",
        );
        for (constant, names) in &self.0 {
            let norms = names.squeeze_norms.clone().map(Option::unwrap_or_default);
            let layers = [
                ("expand", names.expand.as_ref()),
                ("depthwise", Some(&names.depthwise)),
                ("squeeze_excite", names.squeeze_excite.as_ref()),
                (
                    "squeeze_norms",
                    Some(&norms).filter(|norms| norms.iter().any(|norm| !norm.is_empty())),
                ),
                ("project", Some(&names.project)),
                ("shortcut_depthwise", names.shortcut_depthwise.as_ref()),
                ("shortcut_project", names.shortcut_project.as_ref()),
            ];
            let entry = |(layer, two): (&str, Option<&[String; 2]>)| {
                two.map(|two| Py::text(format!("{}: {}", string(layer), strings(two))))
            };
            let entries = layers.into_iter().filter_map(entry).collect();
            statement(out, 0, &format!("{constant} = "), &Py::Dict { entries });
        }
    }
}

/// Statements of `__init__` after `super().__init__()`.
pub(super) fn print(network: &Network, paths: &Paths, sets: &NameSets, out: &mut String) {
    source(out, &network.stem.source, "stem");
    conv(network, &network.stem, &paths.stem, out);
    for (b, block) in network.bottlenecks.iter().zip(&paths.blocks) {
        source(out, &b.source, &b.number.to_string());
        let module = bottleneck(network, b, sets.constant(&block.names));
        put(out, &block.path, module);
    }
    for (last, path) in network.last.iter().zip(&paths.last) {
        source(out, &last.source, "last");
        conv(network, last, path, out);
    }
    if let (Some(head), Some(paths)) = (network.detect(), &paths.detect) {
        detect::layers(network, head, paths, out);
        return;
    }
    if let Some(head) = &network.head {
        source(out, head.source(), "head");
    }
    if let (Some(head), Some(paths)) = (network.segment(), &paths.segment) {
        segment::layers(network, head, paths, out);
    }
    if let Some(head) = network.classify() {
        for (layer, (path, norm)) in head.hidden.iter().zip(&paths.hidden) {
            put(out, path, on_channels(layer));
            if let Some(norm) = norm {
                let class = layers::norm(&layer.tensors.weight.shape);
                let arguments = vec![Py::text(layer.output.to_string()), Py::text("eps=EPSILON")];
                put(out, norm, Py::call(class, arguments));
            }
        }
        for (classes, path) in head.classes.iter().zip(&paths.classes) {
            put(out, path, on_channels(&classes.layer));
        }
    }
}

fn conv(network: &Network, conv: &Conv, [layer, norm]: &[String; 2], out: &mut String) {
    let w = &conv.window;
    let dense = w.kernel == [1, 1];
    let class = if dense { "nn.Conv2d" } else { layers::conv(network) };
    let mut arguments = vec![conv.input.c.to_string(), conv.output.c.to_string(), pair(w.kernel)];
    if w.stride != [1, 1] {
        arguments.push(format!("stride={}", pair(w.stride)));
    }
    if !dense {
        arguments.push(format!("padding={}", padding(network, w)));
    }
    if w.dilation != [1, 1] {
        arguments.push(format!("dilation={}", pair(w.dilation)));
    }
    let bias = layers::bias(network).trim_start_matches(", ");
    arguments.extend((!bias.is_empty()).then(|| bias.to_owned()));
    put(
        out,
        layer,
        Py::call(class, arguments.into_iter().map(Py::Text).collect()),
    );
    let norm_arguments = vec![Py::text(conv.output.c.to_string()), Py::text("eps=EPSILON")];
    put(out, norm, Py::call("nn.BatchNorm2d", norm_arguments));
}

fn bottleneck(network: &Network, b: &Bottleneck, names: &str) -> Py {
    let w = &b.depthwise.window;
    let mut arguments = vec![
        names.to_owned(),
        b.input.c.to_string(),
        b.depthwise.channels.to_string(),
        b.output.c.to_string(),
        format!("k={}", pair(w.kernel)),
    ];
    if w.stride != [1, 1] {
        arguments.push(format!("s={}", pair(w.stride)));
    }
    if w.dilation != [1, 1] {
        arguments.push(format!("d={}", pair(w.dilation)));
    }
    arguments.push(format!("pad={}", padding(network, w)));
    // Of a block whose depthwise convolution has none, what follows its gate.
    let gate = b.squeeze_excite.as_ref().map(|se| se.then);
    let nl = gate.filter(|then| *then != Act::Identity).unwrap_or(b.depthwise.act);
    arguments.push(format!("nl={}", acts::name(nl)));
    arguments.extend(
        b.squeeze_excite
            .iter()
            .map(|se| format!("squeeze={}", se.reduce.output)),
    );
    arguments.extend(b.residual.then(|| "residual=True".to_owned()));
    let shortcut = b.shortcut.as_ref().and_then(|shortcut| shortcut.depthwise.as_ref());
    arguments.extend(shortcut.map(|depthwise| format!("shortcut_pad={}", padding(network, &depthwise.window))));
    Py::call("Bottleneck", arguments.into_iter().map(Py::Text).collect())
}
