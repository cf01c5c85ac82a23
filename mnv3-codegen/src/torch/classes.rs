//! The classes that the rows of a generated module are made of.

use super::layers::{bias, conv, uneven};
use super::{shortcut, squeeze};
use mnv3_spec::network::Network;

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
SHORTCUT_ARGUMENT    ) -> None:
        super().__init__()
        self.names, self.nl, self.residual = names, nl, residual
        if "expand" in names:
            self.put_normed("expand", nn.Conv2d(incoming, exp, 1BIAS))
        self.put_normed("depthwise", CONV(exp, exp, k, s, pad, d, groups=expBIAS))
SQUEEZE_LAYERS        self.put_normed("project", nn.Conv2d(exp, out, 1BIAS))
SHORTCUT_LAYERS
    def put_normed(self, layer: str, conv: nn.Conv2d) -> None:
        self.put(self.names[layer][0], conv)
        self.put(self.names[layer][1], nn.BatchNorm2d(conv.out_channels, eps=EPSILON))

    def expanded(self, x: Tensor) -> Tensor:
        return self.nl(self.normed(*self.names["expand"], x)) if "expand" in self.names else x

    def forward(self, x: Tensor, expanded: Tensor | None = None) -> Tensor:
        y = self.expanded(x) if expanded is None else expanded
GATED_FORWARDEND_FORWARDMETHODS"#;

/// The classes that a network needs, two empty lines after each.
pub(super) fn print(network: &Network) -> String {
    let mut classes = vec![LAYERS.to_owned()];
    if uneven(network) {
        classes.push(PADDED_CONV.to_owned());
    }
    let squeeze_excite = squeeze::parts(network);
    let shortcut = shortcut::parts(network);
    let pad = if uneven(network) {
        "tuple[int, int, int, int]"
    } else {
        "int | tuple[int, int]"
    };
    let bottleneck = BOTTLENECK
        .replace("SQUEEZE_LAYERS", &squeeze_excite.layers)
        .replace("GATED_FORWARD", &squeeze_excite.forward)
        .replace("SHORTCUT_ARGUMENT", &shortcut.argument)
        .replace("SHORTCUT_LAYERS", &shortcut.layers)
        .replace("END_FORWARD", &shortcut.forward)
        .replace("METHODS", &(squeeze_excite.methods + &shortcut.methods))
        .replace("PAD_TYPE", pad)
        .replace("CONV", conv(network))
        .replace("BIAS", bias(network));
    classes.push(bottleneck);
    classes.join("\n\n") + "\n\n"
}
