//! Conventions that a spec lays over its dialect's.

use super::dice::Dice;
use super::names;
use super::tree::{Tree, table, word};
use super::window::PaddingConvention;

/// What the rest of a spec depends on.
pub(super) struct Conventions {
    pub(super) tree: Option<Tree>,
    pub(super) padding: PaddingConvention,
    /// Whether there is a rule for the depth multiplier.
    pub(super) depth: bool,
    /// Whether names tell several convolutions after the blocks apart.
    pub(super) many_last: bool,
    /// Whether names are such as heads that detect have: Keras counts other ones.
    pub(super) detects: bool,
    /// Whether inputs are added also where they do not fit.
    pub(super) shortcuts: bool,
    /// Whether names tell several hidden layers apart.
    pub(super) many_hidden: bool,
    /// Whether blocks may run op by op, which nothing does in eight bits.
    pub(super) op_by_op: bool,
}

const SLOPES: [&str; 5] = ["1/6", "0.2", "0.25", "0.5", "1"];
const OFFSETS: [&str; 4] = ["0.5", "0.4", "0.25", "1/3"];

pub(super) fn conventions(dice: &mut Dice, dialect: &str) -> Conventions {
    let mut padding = match dialect {
        "torchvision" | "timm" | "paddle" | "paddle-ocr" | "d-li14" | "xiaolai" => PaddingConvention::Symmetric,
        _ => PaddingConvention::Same,
    };
    let mut depth = dialect.starts_with("timm");
    let mut keys: Vec<(&str, Tree)> = Vec::new();
    if dice.percent(40) {
        return Conventions {
            tree: None,
            padding,
            depth,
            many_last: numbers_last(dialect),
            detects: dialect != "tf2",
            shortcuts: dialect == "xiaolai",
            many_hidden: false,
            op_by_op: matches!(dialect, "d-li14" | "xiaolai"),
        };
    }
    if dice.percent(35) {
        padding = dice.one(&[PaddingConvention::Symmetric, PaddingConvention::Same]);
        let written = match padding {
            PaddingConvention::Symmetric => "symmetric",
            PaddingConvention::Same => "same",
        };
        keys.push(("padding", word(written)));
    }
    let mut either = |dice: &mut Dice, key, values: &[&str]| {
        if dice.percent(25) {
            keys.push((key, word(dice.one(values))));
        }
    };
    either(dice, "bn_epsilon", &["0", "0.00001", "0.001", "1/7", "1"]);
    either(dice, "conv_bias", &["true", "false"]);
    either(dice, "RE", &["relu", "relu6"]);
    either(dice, "expand_when_equal", &["true", "false"]);
    either(dice, "hidden_bias", &["true", "false"]);
    either(dice, "hidden_scale", &["0.8", "1/3", "1", "0"]);
    either(dice, "layout", &["oihw", "hwio"]);
    either(dice, "matrix_layout", &["oi", "io"]);
    for form in ["squeeze_layers", "hidden_layer", "classes_layer"] {
        either(dice, form, &["conv", "linear"]);
    }
    for key in ["hard_sigmoid", "hard_swish"] {
        if dice.percent(30) {
            let slope = ("slope", word(dice.one(&SLOPES)));
            let offset = ("offset", word(dice.one(&OFFSETS)));
            let both = [slope, offset];
            keys.push((key, table(both.into_iter().filter(|_| dice.percent(75)))));
        }
    }
    if dice.percent(30) {
        let ratio = ("ratio", word(dice.one(&["1/4", "0.5", "1", "0.1", "0.001"])));
        let round = ("round", word(dice.one(&["floor", "8", "1", "5", "16"])));
        let nl = ("nl", word(dice.one(&["relu", "row"])));
        let gate = ("gate", word(dice.one(&["hard_sigmoid", "sigmoid"])));
        let place = ("place", word(dice.one(&["after-nl", "before-nl", "after-project"])));
        let bias = ("bias", word(dice.one(&["true", "false"])));
        let all = [ratio, round, nl, gate, place, bias];
        keys.push(("squeeze", table(all.into_iter().filter(|_| dice.percent(70)))));
    }
    if dice.percent(10) {
        keys.push(("block_nl", word(dice.one(&["row", "row", "none"]))));
    }
    if dice.percent(30) {
        keys.push(("width", widths(dice)));
    }
    if dice.percent(10) {
        depth = dice.percent(50);
        keys.push(("depth", word(if depth { "stages" } else { "none" })));
    }
    if dice.percent(10) {
        keys.push(("preprocess", preprocess(dice, 1, false)));
    }
    let (names_last, many_hidden) = names::names(dice, dialect, &mut keys);
    let automatic = keys.iter().any(|(_, value)| *value == word("keras-automatic"));
    let named = keys.iter().any(|(key, _)| *key == "tensors");
    if !named && dice.percent(30) {
        keys.push(("tensors", detect_names()));
    }
    // Keras counts layers of a kind, in an order of its own.
    let mut shortcuts = dialect == "xiaolai";
    if dialect != "tf2" && !automatic && dice.percent(15) {
        let written = shortcut(dice);
        shortcuts = written != word("none");
        keys.push(("shortcut", written));
    }
    let unfused = |key: &str| keys.iter().any(|(found, _)| *found == key);
    let op_by_op = shortcuts || dialect == "d-li14" || unfused("squeeze") || unfused("block_nl");
    Conventions {
        shortcuts,
        many_hidden,
        op_by_op,
        detects: dialect != "tf2" && !automatic,
        tree: Some(table(keys)).filter(|tree| *tree != Tree::Table(Vec::new())),
        padding,
        depth,
        many_last: names_last || numbers_last(dialect),
    }
}

/// What is added to a block whose input does not fit.
fn shortcut(dice: &mut Dice) -> Tree {
    if dice.percent(10) {
        return word("none");
    }
    let k = ("k", word(dice.one(&["1", "3", "3", "5", "none"])));
    let bias = ("bias", word(dice.one(&["true", "false"])));
    table(std::iter::once(k).chain(dice.percent(60).then_some(bias)))
}

/// Names of a head that detects, and what other names begin with.
fn detect_names() -> Tree {
    let layer = |name: &str| {
        table([
            ("conv", word(format_args!("{name}.conv"))),
            ("norm", word(format_args!("{name}.bn"))),
        ])
    };
    let names = table([
        ("extra", layer("extras.{block}.{part}")),
        ("logits_depthwise", layer("logits.{block}.depthwise")),
        ("logits", word("logits.{block}.predict")),
        ("offsets_depthwise", layer("offsets.{block}.depthwise")),
        ("offsets", word("offsets.{block}.predict")),
    ]);
    table([
        ("detect", names),
        ("renames", table([("features.*", word("backbone.*"))])),
    ])
}

/// Whether a dialect's names tell several convolutions after the blocks apart.
fn numbers_last(dialect: &str) -> bool {
    !matches!(dialect, "keras" | "paddle" | "paddle-ocr" | "d-li14" | "xiaolai")
}

/// Rules of the width multiplier, also where there is none.
fn widths(dice: &mut Dice) -> Tree {
    let divisor = ("divisor", word(dice.one(&[1, 1, 3, 4, 8, 16])));
    // What the others are is free; `exp` must not fall under what comes in, so it mostly follows that.
    let rules = ["own", "ratio", "fixed", "above-1", "from-0.75"];
    let exp = ("exp", word(dice.one(&["ratio", "ratio", "ratio", "own"])));
    let [stem, last, hidden] = ["stem", "last", "hidden"].map(|key| (key, word(dice.one(&rules))));
    let all = [divisor, stem, exp, last, hidden];
    table(all.into_iter().filter(|_| dice.percent(70)))
}

/// How images become input; no run depends on it. A head that finds things sees the whole picture.
pub(super) fn preprocess(dice: &mut Dice, channels: usize, finds: bool) -> Tree {
    if dice.percent(20) {
        return word("none");
    }
    let numbers = |dice: &mut Dice, of: &[&str]| match dice.percent(50) {
        true => word(dice.one(of)),
        false => Tree::List((0..channels).map(|_| word(dice.one(of))).collect()),
    };
    let fits = ["stretch", "pad", "crop", "line"];
    let fit = dice.one(if finds { &fits[..2] } else { &fits });
    let mut keys = vec![("fit", word(fit))];
    if fit == "crop" {
        keys.push(("crop", word(dice.one(&["7/8", "0.9", "1", "224/256"]))));
    }
    if fit == "line" {
        keys.push(("windows", word(dice.one(&["1", "8", "64", "none"]))));
    }
    if fit == "pad" {
        keys.push(("place", word(dice.one(&["center", "upper-left"]))));
        keys.push(("fill", numbers(dice, &["114/255", "0.5", "0"])));
    } else if dice.percent(10) {
        keys.push(("fill", word("mean")));
    }
    if channels == 3 && dice.percent(30) {
        keys.push(("order", word(dice.one(&["rgb", "bgr"]))));
    }
    keys.push((
        "filter",
        word(dice.one(&["nearest", "bilinear", "bicubic", "bilinear-sampled"])),
    ));
    keys.push(("mean", numbers(dice, &["0.485", "0.5", "0", "-1"])));
    keys.push(("std", numbers(dice, &["0.229", "0.5", "1/255"])));
    table(keys)
}
