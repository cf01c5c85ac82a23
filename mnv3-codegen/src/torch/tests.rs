//! Properties of generated modules that hold for every network; snapshots show what they look like.

use super::paths::{LayerPaths, Paths};
use super::{tensors, torch};
use mnv3_spec::network::{Network, Tensor};
use std::collections::BTreeSet;

const ROWS: &str = "
  - { k: 3, exp: 8, out: 8, se: true, nl: RE, s: 2 }
  - { k: 5, exp: 24, out: 16, se: false, nl: HS, s: 1 }
  - { k: 5, exp: 40, out: 16, se: true, nl: HS, s: 1 }";

/// A small network of a dialect; `more` are further keys of the spec.
fn network(dialect: &str, more: &str) -> Network {
    let text = format!(
        "name: Tiny\ndialect: {dialect}\ninput: {{ size: [32, 48], channels: 3 }}\nbottlenecks:{ROWS}\n{more}\n"
    );
    let defaults = [
        ("stem:", "stem: { k: 3, out: 8, nl: HS, s: 2 }\n"),
        ("last:", "last: { out: 32, nl: HS }\n"),
        ("head:", "head: { pool: avg, hidden: 20, nl: HS, classes: 5 }\n"),
    ];
    let missing = defaults
        .iter()
        .filter(|(key, _)| !more.lines().any(|line| line.starts_with(key)));
    let text: String = std::iter::once(text.as_str())
        .chain(missing.map(|(_, line)| *line))
        .collect();
    mnv3_spec::parse("tiny.yaml", &text).unwrap_or_else(|errors| panic!("{errors}"))
}

fn names(network: &Network) -> Vec<&str> {
    let tensors = network.layers().into_iter().flat_map(|t| t.iter());
    tensors.map(|t: &Tensor| t.name.as_str()).collect()
}

#[test]
fn keys_are_the_files_own_names_in_every_dialect_of_pytorch() {
    for dialect in ["torchvision", "timm", "timm-tf"] {
        let network = network(dialect, "");
        let paths = Paths::of(&network);
        assert!(paths.native, "{dialect}");
        let keys: Vec<String> = tensors::keys(&network, &paths)
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        assert_eq!(keys, names(&network), "{dialect}");
        assert!(!torch(&network).contains("TENSORS"), "{dialect}");
    }
}

#[test]
fn every_layer_of_the_tree_is_put_where_its_key_says() {
    for dialect in ["torchvision", "timm", "timm-tf", "keras", "tf2"] {
        let network = network(dialect, "");
        let text: String = torch(&network).split_whitespace().collect();
        let paths = Paths::of(&network);
        let has = |path: &str, layer: &str| text.contains(&format!("self.put(\"{path}\",{layer}"));
        for block in &paths.blocks {
            assert!(has(&block.path, "Bottleneck("), "{dialect}: {}", block.path);
        }
        let layers = paths.layers();
        let alone = layers
            .iter()
            .flat_map(|(layer, norm)| std::iter::once(layer).chain(norm));
        let inside = |path: &str| paths.blocks.iter().any(|b| path.starts_with(&format!("{}.", b.path)));
        for path in alone.filter(|path| !inside(path)) {
            assert!(has(path, "nn.") || has(path, "PaddedConv("), "{dialect}: {path}");
        }
    }
}

#[test]
fn other_names_have_a_table_with_each_of_them_once() {
    for dialect in ["keras", "tf2"] {
        let network = network(dialect, "");
        let text = torch(&network);
        for name in names(&network) {
            assert_eq!(text.matches(&format!(": \"{name}\",")).count(), 1, "{dialect}: {name}");
        }
        let keys: BTreeSet<String> = tensors::keys(&network, &Paths::of(&network))
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        assert_eq!(keys.len(), names(&network).len(), "{dialect}");
    }
}

#[test]
fn names_that_no_tree_of_modules_can_have_get_a_table_too() {
    let templates = [
        // No level of its own for a bottleneck.
        ("project", "{ conv: \"p{block}\", norm: \"q{block}\" }"),
        // A layer below another layer.
        ("stem", "{ conv: first, norm: first.norm }"),
        // A layer of the stem inside of a bottleneck.
        ("stem", "{ conv: features.1.block.first, norm: first }"),
        // Attributes of every module, and of Bottleneck.
        ("stem", "{ conv: train, norm: norm }"),
        ("last", "{ conv: last.conv, norm: last.normed }"),
        ("last", "{ conv: last._modules, norm: last.norm }"),
        ("last", "{ conv: last..conv, norm: last.norm }"),
    ];
    for (layer, template) in templates {
        let more = format!("conventions: {{ tensors: {{ {layer}: {template} }} }}");
        let network = network("torchvision", &more);
        assert!(!Paths::of(&network).native, "{template}");
        assert!(torch(&network).contains("TENSORS.items()"), "{template}");
    }
    let suffix = network("torchvision", "conventions: { tensors: { suffix: { gamma: .scale } } }");
    assert!(!Paths::of(&suffix).native);
}

#[test]
fn a_bottleneck_stands_at_the_deepest_place_above_its_layers() {
    let paths = Paths::of(&network("timm", ""));
    let block = &paths.blocks[1];
    let two = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
    assert_eq!(block.path, "blocks.1.0");
    let names = LayerPaths {
        expand: Some(two("conv_pw", "bn1")),
        depthwise: two("conv_dw", "bn2"),
        squeeze_excite: None,
        squeeze_norms: [None, None],
        squeeze_last: false,
        project: two("conv_pwl", "bn3"),
        shortcut_depthwise: None,
        shortcut_project: None,
    };
    assert_eq!(block.names, names);
}

#[test]
fn only_uneven_padding_needs_a_class_of_its_own() {
    assert!(!torch(&network("timm", "")).contains("PaddedConv"));
    assert!(torch(&network("timm-tf", "")).contains("PaddedConv(exp, exp, k, s, pad, d, groups=exp, bias=False)"));
}

#[test]
fn a_network_without_squeeze_excite_has_no_code_for_it() {
    let spec = "name: Plain\ndialect: torchvision\ninput: { size: [32, 32], channels: 3 }\n\
                stem: { k: 3, out: 8, nl: RE, s: 2 }\nbottlenecks:\n  - { k: 3, exp: 8, out: 8, se: false, nl: RE, s: 1 }\n\
                last: none\nhead: { pool: avg, hidden: none, classes: 2 }\n";
    let text = torch(&mnv3_spec::parse("plain.yaml", spec).unwrap());
    for word in ["squeeze_excite", "GATE", "HS"] {
        assert!(!text.contains(word), "{word}");
    }
}

/// The lines of `forward` after the blocks.
fn head(text: &str) -> String {
    let forward = text.split("def forward(self, x: Tensor)").last().unwrap();
    let body = forward.split("\n\n").next().unwrap();
    body.lines()
        .skip_while(|line| !line.contains("(2, 3)") && !line.contains("pool"))
        .map(|line| format!("{}\n", line.trim()))
        .collect()
}

#[test]
fn heads_go_from_maps_to_vectors_where_their_layers_change_form() {
    insta::assert_snapshot!(head(&torch(&network("torchvision", ""))), @r#"
    x = x.mean((2, 3))
    x = HS(self.get_submodule("classifier.0")(x))
    x = F.dropout(x, self.dropout, self.training)
    return self.get_submodule("classifier.3")(x)
    "#);
    insta::assert_snapshot!(head(&torch(&network("timm", ""))), @r#"
    x = x.mean((2, 3), keepdim=True)
    x = HS(self.get_submodule("conv_head")(x))
    x = F.dropout(x, self.dropout, self.training)
    return self.get_submodule("classifier")(x.flatten(1))
    "#);
    insta::assert_snapshot!(head(&torch(&network("keras", ""))), @r#"
    x = x.mean((2, 3), keepdim=True)
    x = HS(self.get_submodule("hidden")(x))
    x = F.dropout(x, self.dropout, self.training)
    return self.get_submodule("classes")(x).flatten(1)
    "#);
    let mixed = network(
        "keras",
        "conventions: { hidden_layer: linear }\nhead: { pool: [{ kind: max, k: [3, 2], s: 2 }, max], hidden: 20, nl: HS, classes: 5 }",
    );
    insta::assert_snapshot!(head(&torch(&mixed)), @r#"
    x = F.max_pool2d(x, (3, 2), 2)  # 32 x 3 x 6
    x = x.amax((2, 3))
    x = HS(self.get_submodule("hidden")(x))
    x = F.dropout(x, self.dropout, self.training)
    return self.get_submodule("classes")(x[:, :, None, None]).flatten(1)
    "#);
}

#[test]
fn a_tapped_expand_output_is_computed_once() {
    let text = torch(&network("torchvision", "taps: { wide: 2.expand }"));
    let lines = text
        .lines()
        .skip_while(|line| !line.contains("def forward(self, x: Tensor) -> tuple"));
    let lines: Vec<&str> = lines.take(6).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        maps: dict[str, Tensor] = {}
        x = HS(self.normed("features.0.0", "features.0.1", x))  # 8 x 16 x 24
        x = self.get_submodule("features.1.block")(x)  # 8 x 8 x 12
        y = maps["wide"] = self.get_submodule("features.2.block").expanded(x)  # 24 x 8 x 12
        x = self.get_submodule("features.2.block")(x, y)  # 16 x 8 x 12
    "#);
}

#[test]
fn what_forward_gives_follows_from_head_and_taps() {
    let signature = |more: &str| {
        let text = torch(&network("torchvision", more));
        text.lines()
            .find(|line| line.contains("def predict"))
            .unwrap()
            .trim()
            .to_owned()
    };
    assert_eq!(signature(""), "def predict(self, x: Tensor) -> Tensor:");
    assert_eq!(
        signature("taps: { c3: 2 }"),
        "def predict(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:"
    );
    assert_eq!(
        signature("head: none"),
        "def predict(self, x: Tensor) -> dict[str, Tensor]:"
    );
}

#[test]
fn a_name_that_means_something_in_python_is_not_the_classs_name() {
    for name in ["None", "Bottleneck", "HS"] {
        let mut network = network("torchvision", "");
        network.name = name.to_owned();
        assert!(
            torch(&network).contains(&format!("class {name}Network(Layers):")),
            "{name}"
        );
    }
}

#[test]
fn a_path_cannot_end_a_docstring_or_a_comment() {
    let mut network = network("torchvision", "");
    network.file = "a\"\"\"\\b.yaml".to_owned();
    network.stem.source.file = "a\nimport os".to_owned();
    let text = torch(&network);
    assert!(text.contains("from a\\\"\\\"\\\"\\\\b.yaml,"), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("import os")), "{text}");
}

/// Keyword arguments that a call of `PaddedConv` leaves out have a default: the stem's stride, where it is 1.
#[test]
fn padded_convolutions_are_called_with_all_that_has_no_default() {
    let network = network("timm-tf", "stem: { k: 3, out: 8, nl: HS, s: 1 }");
    let text = torch(&network);
    let stem = text.lines().find(|line| line.contains("PaddedConv(3, 8, 3")).unwrap();
    assert!(!stem.contains("stride="), "{stem}");
    let signature = text
        .lines()
        .find(|line| line.contains("def __init__(self, incoming, out, k"))
        .unwrap();
    let required = signature
        .split(", ")
        .take_while(|argument| !argument.contains('='))
        .count();
    assert_eq!(required, "self, incoming, out, k".split(", ").count(), "{signature}");
}
