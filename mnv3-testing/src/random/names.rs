//! Names of tensors: templates of several styles, each of which tells all layers apart whatever the others are.

use super::dice::Dice;
use super::tree::{Tree, table, word};

/// One template for each layer of a network. A block's are made by putting the layer's name in the place of `*`.
struct Style {
    block: &'static str,
    other: &'static str,
    last: &'static str,
}

const STYLES: [Style; 6] = [
    Style {
        block: "blocks.{block0}.*",
        other: "*",
        last: "last.{part}.*",
    },
    Style {
        block: "stages.{stage}.{index}.*",
        other: "net.*",
        last: "stages.{stages}.{part}.*",
    },
    Style {
        block: "features.{block}.*.{part}",
        other: "features.0.*",
        last: "features.{after}.*",
    },
    Style {
        block: "expanded_conv{_block0}_*",
        other: "top_*",
        last: "top{_n}_*",
    },
    Style {
        block: "conv{block2}_*",
        other: "conv1_*",
        last: "conv_last_{part}_*",
    },
    // By order alone.
    Style {
        block: "*{_n}",
        other: "*{_n}",
        last: "*{_n}",
    },
];

/// Adds `naming` and `tensors` to conventions; whether they name the convolutions after the blocks, and several hidden layers. Names
/// that Keras gives have a slash, which the suffix brings.
pub(super) fn names(dice: &mut Dice, dialect: &str, keys: &mut Vec<(&str, Tree)>) -> (bool, bool) {
    let automatic = dialect == "tf2";
    if !dice.percent(30) {
        if automatic && dice.percent(20) {
            keys.push(("naming", word("exact")));
        }
        return (false, false);
    }
    let style = dice.one(&[0, 1, 2, 3, 4, 5]);
    let style = &STYLES[style];
    let suffix = suffix(dice);
    let slashes = matches!(&suffix, Tree::Table(entries) if entries[0].1 == word("/kernel"));
    if automatic || dice.percent(30) {
        keys.push(("naming", word(if slashes { "keras-automatic" } else { "exact" })));
    }
    let tensors = tensors(dice, style, suffix);
    let named = |key: &str, of: &dyn Fn(&Tree) -> bool| matches!(&tensors, Tree::Table(entries) if entries.iter().any(|(found, value)| found == key && of(value)));
    let named = (
        named("last", &|_| true),
        named("hidden", &|hidden| matches!(hidden, Tree::List(_))),
    );
    keys.push(("tensors", tensors));
    named
}

fn tensors(dice: &mut Dice, style: &Style, suffix: Tree) -> Tree {
    let both = |template: &str, layer: &str| {
        let conv = ("conv", word(template.replace('*', &format!("{layer}_conv"))));
        let norm = ("norm", word(template.replace('*', &format!("{layer}_bn"))));
        table([conv, norm])
    };
    let one = |template: &str, layer: &str| word(template.replace('*', layer));
    let mut maybe = |template: &str, layer: &str| match dice.percent(25) {
        true => both(template, layer),
        false => one(template, layer),
    };
    let hidden = match maybe(style.other, "hidden") {
        Tree::Table(_) => Tree::List((1..=3).map(|i| maybe(style.other, &format!("hidden{i}"))).collect()),
        _ => maybe(style.other, "hidden"),
    };
    let [reduce, excite] = ["reduce", "excite"].map(|layer| maybe(style.block, layer));
    let [alone_reduce, alone_excite] = ["alone_reduce", "alone_excite"].map(|layer| maybe(style.block, layer));
    let shortcut = ["depthwise", "project", "project_alone"];
    let shortcut = shortcut.map(|key| (key, both(style.block, &format!("shortcut_{key}"))));
    let mut keys = vec![
        ("stem", both(style.other, "stem")),
        ("expand", both(style.block, "expand")),
        ("depthwise", both(style.block, "depthwise")),
        ("project", both(style.block, "project")),
        ("reduce", reduce),
        ("excite", excite),
        ("shortcut", table(shortcut)),
        ("last", both(style.last, "last")),
        ("hidden", hidden),
        ("classes", one(style.other, "classes")),
        ("classes_alone", one(style.other, "classes")),
    ];
    let segment = [
        ("hidden", both(style.other, "segment_hidden")),
        ("gate", one(style.other, "segment_gate")),
        ("low", one(style.other, "segment_low")),
        ("high", one(style.other, "segment_high")),
        ("decoder", word("decode.{block}.{part}")),
        ("classes", word("pixels")),
    ];
    keys.push(("segment", table(segment)));
    // Where nothing is said of blocks without expansion, timm's own names stay, which others may have as well.
    let mut alone = vec![
        ("depthwise", both(style.block, "alone_depthwise")),
        ("project", both(style.block, "alone_project")),
    ];
    if dice.percent(50) {
        alone.push(("reduce", alone_reduce));
        alone.push(("excite", alone_excite));
    }
    keys.push(("without_expand", table(alone)));
    if dice.percent(50) {
        keys.retain(|_| dice.percent(60));
    }
    keys.push(("suffix", suffix));
    table(keys)
}

fn suffix(dice: &mut Dice) -> Tree {
    let keys = ["kernel", "depthwise", "bias", "gamma", "beta", "mean", "variance"];
    let suffixes = dice.one(&[
        [".weight", ".weight", ".bias", ".gamma", ".beta", ".mean", ".var"],
        [
            "/kernel",
            "/depthwise_kernel",
            "/bias",
            "/gamma",
            "/beta",
            "/moving_mean",
            "/moving_variance",
        ],
    ]);
    table(keys.into_iter().zip(suffixes.map(word)))
}
