//! Squeeze-excite of the generated class of bottlenecks: the same for all of a network.

use super::{acts, layers};
use mnv3_spec::network::{Act, Network, SqueezeExcite};

/// Lines of the class.
pub(super) struct SqueezeParts {
    /// In `__init__`.
    pub(super) layers: String,
    /// In `forward`, from the expanded map `y` to the projected one.
    pub(super) forward: String,
    /// After it.
    pub(super) methods: String,
}

const DEPTHWISE: &str = "        y = self.nl(self.normed(*self.names[\"depthwise\"], y))\n";
const PROJECT: &str = "        y = self.normed(*self.names[\"project\"], y)\n";

/// Of a block without an expanding convolution, the gate comes after the non-linearity all the same.
const BEFORE_NL: &str = r#"        y = self.normed(*self.names["depthwise"], y)
        y = self.nl(self._gated(y)) if "expand" in self.names else self._gated(self.nl(y))
"#;

pub(super) fn parts(network: &Network) -> SqueezeParts {
    let all = || network.bottlenecks.iter().filter_map(|b| b.squeeze_excite.as_ref());
    let Some(se) = all().next() else {
        return SqueezeParts {
            layers: String::new(),
            forward: [DEPTHWISE, PROJECT].concat(),
            methods: String::new(),
        };
    };
    let relu = all().all(|se| se.reduce.act == Act::Relu);
    let lines = gate(se, if relu { "F.relu" } else { "self.nl" });
    let method = || {
        format!(
            r#"
    def _gated(self, y: Tensor) -> Tensor:
{}        return y
"#,
            lines
        )
    };
    let (forward, methods) = match (se.after_project, all().any(|se| se.then != Act::Identity)) {
        (true, _) => ([DEPTHWISE, PROJECT, "        y = self._gated(y)\n"].concat(), method()),
        (false, true) => ([BEFORE_NL, PROJECT].concat(), method()),
        (false, false) => ([DEPTHWISE, &lines, PROJECT].concat(), String::new()),
    };
    SqueezeParts {
        layers: layers(se),
        forward,
        methods,
    }
}

/// Lines that make its layers, matrices or 1x1 convolutions.
fn layers(se: &SqueezeExcite) -> String {
    let matrix = layers::is_matrix(&se.reduce.tensors.weight.shape);
    let map = if se.after_project { "out" } else { "exp" };
    let mut lines = "        if \"squeeze_excite\" in names:\n".to_owned();
    for (i, (layer, from, to)) in [(&se.reduce, map, "squeeze"), (&se.expand, "squeeze", map)]
        .into_iter()
        .enumerate()
    {
        let bias = if layer.tensors.bias.is_none() {
            ", bias=False"
        } else {
            ""
        };
        let made = match matrix {
            true => format!("nn.Linear({from}, {to}{bias})"),
            false => format!("nn.Conv2d({from}, {to}, 1{bias})"),
        };
        lines += &format!("            self.put(names[\"squeeze_excite\"][{i}], {made})\n");
        if layer.tensors.norm.is_some() {
            let norm = layers::norm(&layer.tensors.weight.shape);
            lines += &format!("            self.put(names[\"squeeze_norms\"][{i}], {norm}({to}, eps=EPSILON))\n");
        }
    }
    lines
}

/// Lines that multiply the map `y` with its gate.
fn gate(se: &SqueezeExcite, nl: &str) -> String {
    let matrix = layers::is_matrix(&se.reduce.tensors.weight.shape);
    let (mean, as_map) = match matrix {
        true => ("y.mean((2, 3))", "[:, :, None, None]"),
        false => ("y.mean((2, 3), keepdim=True)", ""),
    };
    let act = if se.sigmoid {
        "torch.sigmoid"
    } else {
        acts::name(se.expand.act)
    };
    let mut lines = "        if \"squeeze_excite\" in self.names:\n".to_owned();
    lines += "            reduce, expand = map(self.get_submodule, self.names[\"squeeze_excite\"])\n";
    let norm = |i: usize| format!("self.get_submodule(self.names[\"squeeze_norms\"][{i}])");
    match (&se.reduce.tensors.norm, &se.expand.tensors.norm) {
        (None, None) => lines += &format!("            y = y * {act}(expand({nl}(reduce({mean})))){as_map}\n"),
        (of_reduce, of_expand) => {
            let normed = |i: usize, there: bool, of: String| match there {
                true => format!("{}({of})", norm(i)),
                false => of,
            };
            let reduced = normed(0, of_reduce.is_some(), format!("reduce({mean})"));
            let expanded = normed(1, of_expand.is_some(), "expand(z)".to_owned());
            lines += &format!("            z = {nl}({reduced})\n            y = y * {act}({expanded}){as_map}\n");
        }
    }
    lines
}
