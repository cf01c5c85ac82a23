//! Which values of a network are quantised, and what they are called.

use mnv3_spec::graph::{Graph, Op, OpKind, ValueId};

/// A value that is quantised with scales of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Row and op, as names of tensors have them: `stem.conv`, `bottleneck_1.expand`.
    pub name: String,
    /// Which.
    pub value: ValueId,
    /// How many scales it has.
    pub channels: usize,
}

/// The values that are quantised, in the order of the graph, without the image: maps.
///
/// Not what a residual is added to, which is only summed up; nor what pools over windows give, which has the scales of what
/// they read. Vectors are in single precision.
#[must_use]
pub fn points(graph: &Graph<'_>) -> Vec<Point> {
    let quantised = graph.ops.iter().filter(|op| is_point(graph, op));
    quantised
        .map(|op| Point {
            name: name(graph, op),
            value: op.output,
            channels: graph.shape(op.output).c,
        })
        .collect()
}

/// Row and op, without blanks.
pub(crate) fn name(graph: &Graph<'_>, op: &Op<'_>) -> String {
    format!("{}.{}", graph.rows[op.row].name, op.name).replace(' ', "_")
}

fn is_point(graph: &Graph<'_>, op: &Op<'_>) -> bool {
    match op.kind {
        OpKind::Conv { .. } | OpKind::Depthwise { .. } | OpKind::Scale | OpKind::Add => true,
        OpKind::Pointwise { .. } => residual(graph, op).is_none(),
        OpKind::Linear { .. }
        | OpKind::WindowPool { .. }
        | OpKind::GlobalPool { .. }
        | OpKind::Softmax
        | OpKind::Sigmoid
        | OpKind::Flatten
        | OpKind::Resize
        | OpKind::PixelShuffle => false,
    }
}

/// The residual that an op's output goes into: index of the op that adds it to the block's input.
pub(crate) fn residual(graph: &Graph<'_>, op: &Op<'_>) -> Option<usize> {
    let adds = |reader: &usize| {
        let reader = &graph.ops[*reader];
        matches!(reader.kind, OpKind::Add) && reader.inputs[0] == op.output
    };
    graph.readers(op.output).find(adds)
}
