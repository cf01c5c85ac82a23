//! Heads that segment: where their layers stand in the tree, what these are, and what they compute.

use super::acts;
use super::named::{Normed, Two, biased, normed};
use super::print::{line, string};
use super::put::{depthwise, on_channels, put, put_norm};
use mnv3_spec::network::{DecoderStage, Network, Segment, Tapped, Upsampling};

/// The places of a head that segments.
#[derive(Clone, Debug)]
pub(super) struct SegmentPaths {
    hidden: Two,
    gate: String,
    upsampling: UpsamplingPaths,
}

#[derive(Clone, Debug)]
enum UpsamplingPaths {
    LowClasses { low: String, high: String },
    Decoder { stages: Vec<StagePaths>, classes: String },
}

/// Up, reduce, excite, merge, depthwise.
type StagePaths = [String; 5];

impl SegmentPaths {
    /// By the file's names.
    pub(super) fn native(head: &Segment) -> Option<Self> {
        let upsampling = match &head.upsampling {
            Upsampling::LowClasses(classes) => UpsamplingPaths::LowClasses {
                low: biased(&classes.low_classes.tensors)?,
                high: biased(&classes.high_classes.tensors)?,
            },
            Upsampling::Decoder(decoder) => UpsamplingPaths::Decoder {
                stages: decoder.stages.iter().map(native_stage).collect::<Option<_>>()?,
                classes: biased(&decoder.classes.tensors)?,
            },
        };
        Some(Self {
            hidden: normed(&head.hidden.tensors)?,
            gate: biased(&head.gate.tensors)?,
            upsampling,
        })
    }

    /// Of our own.
    pub(super) fn own(head: &Segment) -> Self {
        let upsampling = match &head.upsampling {
            Upsampling::LowClasses(_) => UpsamplingPaths::LowClasses {
                low: "segment.low".to_owned(),
                high: "segment.high".to_owned(),
            },
            Upsampling::Decoder(decoder) => UpsamplingPaths::Decoder {
                stages: (1..=decoder.stages.len())
                    .map(|i| {
                        ["up", "reduce", "excite", "merge", "depthwise"]
                            .map(|layer| format!("segment.stages.{i}.{layer}"))
                    })
                    .collect(),
                classes: "segment.classes".to_owned(),
            },
        };
        Self {
            hidden: ["conv", "norm"].map(|part| format!("segment.hidden.{part}")),
            gate: "segment.gate".to_owned(),
            upsampling,
        }
    }

    /// In the order of the structure.
    pub(super) fn layers(&self) -> Vec<Normed> {
        let [conv, norm] = self.hidden.clone();
        let biased: Vec<&String> = match &self.upsampling {
            UpsamplingPaths::LowClasses { low, high } => vec![low, high],
            UpsamplingPaths::Decoder { stages, classes } => stages.iter().flatten().chain([classes]).collect(),
        };
        let biased = std::iter::once(&self.gate).chain(biased);
        std::iter::once((conv, Some(norm)))
            .chain(biased.map(|path| (path.clone(), None)))
            .collect()
    }
}

fn native_stage(stage: &DecoderStage) -> Option<StagePaths> {
    Some([
        biased(&stage.up.tensors)?,
        biased(&stage.reduce.tensors)?,
        biased(&stage.excite.tensors)?,
        biased(&stage.merge.tensors)?,
        biased(&stage.depthwise.tensors)?,
    ])
}

/// What `forward` calls the map of a row that the head reads.
pub(super) fn names_of(head: &Segment, map: Tapped) -> Vec<String> {
    match &head.upsampling {
        Upsampling::LowClasses(classes) if classes.low == map => vec!["low".to_owned()],
        Upsampling::LowClasses(_) => Vec::new(),
        Upsampling::Decoder(decoder) => {
            let stages = decoder.stages.iter().zip(1..).filter(|(stage, _)| stage.low == map);
            stages.map(|(_, i)| format!("low_{i}")).collect()
        }
    }
}

/// Statements of `__init__`.
pub(super) fn layers(network: &Network, head: &Segment, paths: &SegmentPaths, out: &mut String) {
    put(out, &paths.hidden[0], on_channels(&head.hidden));
    put_norm(out, &paths.hidden[1], &head.hidden.tensors);
    put(out, &paths.gate, on_channels(&head.gate));
    match (&head.upsampling, &paths.upsampling) {
        (Upsampling::LowClasses(classes), UpsamplingPaths::LowClasses { low, high }) => {
            put(out, low, on_channels(&classes.low_classes));
            put(out, high, on_channels(&classes.high_classes));
        }
        (Upsampling::Decoder(decoder), UpsamplingPaths::Decoder { stages, classes }) => {
            for (stage, [up, reduce, excite, merge, last]) in decoder.stages.iter().zip(stages) {
                put(out, up, on_channels(&stage.up));
                put(out, reduce, on_channels(&stage.reduce));
                put(out, excite, on_channels(&stage.excite));
                put(out, merge, on_channels(&stage.merge));
                put(out, last, depthwise(network, &stage.depthwise));
            }
            put(out, classes, on_channels(&decoder.classes));
        }
        (Upsampling::LowClasses(_), _) | (Upsampling::Decoder(_), _) => unreachable!("paths are those of the head"),
    }
}

/// The head on `x`, the last map, and earlier ones.
pub(super) fn forward(head: &Segment, paths: &SegmentPaths, out: &mut String) {
    let [layer, norm] = &paths.hidden;
    let act = acts::name(head.hidden.act);
    line(
        out,
        8,
        &format!("y = {act}(self.normed({}, {}, x))", string(layer), string(norm)),
    );
    let gate = of(&paths.gate, "x.mean((2, 3), keepdim=True)");
    line(out, 8, &format!("y = y * torch.sigmoid({gate})"));
    match (&head.upsampling, &paths.upsampling) {
        (Upsampling::LowClasses(_), UpsamplingPaths::LowClasses { low, high }) => {
            line(out, 8, &format!("y = {}", resized("y", "low.shape[2:]")));
            line(out, 8, &format!("y = {} + {}", of(low, "low"), of(high, "y")));
            line(out, 8, &format!("maps[\"logits\"] = {}", resized("y", "size")));
        }
        (Upsampling::Decoder(decoder), UpsamplingPaths::Decoder { stages, classes }) => {
            for (i, (stage, paths)) in decoder.stages.iter().zip(stages).enumerate() {
                stage_forward(stage, paths, i + 1, out);
            }
            let four = of(classes, "y");
            line(out, 8, &format!("maps[\"logits\"] = F.pixel_shuffle({four}, 2)"));
        }
        (Upsampling::LowClasses(_), _) | (Upsampling::Decoder(_), _) => unreachable!("paths are those of the head"),
    }
}

/// A stage of a decoder on `y`.
fn stage_forward(
    stage: &DecoderStage,
    [up, reduce, excite, merge, depthwise]: &StagePaths,
    i: usize,
    out: &mut String,
) {
    let low = format!("low_{i}");
    let mut say = |text: String| line(out, 8, &text);
    say(format!("y = {}", of(up, &resized("y", &format!("{low}.shape[2:]")))));
    let mean = format!("(y + {low}).mean((2, 3), keepdim=True)");
    say(format!("z = {}({})", acts::name(stage.reduce.act), of(reduce, &mean)));
    say(format!("y = y + {low} * torch.sigmoid({})", of(excite, "z")));
    say(format!("y = {}({})", acts::name(stage.merge.act), of(merge, "y")));
    say(format!(
        "y = y + {}({})",
        acts::name(stage.depthwise.act),
        of(depthwise, "y")
    ));
}

fn of(path: &str, input: &str) -> String {
    format!("self.get_submodule({})({input})", string(path))
}

fn resized(map: &str, to: &str) -> String {
    format!("F.interpolate({map}, {to}, mode=\"bilinear\", align_corners=False)")
}
