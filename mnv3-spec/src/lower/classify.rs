//! Heads that classify.

use super::vector;
use crate::graph::{Graph, OpKind, ValueId};
use crate::network::{Classify, OutputActivation};

impl<'n> Graph<'n> {
    /// The scores of a map, or its embedding.
    pub(super) fn classify(&mut self, head: &'n Classify, input: ValueId) -> ValueId {
        let mut x = input;
        for window in &head.windows {
            let kind = OpKind::WindowPool {
                pool: window.pool,
                kernel: window.kernel,
                stride: window.stride,
            };
            x = self.op("pool", kind, &[x], window.output);
        }
        let kind = OpKind::GlobalPool { pool: head.pool };
        x = self.op("global pool", kind, &[x], vector(self.shape(x).c));
        x = self.activation(head.after_pool, x);
        for hidden in &head.hidden {
            x = self.linear("hidden", hidden, x);
        }
        let Some(classes) = &head.classes else {
            return self.op("flatten", OpKind::Flatten, &[x], self.shape(x));
        };
        x = self.linear("classes", &classes.layer, x);
        match classes.activation {
            OutputActivation::Identity => x,
            OutputActivation::Softmax => self.op("softmax", OpKind::Softmax, &[x], self.shape(x)),
            OutputActivation::Sigmoid => self.op("sigmoid", OpKind::Sigmoid, &[x], self.shape(x)),
        }
    }
}
