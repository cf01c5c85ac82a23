//! Dialects: the conventions that tables leave unsaid, as YAML data.
//!
//! A built-in dialect is a file in `dialects/`; `conventions` in a spec is laid over it, key by key.

use crate::error::{Errors, Span, nearest};
use crate::extends::merge;
use crate::limits::{DIVISOR, KERNEL, SHARE};
use crate::network::{Act, Layout, Naming};
use crate::nl::RELUS;
use crate::read::{Fields, described, pair};
use crate::short::short;
use crate::templates::{TensorNames, tensors};
use crate::tree::{self, Node, Value};
use std::ops::RangeInclusive;

/// Name and text of the built-in dialects.
const BUILT_IN: &[(&str, &str)] = &[
    ("torchvision", include_str!("../dialects/torchvision.yaml")),
    ("timm", include_str!("../dialects/timm.yaml")),
    ("timm-tf", include_str!("../dialects/timm-tf.yaml")),
    ("keras", include_str!("../dialects/keras.yaml")),
    ("tf2", include_str!("../dialects/tf2.yaml")),
    ("paddle", include_str!("../dialects/paddle.yaml")),
    ("paddle-ocr", include_str!("../dialects/paddle-ocr.yaml")),
    ("d-li14", include_str!("../dialects/d-li14.yaml")),
    ("xiaolai", include_str!("../dialects/xiaolai.yaml")),
];

/// Names of the built-in dialects.
#[must_use]
pub fn built_in() -> Vec<&'static str> {
    BUILT_IN.iter().map(|(name, _)| *name).collect()
}

/// Where a strided window lies on its map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PaddingRule {
    /// `(k - 1) / 2 * dilation` on every side (PyTorch).
    Symmetric,
    /// As many as `ceil(size / stride)` outputs need, the odd one below and right (TensorFlow).
    Same,
}

/// How the squeeze width is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Down.
    Floor,
    /// To a multiple, as [`crate::multiplier::make_divisible`].
    Multiple(usize),
}

/// Whether a layer on channels is stored as a 1x1 convolution or as a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoredAs {
    Conv,
    Linear,
}

/// How a width multiplier acts on a number of channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scaling {
    /// Multiplied and rounded by itself.
    Own,
    /// The ratio to the channels before it is kept.
    Ratio,
    /// Never changed.
    Fixed,
    /// Multiplied above 1 only.
    Above1,
    /// Multiplied from 0.75 on; below, never changed.
    From075,
}

/// Where squeeze-excite stands in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SqueezePlace {
    AfterNl,
    /// In blocks with an expanding convolution; in others as [`AfterNl`](Self::AfterNl).
    BeforeNl,
    AfterProject,
}

/// How inputs are added that do not fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShortcutRule {
    /// Kernel of the depthwise convolution; without one, only where the stride is 1.
    pub(crate) k: Option<[usize; 2]>,
    /// Whether the 1x1 convolution after it has a bias.
    pub(crate) bias: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Widths {
    pub(crate) divisor: usize,
    pub(crate) stem: Scaling,
    pub(crate) exp: Scaling,
    pub(crate) last: Scaling,
    pub(crate) hidden: Scaling,
}

#[derive(Clone, Debug)]
pub(crate) struct Dialect {
    pub(crate) name: String,
    pub(crate) padding: PaddingRule,
    pub(crate) bn_epsilon: f64,
    pub(crate) conv_bias: bool,
    pub(crate) re: Act,
    pub(crate) hs: Act,
    /// The gate of squeeze-excite, where it is hard.
    pub(crate) gate: Act,
    /// Whether that gate is a sigmoid, and not hard.
    pub(crate) gate_is_sigmoid: bool,
    pub(crate) squeeze_ratio: f64,
    pub(crate) squeeze_rounding: Rounding,
    /// Whether the layers of squeeze-excite have their row's non-linearity between them, and not relu.
    pub(crate) squeeze_by_row: bool,
    pub(crate) squeeze_place: SqueezePlace,
    pub(crate) squeeze_bias: bool,
    pub(crate) shortcut: Option<ShortcutRule>,
    /// Whether a block ends in its row's non-linearity.
    pub(crate) ends_in_nl: bool,
    pub(crate) hidden_bias: bool,
    /// What the hidden layer's output is multiplied by.
    pub(crate) hidden_scale: f64,
    pub(crate) expand_when_equal: bool,
    pub(crate) layout: Layout,
    /// Of matrices, which have no height and width.
    pub(crate) matrix_layout: Layout,
    pub(crate) naming: Naming,
    pub(crate) squeeze_layers: StoredAs,
    pub(crate) hidden_layer: StoredAs,
    pub(crate) classes_layer: StoredAs,
    pub(crate) widths: Widths,
    /// Whether the dialect has a rule for the depth multiplier: timm's.
    pub(crate) depth: bool,
    pub(crate) tensors: TensorNames,
    /// Where a spec changes them.
    pub(crate) own_tensors: Option<Span>,
    /// Where the spec says `naming` itself.
    pub(crate) own_naming: Option<Span>,
    /// As it is written, for the reader of it.
    pub(crate) preprocess: Option<Node>,
}

pub(crate) const PADDINGS: &[(&str, PaddingRule)] =
    &[("symmetric", PaddingRule::Symmetric), ("same", PaddingRule::Same)];
pub(crate) const SQUEEZE_NLS: &[(&str, bool)] = &[("relu", false), ("row", true)];
pub(crate) const SQUEEZE_PLACES: &[(&str, SqueezePlace)] = &[
    ("after-nl", SqueezePlace::AfterNl),
    ("before-nl", SqueezePlace::BeforeNl),
    ("after-project", SqueezePlace::AfterProject),
];
pub(crate) const BLOCK_NLS: &[(&str, bool)] = &[("none", false), ("row", true)];
pub(crate) const GATES: &[(&str, bool)] = &[("hard_sigmoid", false), ("sigmoid", true)];
pub(crate) const LAYOUTS: &[(&str, Layout)] = &[("oihw", Layout::Oihw), ("hwio", Layout::Hwio)];
pub(crate) const MATRIX_LAYOUTS: &[(&str, Layout)] = &[("oi", Layout::Oihw), ("io", Layout::Hwio)];
pub(crate) const NAMINGS: &[(&str, Naming)] = &[("exact", Naming::Exact), ("keras-automatic", Naming::KerasAutomatic)];
pub(crate) const FORMS: &[(&str, StoredAs)] = &[("conv", StoredAs::Conv), ("linear", StoredAs::Linear)];
pub(crate) const DEPTHS: &[(&str, bool)] = &[("none", false), ("stages", true)];
pub(crate) const SCALINGS: &[(&str, Scaling)] = &[
    ("own", Scaling::Own),
    ("ratio", Scaling::Ratio),
    ("fixed", Scaling::Fixed),
    ("above-1", Scaling::Above1),
    ("from-0.75", Scaling::From075),
];
/// Ratio of the squeeze width to the expanded channels.
pub(crate) const SQUEEZE_RATIO: RangeInclusive<f64> = 0.001..=1.0;
pub(crate) const SQUEEZE: &[&str] = &["ratio", "round", "nl", "gate", "place", "bias"];
pub(crate) const SHORTCUT: &[&str] = &["k", "bias"];
pub(crate) const HARD: &[&str] = &["slope", "offset"];
pub(crate) const WIDTHS: &[&str] = &["divisor", "stem", "exp", "last", "hidden"];
/// The keys of a dialect.
pub(crate) const KEYS: &[&str] = &[
    "padding",
    "bn_epsilon",
    "conv_bias",
    "RE",
    "hard_sigmoid",
    "hard_swish",
    "squeeze",
    "shortcut",
    "block_nl",
    "expand_when_equal",
    "layout",
    "matrix_layout",
    "naming",
    "squeeze_layers",
    "hidden_layer",
    "hidden_bias",
    "hidden_scale",
    "classes_layer",
    "width",
    "depth",
    "tensors",
    "preprocess",
];

impl Dialect {
    /// The spec's dialect with its conventions laid over.
    pub(crate) fn of(spec: &Fields<'_>, errors: &mut Errors) -> Option<Self> {
        let name = spec.text("dialect", "torchvision", errors);
        let conventions = spec.optional("conventions");
        let (own_tensors, own_naming) = match conventions {
            // Unknown keys are reported at their own place, before they are merged.
            Some(node) => {
                let own = Fields::of(node, "conventions", KEYS, errors)?;
                (own.optional("tensors"), own.optional("naming"))
            }
            None => (None, None),
        };
        let name = name?;
        let Some(tree) = tree_of(&name.value, errors) else {
            let names = built_in();
            let help = match nearest(&name.value, &names) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("write one of {}", names.join(", ")),
            };
            errors.push(name.span, format!("there is no dialect `{}`", short(&name.value)), help);
            return None;
        };
        let tree = match conventions {
            Some(node) => merge(tree, node.clone(), errors),
            None => tree,
        };
        let dialect = Self::read(name.value, &tree, errors)?;
        Some(Self {
            own_tensors: own_tensors.map(|node| node.span),
            own_naming: own_naming.map(|node| node.span),
            ..dialect
        })
    }

    fn read(name: String, tree: &Node, errors: &mut Errors) -> Option<Self> {
        let f = Fields::of(tree, "conventions", KEYS, errors)?;
        let padding = f.choice("padding", PADDINGS, errors);
        let bn_epsilon = f.real("bn_epsilon", SHARE, errors);
        let conv_bias = f.flag("conv_bias", errors);
        let re = f.choice("RE", RELUS, errors);
        let gate = hard(&f, "hard_sigmoid", errors);
        let hs = hard(&f, "hard_swish", errors);
        let squeeze = f
            .required("squeeze", "{ ratio: 1/4, round: 8 }", errors)
            .and_then(|node| Fields::of(node, "squeeze", SQUEEZE, errors))
            .map(|s| {
                let by_row = s.choice_or_first("nl", SQUEEZE_NLS, errors);
                let sigmoid = s.choice_or_first("gate", GATES, errors);
                let place = s.choice_or_first("place", SQUEEZE_PLACES, errors);
                let bias = s.flag_or("bias", true, errors);
                (
                    s.real("ratio", SQUEEZE_RATIO, errors),
                    rounding(&s, errors),
                    by_row,
                    sigmoid,
                    (place, bias),
                )
            });
        let shortcut = shortcut(&f, errors);
        let ends_in_nl = f.choice_or_first("block_nl", BLOCK_NLS, errors);
        let expand_when_equal = f.flag("expand_when_equal", errors);
        let layout = f.choice("layout", LAYOUTS, errors);
        let matrix_layout = match f.optional("matrix_layout") {
            Some(_) => f.choice("matrix_layout", MATRIX_LAYOUTS, errors),
            None => layout.clone(),
        };
        let naming = f.choice("naming", NAMINGS, errors);
        let squeeze_layers = f.choice("squeeze_layers", FORMS, errors);
        let hidden_layer = f.choice("hidden_layer", FORMS, errors);
        let hidden_bias = f.flag_or("hidden_bias", true, errors);
        let hidden_scale = match f.optional("hidden_scale") {
            Some(_) => f.real("hidden_scale", SHARE, errors),
            None => Some(1.0),
        };
        let classes_layer = f.choice("classes_layer", FORMS, errors);
        let widths = f
            .required("width", "a table", errors)
            .and_then(|node| widths(node, errors));
        let depth = f.choice("depth", DEPTHS, errors);
        let tensors = f
            .required("tensors", "a table", errors)
            .and_then(|node| tensors(node, errors));
        let (squeeze_ratio, squeeze_rounding, squeeze_by_row, gate_is_sigmoid, (place, bias)) = squeeze?;
        let (gate_slope, gate_offset) = gate?;
        let (slope, offset) = hs?;
        Some(Self {
            name,
            padding: padding?.value,
            bn_epsilon: bn_epsilon?,
            conv_bias: conv_bias?,
            re: re?.value,
            hs: Act::HardSwish { slope, offset },
            gate: Act::HardSigmoid {
                slope: gate_slope,
                offset: gate_offset,
            },
            gate_is_sigmoid: gate_is_sigmoid?,
            squeeze_ratio: squeeze_ratio?,
            squeeze_rounding: squeeze_rounding?,
            squeeze_by_row: squeeze_by_row?,
            squeeze_place: place?,
            squeeze_bias: bias?,
            shortcut: shortcut?,
            ends_in_nl: ends_in_nl?,
            hidden_bias: hidden_bias?,
            hidden_scale: hidden_scale?,
            expand_when_equal: expand_when_equal?,
            layout: layout?.value,
            matrix_layout: matrix_layout?.value,
            naming: naming?.value,
            squeeze_layers: squeeze_layers?.value,
            hidden_layer: hidden_layer?.value,
            classes_layer: classes_layer?.value,
            widths: widths?,
            depth: depth?.value,
            tensors: tensors?,
            own_tensors: None,
            own_naming: None,
            preprocess: f.optional("preprocess").cloned(),
        })
    }
}

/// The tree of a built-in dialect; one may start from another with `extends: name`.
fn tree_of(name: &str, errors: &mut Errors) -> Option<Node> {
    let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
    let file = errors.add_source(&format!("dialect {name}"), text);
    let mut tree = tree::parse(file, text).ok()?;
    let Value::Table(entries) = &mut tree.value else {
        return None;
    };
    let Some(at) = entries.iter().position(|(key, _)| key.name == "extends") else {
        return Some(tree);
    };
    let (_, base) = entries.remove(at);
    let Value::Text(base) = base.value else { return None };
    Some(merge(tree_of(&base, errors)?, tree, errors))
}

/// `none`, or how an input is convolved that does not fit.
fn shortcut(f: &Fields<'_>, errors: &mut Errors) -> Option<Option<ShortcutRule>> {
    let Some(node) = f.optional("shortcut").filter(|node| !node.is_none()) else {
        return Some(None);
    };
    let fields = Fields::of(node, "shortcut", SHORTCUT, errors)?;
    let k = fields.required("k", "3", errors).and_then(|node| match node.is_none() {
        true => Some(None),
        false => pair(node, "k of shortcut", KERNEL, errors).map(|k| Some(k.value)),
    });
    let bias = fields.flag_or("bias", false, errors);
    Some(Some(ShortcutRule { k: k?, bias: bias? }))
}

fn hard(f: &Fields<'_>, name: &str, errors: &mut Errors) -> Option<(f32, f32)> {
    let node = f.required(name, "{ slope: 1/6, offset: 0.5 }", errors)?;
    let fields = Fields::of(node, name, HARD, errors)?;
    let slope = fields.real("slope", SHARE, errors);
    let offset = fields.real("offset", SHARE, errors);
    Some((slope? as f32, offset? as f32))
}

fn rounding(squeeze: &Fields<'_>, errors: &mut Errors) -> Option<Rounding> {
    let node = squeeze.required("round", "8", errors)?;
    let multiple = match &node.value {
        Value::Text(text) if text == "floor" => return Some(Rounding::Floor),
        Value::Int(n) => usize::try_from(*n).ok().filter(|n| DIVISOR.contains(n)),
        _ => None,
    };
    if multiple.is_none() {
        let message = format!("{} is {}", squeeze.label("round"), described(node, errors));
        let help = format!(
            "write floor, or a whole number from {} to {}",
            DIVISOR.start(),
            DIVISOR.end()
        );
        errors.push(node.span, message, help);
    }
    multiple.map(Rounding::Multiple)
}

fn widths(node: &Node, errors: &mut Errors) -> Option<Widths> {
    let f = Fields::of(node, "width", WIDTHS, errors)?;
    let divisor = f.count("divisor", "8", DIVISOR, errors);
    let [stem, exp, last, hidden] = ["stem", "exp", "last", "hidden"].map(|name| f.choice(name, SCALINGS, errors));
    Some(Widths {
        divisor: divisor?.value,
        stem: stem?.value,
        exp: exp?.value,
        last: last?.value,
        hidden: hidden?.value,
    })
}
