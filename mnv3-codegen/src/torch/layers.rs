//! What the classes of a generated module say of layers.

use mnv3_spec::network::{Network, Window};

/// Whether some window has more zeros after the map than before it, which PyTorch's own padding cannot say.
pub(super) fn uneven(network: &Network) -> bool {
    let uneven = |w: &Window| w.pad_h[0] != w.pad_h[1] || w.pad_w[0] != w.pad_w[1];
    let depthwise = network.bottlenecks.iter().flat_map(|b| {
        let shortcut = b.shortcut.iter().filter_map(|shortcut| shortcut.depthwise.as_ref());
        shortcut.chain([&b.depthwise]).map(|depthwise| &depthwise.window)
    });
    let of_extras = network.detect().into_iter().flat_map(|head| &head.extras);
    let of_extras = of_extras.map(|row| &row.depthwise.window);
    std::iter::once(&network.stem.window)
        .chain(depthwise)
        .chain(of_extras)
        .any(uneven)
}

/// The class of convolutions over windows.
pub(super) fn conv(network: &Network) -> &'static str {
    if uneven(network) { "PaddedConv" } else { "nn.Conv2d" }
}

/// The argument that says whether convolutions have a bias beside their batch norm.
pub(super) fn bias(network: &Network) -> &'static str {
    if network.stem.tensors.bias.is_some() {
        ""
    } else {
        ", bias=False"
    }
}

/// The class of the batch norm after a layer on channels.
pub(super) fn norm(weight: &[usize]) -> &'static str {
    if is_matrix(weight) {
        "nn.BatchNorm1d"
    } else {
        "nn.BatchNorm2d"
    }
}

/// Whether a layer on channels is stored as a matrix, not as a 1x1 convolution.
pub(super) fn is_matrix(weight: &[usize]) -> bool {
    weight.len() == 2
}
