//! The steps of a network in eight bits: convolutions by the integer kernels, to the same bits at every SIMD level and on any
//! number of threads.

use crate::{Inputs, by};
use mnv3_codegen::{Layer, Plan, Step, StepKind};
use mnv3_runtime::int8::{self, BlockLayers};
use mnv3_runtime::{Cpu, Engine, by_value};
use mnv3_spec::graph::ValueId;

#[expect(clippy::too_many_arguments, reason = "all that a step may read or write")]
pub(crate) fn step(
    plan: &Plan<'_>,
    weights: &Engine,
    cpu: Cpu<'_>,
    step: &Step,
    inputs: Inputs<'_>,
    output: &mut [f32],
    scratch: &mut [f32],
    answer: &mut [f32],
) {
    let (input, shapes) = (inputs.first, [step.inputs[0].shape, step.output]);
    match &step.kind {
        StepKind::Stem { window, layer } => {
            int8::stem(cpu, weights, by(layer), window, shapes, inputs.image, output, scratch);
        }
        StepKind::InvertedResidual(block) => {
            let layers = BlockLayers {
                sizes: &block.plan.sizes,
                expand: block.expand.as_ref().map(by),
                depthwise: by(&block.depthwise),
                gate: block.gate.as_ref().map(|layers| layers.each_ref().map(by)),
                project: by(&block.project),
            };
            let added = inputs.added(block.residual);
            int8::inverted_residual(cpu, weights, &layers, input, added, output, scratch);
        }
        StepKind::Pointwise(layer) => {
            int8::pointwise(cpu, weights, by(layer), step.output, input, output, scratch);
        }
        StepKind::WindowPool { pool, kernel, stride } => {
            int8::window_pool(*pool, [*kernel, *stride], shapes, input, output);
        }
        StepKind::GlobalPool(pool) => {
            let Some(maker) = maker(plan, step.inputs[0].value) else {
                unreachable!("a layer makes the map that is pooled")
            };
            int8::global_pool(cpu, weights, *pool, by(maker), shapes[0], input, output);
        }
        StepKind::Linear(layer) => int8::linear(cpu, weights, by(layer), input, output),
        StepKind::Scores(layer) => {
            let padded = &mut scratch[..step.output.floats()];
            int8::linear(cpu, weights, by(layer), input, padded);
            answer.copy_from_slice(&padded[..step.output.c]);
        }
        StepKind::Softmax => by_value::softmax(answer),
        StepKind::Sigmoid => by_value::sigmoid(answer),
        StepKind::Flatten => answer.copy_from_slice(&input[..step.output.c]),
        StepKind::Gate
        | StepKind::Scale
        | StepKind::Activation(_)
        | StepKind::Add
        | StepKind::Resize
        | StepKind::Depthwise { .. }
        | StepKind::PixelShuffle => {
            unreachable!("a spec that asks for eight bits has none of these")
        }
    }
}

/// The layer whose output scales a map has: it made the map, or what was pooled to it.
pub(crate) fn maker<'p>(plan: &'p Plan<'_>, value: ValueId) -> Option<&'p Layer> {
    let step = plan.steps.iter().find(|step| step.value == value)?;
    match &step.kind {
        StepKind::Stem { layer, .. } | StepKind::Pointwise(layer) => Some(layer),
        StepKind::InvertedResidual(block) => Some(&block.project),
        StepKind::WindowPool { .. } => maker(plan, step.inputs[0].value),
        StepKind::GlobalPool(_)
        | StepKind::Linear(_)
        | StepKind::Scores(_)
        | StepKind::Gate
        | StepKind::Scale
        | StepKind::Activation(_)
        | StepKind::Add
        | StepKind::Resize
        | StepKind::Depthwise { .. }
        | StepKind::PixelShuffle
        | StepKind::Softmax
        | StepKind::Sigmoid
        | StepKind::Flatten => None,
    }
}
