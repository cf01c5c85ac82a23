//! Heads that classify.

use super::vector;
use crate::graph::{Graph, OpKind, ValueId};
use crate::network::Classify;

impl<'n> Graph<'n> {
    /// The scores of a map.
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
        if let Some(hidden) = &head.hidden {
            x = self.linear("hidden", hidden, x);
        }
        x = self.linear("classes", &head.classes, x);
        if head.softmax {
            x = self.op("softmax", OpKind::Softmax, &[x], self.shape(x));
        }
        x
    }
}
