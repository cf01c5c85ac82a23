//! Heads that segment: LR-ASPP.

use crate::graph::{Graph, OpKind, ValueId};
use crate::network::{Dense, Pool, Segment, Shape};

impl<'n> Graph<'n> {
    /// The logits of each pixel of the image, from the last map and an earlier one.
    ///
    /// The published networks resize the gated map, then convolve it to classes. A 1x1 convolution and a bilinear resize may change
    /// places, bias and all, because the shares of the pixels that are mixed add up to 1: convolved first, a map of few classes is
    /// resized.
    pub(super) fn segment(&mut self, head: &'n Segment, low: ValueId, high: ValueId) -> ValueId {
        let (high_map, low_map) = (self.shape(high), self.shape(low));
        let classes = head.high_classes.output;
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
