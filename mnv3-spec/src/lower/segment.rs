//! Heads that segment: LR-ASPP, and decoders after it.

use crate::graph::{Graph, OpKind, ValueId};
use crate::network::{Decoder, DecoderStage, Dense, LowClasses, Pool, Segment, Shape, Tapped, Upsampling};

impl<'n> Graph<'n> {
    /// The logits of each pixel of the image, from the last map and earlier ones; `of_rows` are those of the stem and of the bottlenecks.
    pub(super) fn segment(&mut self, head: &'n Segment, of_rows: &[ValueId], high: ValueId) -> ValueId {
        let high_map = self.shape(high);
        let hidden_map = Shape {
            c: head.hidden.output,
            ..high_map
        };
        let hidden = self.pointwise("hidden", &head.hidden, high, hidden_map);
        let pool = OpKind::GlobalPool { pool: Pool::Avg };
        let mean = self.op("mean", pool, &[high], super::vector(high_map.c));
        let gate = self.linear("gate", &head.gate, mean);
        let gate = self.op("sigmoid", OpKind::Sigmoid, &[gate], super::vector(head.gate.output));
        let gated = self.op("gated", OpKind::Scale, &[hidden, gate], hidden_map);
        let low = |low: Tapped| match low {
            Tapped::Stem => of_rows[0],
            Tapped::Bottleneck(number) => of_rows[number],
            Tapped::Expand(_) | Tapped::Last => unreachable!("it was resolved to a row"),
        };
        match &head.upsampling {
            Upsampling::LowClasses(classes) => self.low_classes(classes, low(classes.low), gated),
            Upsampling::Decoder(Decoder { stages, classes }) => {
                let mut x = gated;
                for stage in stages {
                    x = self.stage(stage, low(stage.low), x);
                }
                let map = self.shape(x);
                let shape = Shape {
                    c: classes.output,
                    ..map
                };
                let four = self.pointwise("classes", classes, x, shape);
                let image = Shape {
                    h: 2 * map.h,
                    w: 2 * map.w,
                    c: head.classes,
                };
                self.op("logits", OpKind::PixelShuffle, &[four], image)
            }
        }
    }

    /// The published networks resize the gated map, then convolve it to classes. A 1x1 convolution and a bilinear resize may change
    /// places, bias and all, because the shares of the pixels that are mixed add up to 1: convolved first, a map of few classes is
    /// resized.
    fn low_classes(&mut self, head: &'n LowClasses, low: ValueId, gated: ValueId) -> ValueId {
        let (high_map, low_map) = (self.shape(gated), self.shape(low));
        let classes = head.high_classes.output;
        let small = Shape { c: classes, ..low_map };
        let low = self.pointwise("low_classes", &head.low_classes, low, small);
        let few = Shape { c: classes, ..high_map };
        let high = self.pointwise("high_classes", &head.high_classes, gated, few);
        let high = self.resized("resized", high, small);
        let sum = self.op("sum", OpKind::Add, &[high, low], small);
        let image = Shape {
            c: classes,
            ..self.shape(self.input)
        };
        self.resized("logits", sum, image)
    }

    /// A stage of a decoder; what was said of convolving before resizing holds here too.
    fn stage(&mut self, stage: &'n DecoderStage, low: ValueId, x: ValueId) -> ValueId {
        let map = stage.map;
        let few = Shape {
            c: map.c,
            ..self.shape(x)
        };
        let up = self.pointwise("up", &stage.up, x, few);
        let up = self.resized("resized", up, map);
        let both = self.op("both", OpKind::Add, &[up, low], map);
        let vector = super::vector(map.c);
        let mean = self.op("mean", OpKind::GlobalPool { pool: Pool::Avg }, &[both], vector);
        let reduced = self.linear("reduce", &stage.reduce, mean);
        let gate = self.linear("excite", &stage.excite, reduced);
        let gate = self.op("sigmoid", OpKind::Sigmoid, &[gate], vector);
        let gated = self.op("gated", OpKind::Scale, &[low, gate], map);
        let sum = self.op("sum", OpKind::Add, &[gated, up], map);
        let merged = self.pointwise("merge", &stage.merge, sum, map);
        let depthwise = &stage.depthwise;
        let kind = OpKind::Depthwise {
            window: depthwise.window,
            act: depthwise.act,
            tensors: &depthwise.tensors,
        };
        let refined = self.op("depthwise", kind, &[merged], map);
        self.op("stage", OpKind::Add, &[merged, refined], map)
    }

    fn pointwise(&mut self, name: &'static str, dense: &'n Dense, input: ValueId, output: Shape) -> ValueId {
        let kind = OpKind::Pointwise {
            act: dense.act,
            tensors: &dense.tensors,
        };
        self.op(name, kind, &[input], output)
    }

    /// A map at another size, unless it has that size.
    fn resized(&mut self, name: &'static str, map: ValueId, to: Shape) -> ValueId {
        if self.shape(map) == to {
            return map;
        }
        self.op(name, OpKind::Resize, &[map], to)
    }
}
