//! Inverted residual blocks.

use super::vector;
use crate::graph::{Graph, OpKind, ValueId};
use crate::network::{Bottleneck, Dense, Depthwise, Pool, Shape, Shortcut, SqueezeExcite, Tapped};

impl<'n> Graph<'n> {
    pub(super) fn bottleneck(&mut self, block: &'n Bottleneck, input: ValueId) -> ValueId {
        self.block(block, input, Some(Tapped::Expand(block.number)))
    }

    /// An inverted residual block; `expanded` is what taps call its expand output. What is added to it comes first, so that the rest is
    /// one after the other.
    pub(super) fn block(&mut self, block: &'n Bottleneck, input: ValueId, expanded: Option<Tapped>) -> ValueId {
        let shortcut = block.shortcut.as_ref();
        let added = shortcut.map(|shortcut| self.shortcut(shortcut, input, block.output));
        let mut x = input;
        if let Some(expand) = &block.expand {
            let shape = Shape {
                c: expand.output,
                ..block.input
            };
            x = self.op("expand", pointwise(expand), &[x], shape);
            if let Some(expanded) = expanded {
                self.tap(expanded, x);
            }
        }
        let shape = Shape {
            c: block.depthwise.channels,
            ..block.output
        };
        x = self.op("depthwise", depthwise(&block.depthwise), &[x], shape);
        let gate = block.squeeze_excite.as_ref();
        if let Some(se) = gate.filter(|se| !se.after_project) {
            x = self.squeeze_excite(se, x);
        }
        x = self.op("project", pointwise(&block.project), &[x], block.output);
        if let Some(se) = gate.filter(|se| se.after_project) {
            x = self.squeeze_excite(se, x);
        }
        if let Some(added) = added.or(block.residual.then_some(input)) {
            x = self.op("residual", OpKind::Add, &[x, added], block.output);
        }
        self.activation(block.act, x)
    }

    /// A map, each channel times a number that two layers make of the means of all.
    fn squeeze_excite(&mut self, se: &'n SqueezeExcite, map: ValueId) -> ValueId {
        let shape = self.shape(map);
        let squeezed = self.op(
            "squeeze",
            OpKind::GlobalPool { pool: Pool::Avg },
            &[map],
            vector(shape.c),
        );
        let reduced = self.linear("reduce", &se.reduce, squeezed);
        let mut gate = self.linear("excite", &se.expand, reduced);
        if se.sigmoid {
            gate = self.op("sigmoid", OpKind::Sigmoid, &[gate], vector(shape.c));
        }
        let gated = self.op("gate", OpKind::Scale, &[map, gate], shape);
        self.activation(se.then, gated)
    }

    /// The input, convolved to what a block gives.
    fn shortcut(&mut self, shortcut: &'n Shortcut, input: ValueId, output: Shape) -> ValueId {
        let mut x = input;
        if let Some(layer) = &shortcut.depthwise {
            let shape = Shape {
                c: layer.channels,
                ..output
            };
            x = self.op("shortcut_depthwise", depthwise(layer), &[x], shape);
        }
        if let Some(layer) = &shortcut.project {
            x = self.op("shortcut_project", pointwise(layer), &[x], output);
        }
        x
    }
}

fn pointwise(dense: &Dense) -> OpKind<'_> {
    OpKind::Pointwise {
        act: dense.act,
        tensors: &dense.tensors,
    }
}

fn depthwise(layer: &Depthwise) -> OpKind<'_> {
    OpKind::Depthwise {
        window: layer.window,
        act: layer.act,
        tensors: &layer.tensors,
    }
}
