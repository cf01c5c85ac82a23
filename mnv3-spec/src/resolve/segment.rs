//! Heads that segment.

use super::Resolver;
use crate::dialect::StoredAs;
use crate::head;
use crate::names::NamePlace;
use crate::network::{Act, Bottleneck, Conv, Dense, Segment, Shape, Tapped};

impl Resolver<'_, '_> {
    /// LR-ASPP from the last map and that of the row `low`, to logits of each pixel of the image.
    pub(super) fn segment(
        &mut self,
        head: &head::Segment,
        after: NamePlace,
        stem: &Conv,
        bottlenecks: &[Bottleneck],
        high: Shape,
    ) -> Option<Segment> {
        let low = match head.low.value {
            Tapped::Stem => Some(stem.output),
            Tapped::Bottleneck(number) => bottlenecks.get(number.wrapping_sub(1)).map(|block| block.output),
            Tapped::Expand(_) | Tapped::Last => None,
        };
        let Some(low) = low else {
            let message = match head.low.value {
                Tapped::Bottleneck(number) => format!("low of head is of bottleneck {number}"),
                Tapped::Expand(number) => format!("low of head is the expand output of bottleneck {number}"),
                Tapped::Stem | Tapped::Last => "low of head is last, which the head starts from anyway".to_owned(),
            };
            let help = format!("write a number from 1 to {}, or stem", bottlenecks.len());
            self.errors.push(head.low.span, message, help);
            return None;
        };
        let (hidden, classes) = (head.hidden.value, head.classes.value);
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
            .map(logits, head.classes.span, "what the head gives", self.errors);
        let hidden = Dense {
            input: high.c,
            output: hidden,
            act: self.act(head.nl),
            tensors,
        };
        let mut dense = |template: &str, input: usize, output: usize, bias: bool| Dense {
            input,
            output,
            act: Act::Identity,
            tensors: self
                .tensors
                .dense(template, after, StoredAs::Conv, [input, output], bias),
        };
        let gate = dense(&names.gate, high.c, hidden.output, false);
        let low_classes = dense(&names.low, low.c, classes, true);
        let high_classes = dense(&names.high, hidden.output, classes, true);
        Some(Segment {
            source: head.source.clone(),
            low: head.low.value,
            low_map: low,
            hidden,
            gate,
            low_classes,
            high_classes,
        })
    }
}
