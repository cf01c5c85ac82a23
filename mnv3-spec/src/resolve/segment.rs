//! Heads that segment.

use super::resolver::Resolver;
use crate::at::At;
use crate::dialect::StoredAs;
use crate::head::{self, Detail, StageRow};
use crate::names::NamePlace;
use crate::network::{
    Act, Bottleneck, Conv, Decoder, DecoderStage, Dense, Depthwise, LowClasses, Segment, Shape, Tapped, Upsampling,
};

/// What comes before a head that segments.
pub(super) struct SegmentInputs<'n> {
    pub(super) stem: &'n Conv,
    pub(super) bottlenecks: &'n [Bottleneck],
    /// The last map.
    pub(super) high: Shape,
    pub(super) after: NamePlace,
}

impl Resolver<'_, '_> {
    /// From the last map and earlier ones to logits of each pixel of the image.
    pub(super) fn segment(&mut self, head: &head::Segment, before: &SegmentInputs<'_>) -> Option<Segment> {
        let SegmentInputs { stem, high, after, .. } = *before;
        let (hidden, classes) = (head.hidden.value, head.classes.count.value);
        let lows: Vec<Option<Shape>> = match &head.detail {
            Detail::Low(low) => vec![self.low(low, "low of head", before)],
            Detail::Decoder(stages) => {
                let lows = stages.iter();
                lows.map(|stage| self.low(&stage.low, "low of decoder", before))
                    .collect()
            }
        };
        let lows: Vec<Shape> = lows.into_iter().collect::<Option<_>>()?;
        let names = &self.dialect.tensors.segment;
        let mut tensors = self.tensors.conv(&names.hidden, after, [1, 1], high.c, hidden);
        if let (Some(norm), Some(epsilon)) = (&mut tensors.norm, head.bn_epsilon) {
            norm.epsilon = epsilon;
        }
        let map = Shape { c: hidden, ..high };
        self.memory
            .map(map, head.hidden.span, "the hidden map of the head", self.errors);
        let logits = Shape {
            c: classes,
            ..stem.input
        };
        self.memory
            .map(logits, head.classes.count.span, "what the head gives", self.errors);
        let hidden = Dense {
            input: high.c,
            output: hidden,
            act: self.act(head.nl),
            tensors,
        };
        // torchvision's gate has no bias, that before a decoder has one.
        let decodes = matches!(head.detail, Detail::Decoder(_));
        let gate = self.plain(&names.gate, after, [high.c, hidden.output], Act::Identity, decodes);
        let upsampling = match &head.detail {
            Detail::Low(low) => Upsampling::LowClasses(LowClasses {
                low: low.value,
                low_classes: self.plain(&names.low, after, [lows[0].c, classes], Act::Identity, true),
                high_classes: self.plain(&names.high, after, [hidden.output, classes], Act::Identity, true),
            }),
            Detail::Decoder(stages) => {
                Upsampling::Decoder(self.decoder(head, stages, &lows, hidden.output, stem.input)?)
            }
        };
        Some(Segment {
            source: head.source.clone(),
            hidden,
            gate,
            classes,
            upsampling,
        })
    }

    /// The shape of an earlier map.
    fn low(&mut self, low: &At<Tapped>, what: &str, before: &SegmentInputs<'_>) -> Option<Shape> {
        let found = match low.value {
            Tapped::Stem => Some(before.stem.output),
            Tapped::Bottleneck(number) => before.bottlenecks.get(number.wrapping_sub(1)).map(|block| block.output),
            Tapped::Expand(_) | Tapped::Last => None,
        };
        if found.is_none() {
            let message = match low.value {
                Tapped::Bottleneck(number) => format!("{what} is of bottleneck {number}"),
                Tapped::Expand(number) => format!("{what} is the expand output of bottleneck {number}"),
                Tapped::Stem | Tapped::Last => format!("{what} is last, which the head starts from anyway"),
            };
            let help = format!("write a number from 1 to {}, or stem", before.bottlenecks.len());
            self.errors.push(low.span, message, help);
        }
        found
    }

    fn decoder(
        &mut self,
        head: &head::Segment,
        written: &[StageRow],
        lows: &[Shape],
        channels: usize,
        image: Shape,
    ) -> Option<Decoder> {
        let act = self.act(head.nl);
        let name = &self.dialect.tensors.segment.decoder;
        let mut stages = Vec::new();
        let mut from = channels;
        for (i, (stage, &map)) in written.iter().zip(lows).enumerate() {
            let place = |part| NamePlace {
                block: i + 1,
                part,
                ..NamePlace::default()
            };
            let c = map.c;
            let up = self.plain(name, place(0), [from, c], Act::Identity, true);
            let reduce = self.plain(name, place(1), [c, c], act, true);
            let excite = self.plain(name, place(2), [c, c], Act::Identity, true);
            let merge = self.plain(name, place(3), [c, c], act, true);
            let size = [map.h, map.w];
            let (window, output) = self.window("decoder", stage.k.span, size, stage.k.value, [1, 1], [1, 1])?;
            if output != size {
                let [h, w] = stage.k.value;
                let message = format!("a kernel of {h} x {w} does not keep the size of a map");
                let help = "write an odd kernel, which keeps the size";
                self.errors.push(stage.k.span, message, help);
                return None;
            }
            let tensors = self.tensors.biased_depthwise(name, place(4), window.kernel, c);
            let depthwise = Depthwise {
                channels: c,
                window,
                act,
                tensors,
            };
            stages.push(DecoderStage {
                low: stage.low.value,
                map,
                up,
                reduce,
                excite,
                merge,
                depthwise,
            });
            from = c;
        }
        let (last, stage) = (stages.last()?, written.last()?);
        if [2 * last.map.h, 2 * last.map.w] != [image.h, image.w] {
            let message = format!(
                "the last map of decoder has {} x {}, of an image of {} x {}",
                last.map.h, last.map.w, image.h, image.w
            );
            let help = "end in a map of half of the image's height and width, such as that of a stem of stride 2";
            self.errors.push(stage.low.span, message, help);
            return None;
        }
        let name = &self.dialect.tensors.segment.classes;
        let classes = 4 * head.classes.count.value;
        let shuffled = Shape { c: classes, ..last.map };
        let span = head.classes.count.span;
        self.memory.map(shuffled, span, "what the decoder gives", self.errors);
        let classes = self.plain(name, NamePlace::default(), [from, classes], Act::Identity, true);
        Some(Decoder { stages, classes })
    }

    /// A 1x1 convolution without norm.
    fn plain(&mut self, template: &str, place: NamePlace, sizes: [usize; 2], act: Act, bias: bool) -> Dense {
        let [input, output] = sizes;
        Dense {
            input,
            output,
            act,
            tensors: self.tensors.dense(template, place, StoredAs::Conv, sizes, bias),
        }
    }
}
