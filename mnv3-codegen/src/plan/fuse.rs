//! Ops to steps: what one kernel does at once becomes one step.
//!
//! Expand, depthwise, squeeze-excite, project and the residual are one step where nobody else reads, and no caller is
//! handed, a value between them. A block whose expand output somebody reads is two: a 1x1 convolution, and a block without
//! expansion that adds what was expanded.

use super::layer::Layer;
use super::step::{Block, Residual, StepKind};
use mnv3_ir::{BlockPlan, BlockSizes, Pool};
use mnv3_spec::graph::{Graph, Op, OpKind, ValueId};

/// A step without its places in memory.
pub(super) struct Fused {
    pub(super) kind: StepKind,
    pub(super) row: usize,
    pub(super) name: &'static str,
    pub(super) inputs: Vec<ValueId>,
    pub(super) value: ValueId,
}

/// `layers` has the layer of each op that has weights.
pub(super) fn steps(graph: &Graph<'_>, layers: &[Option<Layer>]) -> Vec<Fused> {
    let mut steps = Vec::new();
    let mut next = 0;
    while let Some(op) = graph.ops.get(next) {
        let (kind, inputs, ops) = if let Some((block, inputs, ops)) = block(graph, layers, next) {
            (StepKind::InvertedResidual(Box::new(block)), inputs, ops)
        } else if let Some(inputs) = gate(graph, next) {
            (StepKind::Gate, inputs, 2)
        } else {
            (single(graph, layers, next), op.inputs.clone(), 1)
        };
        next += ops;
        let last = &graph.ops[next - 1];
        steps.push(Fused {
            kind,
            row: op.row,
            name: last.name,
            inputs,
            value: last.output,
        });
    }
    steps
}

/// An op that is a step by itself.
fn single(graph: &Graph<'_>, layers: &[Option<Layer>], at: usize) -> StepKind {
    let op = &graph.ops[at];
    match (op.kind, layers[at]) {
        (OpKind::Conv { window, .. }, Some(layer)) => StepKind::Stem { window, layer },
        (OpKind::Pointwise { .. }, Some(layer)) => StepKind::Pointwise(layer),
        (OpKind::Linear { .. }, Some(layer)) if makes_scores(graph, op) => StepKind::Scores(layer),
        (OpKind::Linear { .. }, Some(layer)) => StepKind::Linear(layer),
        (OpKind::WindowPool { pool, kernel, stride }, _) => StepKind::WindowPool { pool, kernel, stride },
        (OpKind::GlobalPool { pool }, _) => StepKind::GlobalPool(pool),
        (OpKind::Softmax, _) => StepKind::Softmax,
        (OpKind::Sigmoid, _) => StepKind::Sigmoid,
        (OpKind::Flatten, _) => StepKind::Flatten,
        (OpKind::Add, _) => StepKind::Add,
        (OpKind::Resize, _) => StepKind::Resize,
        (OpKind::Depthwise { window, .. }, Some(layer)) => StepKind::Depthwise { window, layer },
        (OpKind::PixelShuffle, _) => StepKind::PixelShuffle,
        (OpKind::Conv { .. } | OpKind::Pointwise { .. } | OpKind::Linear { .. } | OpKind::Depthwise { .. }, None) => {
            unreachable!("the pass over weights gives a layer to each op that has tensors")
        }
        (OpKind::Scale, _) => StepKind::Scale,
        (OpKind::Activation { act }, _) => StepKind::Activation(act),
    }
}

/// Whether the caller sees what an op makes, as it is or after a change in place.
fn makes_scores(graph: &Graph<'_>, op: &Op<'_>) -> bool {
    let in_place = |reader: usize| {
        let reader = &graph.ops[reader];
        matches!(reader.kind, OpKind::Softmax | OpKind::Sigmoid) && graph.is_output(reader.output)
    };
    graph.is_output(op.output) || graph.readers(op.output).any(in_place)
}

/// The map and the vector of a gate, if this op is its sigmoid and the next one its product.
fn gate(graph: &Graph<'_>, start: usize) -> Option<Vec<ValueId>> {
    let (sigmoid, scale) = (&graph.ops[start], graph.ops.get(start + 1)?);
    let kinds = matches!((sigmoid.kind, scale.kind), (OpKind::Sigmoid, OpKind::Scale));
    let is_own = !graph.is_output(sigmoid.output) && graph.readers(sigmoid.output).count() == 1;
    (kinds && is_own && scale.inputs[1] == sigmoid.output).then(|| vec![scale.inputs[0], sigmoid.inputs[0]])
}

/// The block that starts with an op, what it reads, and how many ops it takes.
fn block(graph: &Graph<'_>, layers: &[Option<Layer>], start: usize) -> Option<(Block, Vec<ValueId>, usize)> {
    let input = graph.ops[start].inputs[0];
    let mut ops = Chain {
        graph,
        layers,
        next: start,
    };
    let expand = ops.take(input, |kind| matches!(kind, OpKind::Pointwise { .. }));
    let expanded = expand.map_or(input, |(_, value)| value);
    let window = match graph.ops.get(ops.next)?.kind {
        OpKind::Depthwise { window, .. } => window,
        _ => return None,
    };
    let (depthwise, map) = ops.take(expanded, |kind| matches!(kind, OpKind::Depthwise { .. }))?;
    let gate = ops.squeeze_excite(map);
    let gated = gate.map_or(map, |(_, value)| value);
    let (project, projected) = ops.take(gated, |kind| matches!(kind, OpKind::Pointwise { .. }))?;
    let added = ops.added(projected);
    // Values inside of the block are nobody else's.
    let mut inside: Vec<ValueId> = graph.ops[start..ops.next].iter().map(|op| op.output).collect();
    inside.pop();
    let all = start..ops.next;
    // What a row projects is no expansion of the next one's.
    let of_one_row = graph.ops[all.clone()].iter().all(|op| op.row == graph.ops[start].row);
    if !of_one_row {
        return None;
    }
    if inside
        .iter()
        .any(|value| graph.is_output(*value) || graph.readers(*value).any(|op| !all.contains(&op)))
    {
        return None;
    }
    let (from, to) = (graph.shape(input), graph.shape(projected));
    let plan = BlockPlan::new(BlockSizes {
        input: [from.h, from.w],
        output: [to.h, to.w],
        window,
        expand: expand.map(|_| from.c),
        channels: graph.shape(map).c,
        squeeze: gate.map(|([reduce, _], _)| reduce.packed.kind.output()),
        project: to.c,
    });
    let block = Block {
        expand: expand.map(|(layer, _)| layer),
        depthwise,
        gate: gate.map(|(layers, _)| layers),
        project,
        residual: match added {
            None => Residual::None,
            Some(value) if value == input => Residual::Input,
            Some(_) => Residual::Second,
        },
        plan,
    };
    let second = added.filter(|value| *value != input);
    Some((block, std::iter::once(input).chain(second).collect(), ops.next - start))
}

/// Ops one after the other, each reading the one before.
struct Chain<'g, 'n> {
    graph: &'g Graph<'n>,
    layers: &'g [Option<Layer>],
    next: usize,
}

impl Chain<'_, '_> {
    /// The next op's layer and output, if it is of this kind and reads `input`.
    fn take(&mut self, input: ValueId, kind: impl Fn(&OpKind<'_>) -> bool) -> Option<(Layer, ValueId)> {
        let op = self.graph.ops.get(self.next)?;
        let layer = (*self.layers.get(self.next)?)?;
        (kind(&op.kind) && op.inputs == [input]).then(|| {
            self.next += 1;
            (layer, op.output)
        })
    }

    /// The mean of `map`, two linear layers, and `map` times what they give: the layers and the gated map.
    fn squeeze_excite(&mut self, map: ValueId) -> Option<([Layer; 2], ValueId)> {
        let start = self.next;
        let found = self.gate(map);
        if found.is_none() {
            self.next = start;
        }
        found
    }

    fn gate(&mut self, map: ValueId) -> Option<([Layer; 2], ValueId)> {
        let mean = self.graph.ops.get(self.next)?;
        if !matches!(mean.kind, OpKind::GlobalPool { pool: Pool::Avg }) || mean.inputs != [map] {
            return None;
        }
        self.next += 1;
        let linear = |kind: &OpKind<'_>| matches!(kind, OpKind::Linear { .. });
        let (reduce, squeezed) = self.take(mean.output, linear)?;
        let (excite, gate) = self.take(squeezed, linear)?;
        let scale = self.graph.ops.get(self.next)?;
        (matches!(scale.kind, OpKind::Scale) && scale.inputs == [map, gate]).then(|| {
            self.next += 1;
            ([reduce, excite], scale.output)
        })
    }

    /// What the next op adds to `projected`, if it adds.
    fn added(&mut self, projected: ValueId) -> Option<ValueId> {
        let op = self.graph.ops.get(self.next)?;
        match (op.kind, op.inputs.as_slice()) {
            (OpKind::Add, [first, second]) if *first == projected => {
                self.next += 1;
                Some(*second)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

    use super::*;
    use crate::plan::weights;

    /// Were it left out, its step would read the weights of another.
    #[test]
    fn no_step_is_made_of_an_op_whose_layer_is_missing() {
        let network = mnv3_spec::load("mnv3:small", "".as_ref()).unwrap().network;
        let graph = network.graph();
        let layers = weights::lay_out(&graph).of_ops;
        let with_layers: Vec<usize> = (0..layers.len()).filter(|op| layers[*op].is_some()).collect();
        // Stem, 11 blocks of which 10 expand and 9 have squeeze-excite, last, and two of the head.
        assert_eq!(with_layers.len(), 1 + 11 * 2 + 10 + 9 * 2 + 1 + 2);
        for op in with_layers {
            let mut layers = layers.clone();
            layers[op] = None;
            let made = std::panic::catch_unwind(|| steps(&graph, &layers).len());
            assert!(
                made.is_err(),
                "op {op} of {} has no layer, and steps were made",
                graph.ops.len()
            );
        }
    }
}
