//! The templates by which a dialect names tensors.

use crate::error::Errors;
use crate::names::misplaced;
use crate::read::Fields;
use crate::tree::Node;

/// Templates of one convolution and the norm after it.
#[derive(Clone, Debug)]
pub(crate) struct LayerNames {
    pub(crate) conv: String,
    pub(crate) norm: String,
}

#[derive(Clone, Debug)]
pub(crate) struct TensorNames {
    pub(crate) stem: LayerNames,
    pub(crate) expand: LayerNames,
    pub(crate) depthwise: LayerNames,
    pub(crate) reduce: String,
    pub(crate) excite: String,
    pub(crate) project: LayerNames,
    /// Those of a block that has no expand convolution.
    pub(crate) without_expand: WithoutExpand,
    pub(crate) last: LayerNames,
    pub(crate) hidden: String,
    pub(crate) classes: String,
    /// Of a head without hidden layer.
    pub(crate) classes_alone: String,
    pub(crate) segment: SegmentNames,
    pub(crate) suffix: Suffixes,
}

/// Names in a block that has no expand convolution.
#[derive(Clone, Debug)]
pub(crate) struct WithoutExpand {
    pub(crate) depthwise: LayerNames,
    pub(crate) reduce: String,
    pub(crate) excite: String,
    pub(crate) project: LayerNames,
}

/// Of a head that segments.
#[derive(Clone, Debug)]
pub(crate) struct SegmentNames {
    pub(crate) hidden: LayerNames,
    pub(crate) gate: String,
    pub(crate) low: String,
    pub(crate) high: String,
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
    "last",
    "hidden",
    "classes",
    "classes_alone",
    "segment",
    "suffix",
];
pub(crate) const SEGMENT: &[&str] = &["hidden", "gate", "low", "high"];
pub(crate) const SUFFIXES: &[&str] = &["kernel", "depthwise", "bias", "gamma", "beta", "mean", "variance"];

pub(crate) const WITHOUT_EXPAND: &[&str] = &["depthwise", "reduce", "excite", "project"];
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
        let own = alone.optional(name).map(|_| template(alone, name, errors));
        own.unwrap_or_else(|| template(&f, name, errors))
    });
    let [stem, expand, depthwise, project, last] =
        ["stem", "expand", "depthwise", "project", "last"].map(|name| layer(&f, name, errors));
    let [reduce, excite, hidden, classes, classes_alone] =
        ["reduce", "excite", "hidden", "classes", "classes_alone"].map(|name| template(&f, name, errors));
    let segment = f
        .required("segment", "a table", errors)
        .and_then(|node| segment(node, errors));
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
        last: last?,
        hidden: hidden?,
        classes: classes?,
        classes_alone: classes_alone?,
        segment: segment?,
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

fn segment(node: &Node, errors: &mut Errors) -> Option<SegmentNames> {
    let fields = Fields::of(node, "segment of tensors", SEGMENT, errors)?;
    let hidden = layer(&fields, "hidden", errors);
    let [gate, low, high] = ["gate", "low", "high"].map(|name| template(&fields, name, errors));
    Some(SegmentNames {
        hidden: hidden?,
        gate: gate?,
        low: low?,
        high: high?,
    })
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
    let text = f.text(name, "a name", errors)?;
    if let Some((message, help)) = misplaced(&text.value) {
        errors.push(text.span, message, help);
        return None;
    }
    Some(text.value)
}
