//! Ops of a graph to ops in eight bits: weights, scales and non-linearities to constants.

use crate::fold::Folded;
use crate::kernels::ONE;
use crate::layer::{InputChannel, InputZero, Int8Layer};
use crate::op::{End, Int8Op};
use crate::requantise::{Requantise, byte};
use crate::simulation::Simulation;
use crate::squeeze_excite::FloatLinear;
use mnv3_spec::graph::{Op, OpKind};
use mnv3_spec::{Act, Tensor, Tensors, Window};

impl Simulation<'_, '_> {
    /// `tensor` gives the numbers of a tensor.
    pub(crate) fn prepare(&self, op: &Op<'_>, tensor: &dyn Fn(&Tensor) -> Vec<f32>) -> Int8Op {
        match op.kind {
            OpKind::Conv { window, act, tensors } => self.convolution(op, window, act, tensors, false, tensor),
            OpKind::Depthwise { window, act, tensors } => self.convolution(op, window, act, tensors, true, tensor),
            OpKind::Pointwise { act, tensors } => self.convolution(op, ONE, act, tensors, false, tensor),
            OpKind::Linear { act, tensors, storage } => {
                let folded = Folded::read(tensors, self.graph().shape(op.output).c, tensor);
                Int8Op::FloatLinear(FloatLinear::new(&folded, act, storage))
            }
            OpKind::WindowPool { pool, kernel, stride } => Int8Op::WindowPool { pool, kernel, stride },
            OpKind::GlobalPool { pool } => Int8Op::GlobalPool(pool),
            OpKind::Scale => Int8Op::Gate,
            OpKind::Add => {
                let Some(layer) = self.layer(op.inputs[0]) else {
                    unreachable!("a residual is added to a projection")
                };
                let [from, to] = [op.inputs[1], op.output].map(|value| self.scales_of(value));
                let channels = 0..self.graph().shape(op.output).c;
                Int8Op::Residual(channels.map(|o| Requantise::residual(layer, o, from, to)).collect())
            }
            OpKind::Softmax => Int8Op::Softmax,
            OpKind::Sigmoid => Int8Op::Sigmoid,
            OpKind::Flatten => Int8Op::Flatten,
            OpKind::Resize | OpKind::PixelShuffle | OpKind::Activation { .. } => {
                unreachable!("a graph with one is refused")
            }
        }
    }

    fn convolution(
        &self,
        op: &Op<'_>,
        window: Window,
        act: Act,
        tensors: &Tensors,
        by_channel: bool,
        tensor: &dyn Fn(&Tensor) -> Vec<f32>,
    ) -> Int8Op {
        let outputs = self.graph().shape(op.output).c;
        let layer = self.layer_of(op, &Folded::read(tensors, outputs, tensor), by_channel);
        let pad = match op.inputs[0] {
            image if image == self.graph().input => self.scales().input.zero_point.iter().copied().map(byte).collect(),
            value => self.scales_of(value).zero_point.clone(),
        };
        let end = match self.graph().residual(op) {
            Some(_) => End::Sums,
            None => {
                let scales = self.scales_of(op.output);
                End::Bytes((0..outputs).map(|o| Requantise::new(&layer, o, act, scales)).collect())
            }
        };
        Int8Op::Convolution {
            window,
            by_channel,
            layer,
            pad,
            end,
        }
    }

    fn layer_of(&self, op: &Op<'_>, folded: &Folded, by_channel: bool) -> Int8Layer {
        let channels = self.graph().shape(op.inputs[0]).c;
        Int8Layer::new(folded, &|o, tap| {
            let c = if by_channel { o } else { tap % channels };
            self.input_channel(op, c)
        })
    }

    /// A channel of what an op reads.
    fn input_channel(&self, op: &Op<'_>, c: usize) -> InputChannel {
        if op.inputs[0] == self.graph().input {
            let input = &self.scales().input;
            return InputChannel {
                scale: input.scale[c],
                zero: InputZero::Real(input.zero_point[c]),
            };
        }
        let input = self.scales_of(op.inputs[0]);
        InputChannel {
            scale: input.scale[c],
            zero: InputZero::Byte(input.zero_point[c]),
        }
    }

    /// The scale of what an output and a tap of an op multiply.
    pub(crate) fn input_scale(&self, op: &Op<'_>, o: usize, tap: usize) -> f32 {
        let c = match op.kind {
            OpKind::Depthwise { .. } => o,
            OpKind::Conv { .. }
            | OpKind::Pointwise { .. }
            | OpKind::Linear { .. }
            | OpKind::WindowPool { .. }
            | OpKind::GlobalPool { .. }
            | OpKind::Scale
            | OpKind::Add
            | OpKind::Activation { .. }
            | OpKind::Softmax
            | OpKind::Sigmoid
            | OpKind::Flatten
            | OpKind::Resize
            | OpKind::PixelShuffle => tap % self.graph().shape(op.inputs[0]).c,
        };
        self.input_channel(op, c).scale
    }
}
