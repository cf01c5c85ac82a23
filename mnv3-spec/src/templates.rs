//! The templates by which a dialect names tensors.

use crate::error::Errors;
use crate::limits::HIDDENS;
use crate::names::misplaced;
use crate::read::{Fields, described, text};
use crate::short::short;
use crate::tree::{Key, Node, Value};

/// Templates of one convolution and the norm after it.
#[derive(Clone, Debug)]
pub(crate) struct LayerNames {
    pub(crate) conv: String,
    pub(crate) norm: String,
}

/// Templates of a layer on channels, and of the norm after it where there is one.
#[derive(Clone, Debug)]
pub(crate) struct DenseNames {
    pub(crate) layer: String,
    pub(crate) norm: Option<String>,
}

/// Of what is added to a block whose input does not fit.
#[derive(Clone, Debug)]
pub(crate) struct ShortcutNames {
    pub(crate) depthwise: LayerNames,
    pub(crate) project: LayerNames,
    /// Of one without a depthwise convolution.
    pub(crate) project_alone: LayerNames,
}

#[derive(Clone, Debug)]
pub(crate) struct TensorNames {
    pub(crate) stem: LayerNames,
    pub(crate) expand: LayerNames,
    pub(crate) depthwise: LayerNames,
    pub(crate) reduce: DenseNames,
    pub(crate) excite: DenseNames,
    pub(crate) project: LayerNames,
    /// Those of a block that has no expand convolution.
    pub(crate) without_expand: WithoutExpand,
    pub(crate) shortcut: ShortcutNames,
    pub(crate) last: LayerNames,
    /// Of one hidden layer after the other.
    pub(crate) hidden: Vec<DenseNames>,
    pub(crate) classes: String,
    /// Of a head without hidden layer.
    pub(crate) classes_alone: String,
    pub(crate) segment: SegmentNames,
    pub(crate) detect: DetectNames,
    /// What is put in the place of names, or of how they begin: the first that fits.
    pub(crate) renames: Vec<(String, String)>,
    pub(crate) suffix: Suffixes,
}

/// Names in a block that has no expand convolution.
#[derive(Clone, Debug)]
pub(crate) struct WithoutExpand {
    pub(crate) depthwise: LayerNames,
    pub(crate) reduce: DenseNames,
    pub(crate) excite: DenseNames,
    pub(crate) project: LayerNames,
}

/// Of a head that segments.
#[derive(Clone, Debug)]
pub(crate) struct SegmentNames {
    pub(crate) hidden: LayerNames,
    pub(crate) gate: String,
    pub(crate) low: String,
    pub(crate) high: String,
    /// Of the layers of a stage, by `{block}` and `{part}`.
    pub(crate) decoder: String,
    /// Of the scores after a decoder.
    pub(crate) classes: String,
}

/// Templates of a head that detects; the number of a map, or of a row of extras, is that of a block.
#[derive(Clone, Debug)]
pub(crate) struct DetectNames {
    pub(crate) extra: LayerNames,
    pub(crate) logits: PredictorNames,
    pub(crate) offsets: PredictorNames,
}

#[derive(Clone, Debug)]
pub(crate) struct PredictorNames {
    pub(crate) depthwise: LayerNames,
    pub(crate) predict: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Suffixes {
    pub(crate) kernel: String,
    pub(crate) depthwise: String,
    pub(crate) bias: String,
    pub(crate) gamma: String,
    pub(crate) beta: String,
    pub(crate) mean: String,
    pub(crate) variance: String,
}

pub(crate) const TENSORS: &[&str] = &[
    "stem",
    "expand",
    "depthwise",
    "reduce",
    "excite",
    "project",
    "without_expand",
    "shortcut",
    "last",
    "hidden",
    "classes",
    "classes_alone",
    "segment",
    "detect",
    "renames",
    "suffix",
];
pub(crate) const DETECT_NAMES: &[&str] = &["extra", "logits_depthwise", "logits", "offsets_depthwise", "offsets"];
pub(crate) const SEGMENT: &[&str] = &["hidden", "gate", "low", "high", "decoder", "classes"];
pub(crate) const SUFFIXES: &[&str] = &["kernel", "depthwise", "bias", "gamma", "beta", "mean", "variance"];

pub(crate) const WITHOUT_EXPAND: &[&str] = &["depthwise", "reduce", "excite", "project"];
pub(crate) const SHORTCUT_NAMES: &[&str] = &["depthwise", "project", "project_alone"];
pub(crate) const LAYER: &[&str] = &["conv", "norm"];

/// Reads the table `tensors` of a dialect.
pub(crate) fn tensors(node: &Node, errors: &mut Errors) -> Option<TensorNames> {
    let f = Fields::of(node, "tensors", TENSORS, errors)?;
    let alone = f
        .optional("without_expand")
        .map(|node| Fields::of(node, "without_expand", WITHOUT_EXPAND, errors));
    let alone = match alone {
        Some(fields) => Some(fields?),
        None => None,
    };
    let alone = alone.as_ref().unwrap_or(&f);
    let [alone_depthwise, alone_project] = ["depthwise", "project"].map(|name| layer(alone, name, errors));
    // Squeeze-excite is mostly called the same in all blocks.
    let [alone_reduce, alone_excite] = ["reduce", "excite"].map(|name| {
        let own = alone.optional(name).map(|_| dense(alone, name, errors));
        own.unwrap_or_else(|| dense(&f, name, errors))
    });
    let [stem, expand, depthwise, project, last] =
        ["stem", "expand", "depthwise", "project", "last"].map(|name| layer(&f, name, errors));
    let [reduce, excite] = ["reduce", "excite"].map(|name| dense(&f, name, errors));
    let [classes, classes_alone] = ["classes", "classes_alone"].map(|name| template(&f, name, errors));
    let hidden = hidden(&f, errors);
    let shortcut = f
        .optional("shortcut")
        .map_or_else(|| Some(ShortcutNames::usual()), |node| shortcut(node, errors));
    let segment = f
        .required("segment", "a table", errors)
        .and_then(|node| segment(node, errors));
    let detect = f
        .optional("detect")
        .map_or_else(|| Some(DetectNames::torchvision()), |node| detect(node, errors));
    let renames = f
        .optional("renames")
        .map_or_else(|| Some(Vec::new()), |node| renames(node, errors));
    let suffix = f
        .required("suffix", "a table", errors)
        .and_then(|n| Fields::of(n, "suffix", SUFFIXES, errors))?;
    let suffixes = ["kernel", "depthwise", "bias", "gamma", "beta", "mean", "variance"];
    let [kernel, depthwise_kernel, bias, gamma, beta, mean, variance] =
        suffixes.map(|name| template(&suffix, name, errors));
    Some(TensorNames {
        stem: stem?,
        expand: expand?,
        depthwise: depthwise?,
        reduce: reduce?,
        excite: excite?,
        project: project?,
        without_expand: WithoutExpand {
            depthwise: alone_depthwise?,
            reduce: alone_reduce?,
            excite: alone_excite?,
            project: alone_project?,
        },
        shortcut: shortcut?,
        last: last?,
        hidden: hidden?,
        classes: classes?,
        classes_alone: classes_alone?,
        segment: segment?,
        detect: detect?,
        renames: renames?,
        suffix: Suffixes {
            kernel: kernel?,
            depthwise: depthwise_kernel?,
            bias: bias?,
            gamma: gamma?,
            beta: beta?,
            mean: mean?,
            variance: variance?,
        },
    })
}

/// A name, or one with that of a batch norm.
fn dense(f: &Fields<'_>, name: &str, errors: &mut Errors) -> Option<DenseNames> {
    let node = f.required(name, "a name", errors)?;
    dense_at(node, &f.label(name), errors)
}

fn dense_at(node: &Node, label: &str, errors: &mut Errors) -> Option<DenseNames> {
    if let Value::Table(_) = &node.value {
        let fields = Fields::of(node, label, LAYER, errors)?;
        let (layer, norm) = (template(&fields, "conv", errors), template(&fields, "norm", errors));
        return Some(DenseNames {
            layer: layer?,
            norm: Some(norm?),
        });
    }
    let layer = template_at(node, label, errors)?;
    Some(DenseNames { layer, norm: None })
}

/// One layer, or a list of them.
fn hidden(f: &Fields<'_>, errors: &mut Errors) -> Option<Vec<DenseNames>> {
    let node = f.required("hidden", "a name", errors)?;
    let label = f.label("hidden");
    match &node.value {
        Value::List(items) if (1..=HIDDENS).contains(&items.len()) => {
            let all: Vec<_> = items.iter().map(|item| dense_at(item, &label, errors)).collect();
            all.into_iter().collect()
        }
        Value::List(items) => {
            let help = format!("write from 1 to {HIDDENS}");
            errors.push(node.span, format!("{label} has {} names", items.len()), help);
            None
        }
        _ => dense_at(node, &label, errors).map(|one| vec![one]),
    }
}

impl ShortcutNames {
    /// Those of a dialect that says nothing of it.
    fn usual() -> Self {
        let layer = |name: &str| LayerNames {
            conv: format!("shortcut.{{block0}}.{name}.conv"),
            norm: format!("shortcut.{{block0}}.{name}.norm"),
        };
        Self {
            depthwise: layer("depthwise"),
            project: layer("project"),
            project_alone: layer("project"),
        }
    }
}

fn shortcut(node: &Node, errors: &mut Errors) -> Option<ShortcutNames> {
    let f = Fields::of(node, "shortcut of tensors", SHORTCUT_NAMES, errors)?;
    let [depthwise, project, project_alone] =
        ["depthwise", "project", "project_alone"].map(|name| layer(&f, name, errors));
    Some(ShortcutNames {
        depthwise: depthwise?,
        project: project?,
        project_alone: project_alone?,
    })
}

fn segment(node: &Node, errors: &mut Errors) -> Option<SegmentNames> {
    let fields = Fields::of(node, "segment of tensors", SEGMENT, errors)?;
    let hidden = layer(&fields, "hidden", errors);
    let [gate, low, high] = ["gate", "low", "high"].map(|name| template(&fields, name, errors));
    let [decoder, classes] = [("decoder", "decoder.{block0}.{part}"), ("classes", "classes")].map(|(name, usual)| {
        let own = fields.optional(name).map(|_| template(&fields, name, errors));
        own.unwrap_or_else(|| Some(usual.to_owned()))
    });
    Some(SegmentNames {
        hidden: hidden?,
        gate: gate?,
        low: low?,
        high: high?,
        decoder: decoder?,
        classes: classes?,
    })
}

impl DetectNames {
    /// Those of torchvision's SSDLite, which dialects have that say nothing of it.
    fn torchvision() -> Self {
        let layer = |name: &str| LayerNames {
            conv: format!("{name}.0"),
            norm: format!("{name}.1"),
        };
        let predictor = |head: &str| PredictorNames {
            depthwise: layer(&format!("head.{head}_head.module_list.{{block0}}.0")),
            predict: format!("head.{head}_head.module_list.{{block0}}.1"),
        };
        Self {
            extra: layer("backbone.extra.{block0}.{part}"),
            logits: predictor("classification"),
            offsets: predictor("regression"),
        }
    }
}

fn detect(node: &Node, errors: &mut Errors) -> Option<DetectNames> {
    let f = Fields::of(node, "detect of tensors", DETECT_NAMES, errors)?;
    let mut names = DetectNames::torchvision();
    let layers = [
        ("extra", &mut names.extra),
        ("logits_depthwise", &mut names.logits.depthwise),
        ("offsets_depthwise", &mut names.offsets.depthwise),
    ];
    for (key, name) in layers {
        if f.optional(key).is_some() {
            *name = layer(&f, key, errors)?;
        }
    }
    for (key, name) in [
        ("logits", &mut names.logits.predict),
        ("offsets", &mut names.offsets.predict),
    ] {
        if f.optional(key).is_some() {
            *name = template(&f, key, errors)?;
        }
    }
    Some(names)
}

/// `{ "features.14.*": "backbone.features.1.1.*" }`: names, or how they begin.
fn renames(node: &Node, errors: &mut Errors) -> Option<Vec<(String, String)>> {
    let Value::Table(entries) = &node.value else {
        let message = format!("renames of tensors is {}, not a table", described(node, errors));
        errors.push(node.span, message, "write { \"features.*\": \"backbone.*\" }");
        return None;
    };
    let rename = |(key, to): &(Key, Node)| match &to.value {
        Value::Text(text) if key.name.ends_with('*') && text.ends_with('*') => Some((
            key.name.trim_end_matches('*').to_owned(),
            text.trim_end_matches('*').to_owned(),
        )),
        _ => {
            let message = format!("`{}` of renames does not say how names begin", short(&key.name));
            errors.push(
                key.span,
                message,
                "write { \"features.*\": \"backbone.*\" }, a star at both ends",
            );
            None
        }
    };
    let renames: Vec<_> = entries.iter().map(rename).collect();
    renames.into_iter().collect()
}

fn layer(f: &Fields<'_>, name: &str, errors: &mut Errors) -> Option<LayerNames> {
    let node = f.required(name, "{ conv: ..., norm: ... }", errors)?;
    let fields = Fields::of(node, &format!("{name} of tensors"), LAYER, errors)?;
    let (conv, norm) = (template(&fields, "conv", errors), template(&fields, "norm", errors));
    Some(LayerNames {
        conv: conv?,
        norm: norm?,
    })
}

fn template(f: &Fields<'_>, name: &str, errors: &mut Errors) -> Option<String> {
    let node = f.required(name, "a name", errors)?;
    template_at(node, &f.label(name), errors)
}

fn template_at(node: &Node, label: &str, errors: &mut Errors) -> Option<String> {
    let text = text(node, label, "a name", errors)?;
    if let Some((message, help)) = misplaced(&text) {
        errors.push(node.span, message, help);
        return None;
    }
    Some(text)
}
