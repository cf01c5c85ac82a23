//! Heads that detect.

use crate::graph::{Graph, OpKind, OutputKind, ValueId};
use crate::network::{Detect, Predictor, Shape};

impl<'n> Graph<'n> {
    /// Further maps, each a row of its own, then what is predicted of each map; `maps` are those of the network.
    pub(super) fn detect(&mut self, head: &'n Detect, mut maps: Vec<ValueId>) {
        for extra in &head.extras {
            self.row(format!("extra {}", extra.number), &extra.source);
            if let Some(before) = maps.last() {
                let map = self.block(extra, *before, None);
                maps.push(map);
            }
        }
        self.row("head".to_owned(), &head.source);
        for (prediction, map) in head.predictions.iter().zip(maps) {
            for predictor in [&prediction.logits, &prediction.offsets] {
                let value = self.predictor(predictor, map);
                self.output(&predictor.name, OutputKind::Map, value);
            }
        }
    }

    fn predictor(&mut self, predictor: &'n Predictor, map: ValueId) -> ValueId {
        let depthwise = &predictor.depthwise;
        let kind = OpKind::Depthwise {
            window: depthwise.window,
            act: depthwise.act,
            tensors: &depthwise.tensors,
        };
        let shape = self.shape(map);
        let x = self.op("depthwise", kind, &[map], shape);
        let kind = OpKind::Pointwise {
            act: predictor.project.act,
            tensors: &predictor.project.tensors,
        };
        let shape = Shape {
            c: predictor.project.output,
            ..shape
        };
        self.op("predict", kind, &[x], shape)
    }
}
