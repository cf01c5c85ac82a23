//! Which values of a network in eight bits have scales of their own, and what these are called.

use super::types::{Graph, Op, OpKind, ValueId};

/// A value that is quantised with scales of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Row and op, as names of tensors have them: `stem.conv`, `bottleneck_1.expand`; of the image, `input`.
    pub name: String,
    /// Which.
    pub value: ValueId,
    /// How many scales it has.
    pub channels: usize,
}

impl Point {
    /// The names of the tensors of its scales and of its zero points.
    #[must_use]
    pub fn tensors(&self) -> [String; 2] {
        ["scale", "zero"].map(|part| format!("int8.{}.{part}", self.name))
    }
}

impl Graph<'_> {
    /// The values that are quantised, in the order of the graph, without the image: maps.
    ///
    /// Not what a residual is added to, which is only summed up; nor what pools over windows give, which has the scales of what
    /// they read. Vectors are in single precision.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let quantised = self.ops.iter().filter(|op| self.is_point(op));
        quantised
            .map(|op| Point {
                name: self.tensor_name(op),
                value: op.output,
                channels: self.shape(op.output).c,
            })
            .collect()
    }

    /// The image, as one of [`points`](Self::points).
    #[must_use]
    pub fn input_point(&self) -> Point {
        Point {
            name: "input".to_owned(),
            value: self.input,
            channels: self.shape(self.input).c,
        }
    }

    /// Row and op, without blanks.
    #[must_use]
    pub fn tensor_name(&self, op: &Op<'_>) -> String {
        format!("{}.{}", self.rows[op.row].name, op.name).replace(' ', "_")
    }

    fn is_point(&self, op: &Op<'_>) -> bool {
        match op.kind {
            OpKind::Conv { .. } | OpKind::Depthwise { .. } | OpKind::Scale | OpKind::Add => true,
            OpKind::Pointwise { .. } => self.residual(op).is_none(),
            OpKind::Linear { .. }
            | OpKind::WindowPool { .. }
            | OpKind::GlobalPool { .. }
            | OpKind::Activation { .. }
            | OpKind::Softmax
            | OpKind::Sigmoid
            | OpKind::Flatten
            | OpKind::Resize
            | OpKind::PixelShuffle => false,
        }
    }

    /// The index of the op that adds a residual to an op's output.
    #[must_use]
    pub fn residual(&self, op: &Op<'_>) -> Option<usize> {
        let adds = |reader: &usize| {
            let reader = &self.ops[*reader];
            matches!(reader.kind, OpKind::Add) && reader.inputs[0] == op.output
        };
        self.readers(op.output).find(adds)
    }

    /// Whether a value is a feature map, not a vector.
    #[must_use]
    pub fn is_map(&self, value: ValueId) -> bool {
        let made = self.ops.iter().find(|op| op.output == value);
        made.is_some_and(|op| match op.kind {
            OpKind::Activation { .. } => self.is_map(op.inputs[0]),
            OpKind::Conv { .. }
            | OpKind::Depthwise { .. }
            | OpKind::Pointwise { .. }
            | OpKind::WindowPool { .. }
            | OpKind::Scale
            | OpKind::Add
            | OpKind::Resize
            | OpKind::PixelShuffle => true,
            OpKind::Linear { .. } | OpKind::GlobalPool { .. } | OpKind::Softmax | OpKind::Sigmoid | OpKind::Flatten => {
                false
            }
        })
    }
}
