//! What integer kernels are told about a layer: its packed weights as slices.

use crate::engine::Engine;
use crate::kernels::i8::{Depthwise, Pointwise, Requantise, Scales};
use mnv3_ir::{Act, LANES, Window};
use mnv3_weights::{Int8Parts, Kind};

/// A convolution in eight bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Int8Layer<'a> {
    pub(crate) panels: &'a [[i8; 4 * LANES]],
    /// Weights that make one output.
    taps: usize,
    outputs: usize,
    pub(crate) requantise: Requantise<'a>,
    /// Of what it makes.
    pub(crate) output: Scales<'a>,
    /// Scale of what it reads.
    pub(crate) input_scale: &'a [f32],
    /// Zero points of what it reads.
    pub(crate) input_zero: &'a [f32],
    /// The same in bytes.
    pub(crate) border: &'a [[u8; LANES]],
    /// The packed weights of all later layers, in whatever numbers: what to fetch from memory next.
    later: &'a [u8],
}

/// The layer whose packed weights start `offset` bytes into `engine`.
pub(crate) fn int8_layer(engine: &Engine, offset: usize, kind: Kind, act: Act) -> Int8Layer<'_> {
    let parts = Int8Parts::new(kind);
    let outputs = |part: usize| engine.f32(offset + part, parts.outputs);
    let inputs = |part: usize| engine.f32(offset + part, parts.inputs);
    let zero = engine.i32(offset + parts.output_zero(), parts.outputs);
    Int8Layer {
        panels: engine.i8(offset, parts.weights()).as_chunks().0,
        taps: kind.taps(),
        outputs: kind.output(),
        requantise: Requantise {
            start: engine.i32(offset + parts.start(), parts.outputs),
            scale: outputs(parts.factor()),
            bias: outputs(parts.bias()),
            curve: outputs(parts.curve()),
            zero,
            act,
            residual: outputs(parts.residual()),
        },
        output: Scales {
            scale: outputs(parts.output_scale()),
            zero,
        },
        input_scale: inputs(parts.input_scale()),
        input_zero: inputs(parts.input_zero()),
        border: engine.u8(offset + parts.border(), parts.inputs).as_chunks().0,
        later: engine.after(offset + parts.bytes()),
    }
}

impl<'a> Int8Layer<'a> {
    pub(crate) fn pointwise(&self) -> Pointwise<'a> {
        Pointwise {
            input: self.taps,
            output: self.outputs,
            weights: self.panels,
            requantise: self.requantise,
            later: self.later,
        }
    }

    pub(crate) fn depthwise(&self, window: Window) -> Depthwise<'a> {
        Depthwise {
            window,
            channels: self.outputs,
            weights: self.panels,
            zero: self.border,
            requantise: self.requantise,
        }
    }
}
