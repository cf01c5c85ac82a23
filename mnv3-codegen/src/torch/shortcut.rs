//! What is added to a bottleneck of the generated class, and what it ends in.

use super::layers;
use super::print::pair;
use mnv3_spec::network::{Act, Depthwise, Network};

/// Lines of the class.
pub(super) struct ShortcutParts {
    /// Of `__init__`, if it has one.
    pub(super) argument: String,
    /// In `__init__`.
    pub(super) layers: String,
    /// In `forward`, from the projected map `y` on.
    pub(super) forward: String,
    /// After it.
    pub(super) methods: String,
}

const METHOD: &str = r#"
    def _shortcut(self, x: Tensor) -> Tensor:
        for layer in ("shortcut_depthwise", "shortcut_project"):
            if layer in self.names:
                x = self.normed(*self.names[layer], x)
        return x
"#;

pub(super) fn parts(network: &Network) -> ShortcutParts {
    let shortcuts = || network.bottlenecks.iter().filter_map(|b| b.shortcut.as_ref());
    let ends = network.bottlenecks.iter().any(|b| b.act != Act::Identity);
    if shortcuts().next().is_none() {
        let forward = match ends {
            true => "        return self.nl(x + y if self.residual else y)\n",
            false => "        return x + y if self.residual else y\n",
        };
        return ShortcutParts {
            argument: String::new(),
            layers: String::new(),
            forward: forward.to_owned(),
            methods: String::new(),
        };
    }
    let depthwise = shortcuts().find_map(|shortcut| shortcut.depthwise.as_ref());
    let mut layers = depthwise
        .map(|layer| depthwise_layer(network, layer))
        .unwrap_or_default();
    let mut projects =
        shortcuts().filter_map(|shortcut| Some((shortcut.depthwise.is_some(), shortcut.project.as_ref()?)));
    let with_bias = projects.any(|(strided, project)| strided && project.tensors.bias.is_some());
    let bias = match (layers::bias(network), with_bias) {
        ("", _) => "",
        (_, true) => ", bias=\"shortcut_depthwise\" in names",
        (none, false) => none,
    };
    layers += &format!(
        r#"        if "shortcut_project" in names:
            self.put_normed("shortcut_project", nn.Conv2d(incoming, out, 1{bias}))
"#
    );
    let pad = if layers::uneven(network) { "(0, 0, 0, 0)" } else { "0" };
    let answer = if ends { "self.nl(y)" } else { "y" };
    ShortcutParts {
        argument: match depthwise {
            Some(_) => format!("        shortcut_pad: PAD_TYPE = {pad},\n"),
            None => String::new(),
        },
        layers,
        forward: format!(
            r#"        adds = self.residual or "shortcut_depthwise" in self.names or "shortcut_project" in self.names
        y = self._shortcut(x) + y if adds else y
        return {answer}
"#
        ),
        methods: METHOD.to_owned(),
    }
}

fn depthwise_layer(network: &Network, layer: &Depthwise) -> String {
    let conv = layers::conv(network);
    let kernel = pair(layer.window.kernel);
    let bias = layers::bias(network);
    format!(
        r#"        if "shortcut_depthwise" in names:
            conv = {conv}(incoming, incoming, {kernel}, s, shortcut_pad, groups=incoming{bias})
            self.put_normed("shortcut_depthwise", conv)
"#
    )
}
