//! The classes that the rows of a generated module are made of.

use super::acts;
use mnv3_spec::network::{Act, Network, Window};

const LAYERS: &str = r#"class Layers(nn.Module):
    """A module whose layers stand at dotted names: PyTorch makes the keys of `state_dict()` from them."""

    def put(self, name: str, layer: nn.Module) -> None:
        *above, last = name.split(".")
        parent: nn.Module = self
        for part in above:
            if part not in dict(parent.named_children()):
                parent.add_module(part, nn.Module())
            parent = parent.get_submodule(part)
        parent.add_module(last, layer)

    def normed(self, conv: str, norm: str, x: Tensor) -> Tensor:
        return self.get_submodule(norm)(self.get_submodule(conv)(x))
"#;

const PADDED_CONV: &str = r#"class PaddedConv(nn.Conv2d):
    """A convolution with its own number of zeros on each side: left, right, top, bottom."""

    def __init__(self, incoming, out, k, stride=1, padding=(0, 0, 0, 0), dilation=1, groups=1, bias=True) -> None:
        super().__init__(incoming, out, k, stride, 0, dilation, groups, bias)
        self.sides = padding

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.sides))
"#;

const BOTTLENECK: &str = r#"class Bottleneck(Layers):
    """Inverted residual of the layers in `names`: expand, depthwise, squeeze-excite, project."""

    def __init__(
        self,
        names: dict[str, tuple[str, str]],
        incoming: int,
        exp: int,
        out: int,
        *,
        k: int | tuple[int, int],
        s: int | tuple[int, int] = 1,
        d: int | tuple[int, int] = 1,
        pad: PAD_TYPE,
        nl: Callable[[Tensor], Tensor],
        squeeze: int = 0,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.names, self.nl, self.residual = names, nl, residual
        if "expand" in names:
            self.put_normed("expand", nn.Conv2d(incoming, exp, 1BIAS))
        self.put_normed("depthwise", CONV(exp, exp, k, s, pad, d, groups=expBIAS))
SQUEEZE_LAYERS        self.put_normed("project", nn.Conv2d(exp, out, 1BIAS))

    def put_normed(self, layer: str, conv: nn.Conv2d) -> None:
        self.put(self.names[layer][0], conv)
        self.put(self.names[layer][1], nn.BatchNorm2d(conv.out_channels, eps=EPSILON))

    def expanded(self, x: Tensor) -> Tensor:
        return self.nl(self.normed(*self.names["expand"], x)) if "expand" in self.names else x

    def forward(self, x: Tensor, expanded: Tensor | None = None) -> Tensor:
        y = self.expanded(x) if expanded is None else expanded
        y = self.nl(self.normed(*self.names["depthwise"], y))
SQUEEZE_FORWARD        y = self.normed(*self.names["project"], y)
        return x + y if self.residual else y
"#;

/// Whether some window has more zeros after the map than before it, which PyTorch's own padding cannot say.
pub(super) fn uneven(network: &Network) -> bool {
    let uneven = |w: &Window| w.pad_h[0] != w.pad_h[1] || w.pad_w[0] != w.pad_w[1];
    let depthwise = network.bottlenecks.iter().map(|b| &b.depthwise.window);
    std::iter::once(&network.stem.window).chain(depthwise).any(uneven)
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

/// The classes that a network needs, two empty lines after each.
pub(super) fn print(network: &Network) -> String {
    let mut classes = vec![LAYERS.to_owned()];
    if uneven(network) {
        classes.push(PADDED_CONV.to_owned());
    }
    let (layers, forward) = squeeze_excite(network);
    let pad = if uneven(network) {
        "tuple[int, int, int, int]"
    } else {
        "int | tuple[int, int]"
    };
    let bottleneck = BOTTLENECK
        .replace("SQUEEZE_LAYERS", &layers)
        .replace("SQUEEZE_FORWARD", &forward)
        .replace("PAD_TYPE", pad)
        .replace("CONV", conv(network))
        .replace("BIAS", bias(network));
    classes.push(bottleneck);
    classes.join("\n\n") + "\n\n"
}

/// Lines that make squeeze-excite and that apply it, on matrices or on 1x1 convolutions: the same for all bottlenecks.
fn squeeze_excite(network: &Network) -> (String, String) {
    let mut all = network.bottlenecks.iter().filter_map(|b| b.squeeze_excite.as_ref());
    let Some(se) = all.next() else {
        return <(String, String)>::default();
    };
    let relu = se.reduce.act == Act::Relu && all.all(|other| other.reduce.act == Act::Relu);
    let nl = if relu { "F.relu" } else { "self.nl" };
    let matrix = is_matrix(&se.reduce.tensors.weight.shape);
    let layer = |from: &str, to: &str| {
        if matrix {
            format!("nn.Linear({from}, {to})")
        } else {
            format!("nn.Conv2d({from}, {to}, 1)")
        }
    };
    let layers = format!(
        r#"        if "squeeze_excite" in names:
            self.put(names["squeeze_excite"][0], {})
            self.put(names["squeeze_excite"][1], {})
"#,
        layer("exp", "squeeze"),
        layer("squeeze", "exp"),
    );
    let (mean, gate) = if matrix {
        ("y.mean((2, 3))", "[:, :, None, None]")
    } else {
        ("y.mean((2, 3), keepdim=True)", "")
    };
    let act = acts::name(se.expand.act);
    let forward = format!(
        r#"        if "squeeze_excite" in self.names:
            reduce, expand = map(self.get_submodule, self.names["squeeze_excite"])
            y = y * {act}(expand({nl}(reduce({mean})))){gate}
"#
    );
    (layers, forward)
}

/// Whether a layer on channels is stored as a matrix, not as a 1x1 convolution.
pub(super) fn is_matrix(weight: &[usize]) -> bool {
    weight.len() == 2
}
