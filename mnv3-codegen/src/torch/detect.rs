//! Heads that detect: where their layers stand in the tree, what these are, and what they compute.

use super::named::{Normed, Two, biased, normed};
use super::print::{line, string};
use super::put::{depthwise, on_channels, put, put_norm, source};
use mnv3_spec::network::{Act, Bottleneck, Detect, Network, Predictor, Tapped, Tensors};

/// The places of a head that detects.
#[derive(Clone, Debug)]
pub(super) struct DetectPaths {
    /// Of each row of extras: expand, depthwise, project.
    extras: Vec<[Two; 3]>,
    /// Of each map: those of logits, those of offsets.
    predictions: Vec<[PredictorPaths; 2]>,
}

#[derive(Clone, Debug)]
struct PredictorPaths {
    depthwise: Two,
    predict: String,
}

impl DetectPaths {
    /// By the file's names.
    pub(super) fn native(head: &Detect) -> Option<Self> {
        let predictor = |of: &Predictor| {
            Some(PredictorPaths {
                depthwise: normed(&of.depthwise.tensors)?,
                predict: biased(&of.project.tensors)?,
            })
        };
        let extra = |row: &Bottleneck| {
            let [expand, depthwise, project] = tensors(row);
            Some([normed(expand)?, normed(depthwise)?, normed(project)?])
        };
        let predictions = head.predictions.iter();
        Some(Self {
            extras: head.extras.iter().map(extra).collect::<Option<_>>()?,
            predictions: predictions
                .map(|of| Some([predictor(&of.logits)?, predictor(&of.offsets)?]))
                .collect::<Option<_>>()?,
        })
    }

    /// Of our own.
    pub(super) fn own(head: &Detect) -> Self {
        let two = |layer: String| ["conv", "norm"].map(|part| format!("{layer}.{part}"));
        let predictor = |i: usize, what: &str| PredictorPaths {
            depthwise: two(format!("{what}.{i}.depthwise")),
            predict: format!("{what}.{i}.predict"),
        };
        let extra = |i: usize| ["expand", "depthwise", "project"].map(|layer| two(format!("extras.{i}.{layer}")));
        Self {
            extras: (1..=head.extras.len()).map(extra).collect(),
            predictions: (1..=head.predictions.len())
                .map(|i| ["logits", "offsets"].map(|what| predictor(i, what)))
                .collect(),
        }
    }

    /// In the order of the structure.
    pub(super) fn layers(&self) -> impl Iterator<Item = Normed> {
        let with_norm = |[conv, norm]: &Two| (conv.clone(), Some(norm.clone()));
        let predictors = self.predictions.iter().flatten();
        let predictors = predictors.flat_map(move |of| [with_norm(&of.depthwise), (of.predict.clone(), None)]);
        self.extras.iter().flatten().map(with_norm).chain(predictors)
    }
}

/// Expand, depthwise, project.
fn tensors(row: &Bottleneck) -> [&Tensors; 3] {
    let Some(expand) = &row.expand else {
        unreachable!("a row of extras expands")
    };
    [&expand.tensors, &row.depthwise.tensors, &row.project.tensors]
}

/// What `forward` calls the map of a row that the head reads.
pub(super) fn names_of(head: &Detect, map: Tapped) -> Vec<String> {
    let maps = head.maps.iter().zip(1..).filter(|(read, _)| **read == map);
    maps.map(|(_, i)| format!("map_{i}")).collect()
}

/// Statements of `__init__`.
pub(super) fn layers(network: &Network, head: &Detect, paths: &DetectPaths, out: &mut String) {
    for (row, [expand, middle, project]) in head.extras.iter().zip(&paths.extras) {
        source(out, &row.source, &format!("extra {}", row.number));
        let of = tensors(row);
        if let Some(layer) = &row.expand {
            put(out, &expand[0], on_channels(layer));
        }
        put_norm(out, &expand[1], of[0]);
        put(out, &middle[0], depthwise(network, &row.depthwise));
        put_norm(out, &middle[1], of[1]);
        put(out, &project[0], on_channels(&row.project));
        put_norm(out, &project[1], of[2]);
    }
    source(out, &head.source, "head");
    for (prediction, paths) in head.predictions.iter().zip(&paths.predictions) {
        for (of, paths) in [&prediction.logits, &prediction.offsets].into_iter().zip(paths) {
            put(out, &paths.depthwise[0], depthwise(network, &of.depthwise));
            put_norm(out, &paths.depthwise[1], &of.depthwise.tensors);
            put(out, &paths.predict, on_channels(&of.project));
        }
    }
}

/// Further maps of the last one that the head reads, and what is predicted of each.
pub(super) fn forward(head: &Detect, paths: &DetectPaths, out: &mut String) {
    let with_norm = |[conv, norm]: &Two, act: Act, input: &str| {
        let normed = format!("self.normed({}, {}, {input})", string(conv), string(norm));
        match function(act) {
            Some(function) => format!("{function}({normed})"),
            None => normed,
        }
    };
    for (i, (row, [expand, middle, project])) in head.extras.iter().zip(&paths.extras).enumerate() {
        let number = head.maps.len() + i;
        let act = row.expand.as_ref().map_or(Act::Identity, |expand| expand.act);
        line(
            out,
            8,
            &format!("y = {}", with_norm(expand, act, &format!("map_{number}"))),
        );
        line(out, 8, &format!("y = {}", with_norm(middle, row.depthwise.act, "y")));
        let map = row.output;
        let projected = with_norm(project, row.project.act, "y");
        line(
            out,
            8,
            &format!("map_{} = {projected}  # {} x {} x {}", number + 1, map.c, map.h, map.w),
        );
    }
    for (i, (prediction, paths)) in head.predictions.iter().zip(&paths.predictions).enumerate() {
        for (of, paths) in [&prediction.logits, &prediction.offsets].into_iter().zip(paths) {
            let y = with_norm(&paths.depthwise, of.depthwise.act, &format!("map_{}", i + 1));
            line(out, 8, &format!("y = {y}"));
            let predicted = format!("self.get_submodule({})(y)", string(&paths.predict));
            let (map, numbers) = (prediction.map, of.project.output);
            line(
                out,
                8,
                &format!(
                    "maps[{}] = {predicted}  # {numbers} x {} x {}",
                    string(&of.name),
                    map.h,
                    map.w
                ),
            );
        }
    }
}

/// PyTorch's own: the head may have another one than the rows, whose names they would share.
fn function(act: Act) -> Option<&'static str> {
    match act {
        Act::Identity => None,
        Act::Relu => Some("F.relu"),
        Act::Relu6 => Some("F.relu6"),
        Act::HardSigmoid { .. } | Act::HardSwish { .. } => unreachable!("a head that detects has a relu"),
    }
}
