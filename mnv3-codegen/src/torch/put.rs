//! Statements that put layers where their keys say.

use super::layers;
use super::print::{Py, comment, pair, statement, string};
use mnv3_spec::network::{Dense, Depthwise, Network, Source, Tensors, Window};

/// The row that the next lines come from, as in the generated Rust.
pub(super) fn source(out: &mut String, source: &Source, label: &str) {
    out.push('\n');
    comment(
        out,
        8,
        &format!("{label}   {}   {}:{}", source.text, source.file, source.line),
    );
}

pub(super) fn put(out: &mut String, path: &str, layer: Py) {
    statement(out, 8, "", &Py::call("self.put", vec![Py::text(string(path)), layer]));
}

/// The batch norm of a layer of the head on a map.
pub(super) fn put_norm(out: &mut String, path: &str, of: &Tensors) {
    if let Some(norm) = &of.norm {
        let channels = norm.gamma.numbers().to_string();
        let arguments = vec![Py::Text(channels), Py::text(format!("eps={:?}", norm.epsilon))];
        put(out, path, Py::call("nn.BatchNorm2d", arguments));
    }
}

/// A depthwise convolution of the head.
pub(super) fn depthwise(network: &Network, layer: &Depthwise) -> Py {
    let (w, channels) = (&layer.window, layer.channels.to_string());
    let mut arguments = vec![
        channels.clone(),
        channels.clone(),
        pair(w.kernel),
        pair(w.stride),
        padding(network, w),
        pair(w.dilation),
        format!("groups={channels}"),
    ];
    arguments.extend(layer.tensors.bias.is_none().then(|| "bias=False".to_owned()));
    Py::call(layers::conv(network), arguments.into_iter().map(Py::Text).collect())
}

/// Zeros on each side, as the class of convolutions takes them.
pub(super) fn padding(network: &Network, w: &Window) -> String {
    if layers::uneven(network) {
        format!("({}, {}, {}, {})", w.pad_w[0], w.pad_w[1], w.pad_h[0], w.pad_h[1])
    } else {
        pair([w.pad_h[0], w.pad_w[0]])
    }
}

/// A layer of the head.
pub(super) fn on_channels(layer: &Dense) -> Py {
    let mut arguments = format!("{}, {}", layer.input, layer.output);
    let matrix = layers::is_matrix(&layer.tensors.weight.shape);
    if !matrix {
        arguments += ", 1";
    }
    if layer.tensors.bias.is_none() {
        arguments += ", bias=False";
    }
    Py::text(format!("nn.{}({arguments})", if matrix { "Linear" } else { "Conv2d" }))
}
