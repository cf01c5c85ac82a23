//! Where steps read and write: slots of one workspace, which values share that are not needed at the same time, and the
//! caller's scores or embedding; and how much scratch they need on the way.

use super::fuse::Fused;
use super::place::{Place, WorkspacePlan};
use super::slots::{Life, share};
use super::step::{Input, Step, StepKind};
use mnv3_ir::{LANES, Region, Shape, depthwise_scratch, int8, mask_scratch, padded, resize_scratch, stem_scratch};
use mnv3_spec::graph::{Graph, OutputKind, ValueId};
use mnv3_spec::network::ComputedIn;
use std::collections::HashMap;

/// Gives each step the places that it reads from and writes to.
pub(super) fn place(graph: &Graph<'_>, fused: Vec<Fused>) -> (Vec<Step>, WorkspacePlan) {
    let lives: Vec<Life> = lives(graph, &fused).collect();
    let shared = share(&lives);
    let mut end = Region { offset: 0, len: 0 };
    let mut next = |floats: usize| {
        // Each starts where a group of lanes may.
        end = end.then(floats.next_multiple_of(LANES));
        end
    };
    let slots: Vec<Region> = shared.floats.iter().map(|floats| next(*floats)).collect();
    let of_steps = fused.iter().map(|step| scratch_floats(graph, step));
    let scratch = next(of_steps.fold(after_network(graph), usize::max));
    let mut places = HashMap::from([(graph.input, Place::Image)]);
    let mut of = shared.of.iter();
    for step in &fused {
        let place = if writes_output(&step.kind) {
            Place::Output
        } else if let Some(slot) = of.next() {
            Place::Slot {
                slot: *slot,
                region: Region {
                    len: floats(graph, step.value),
                    ..slots[*slot]
                },
            }
        } else {
            unreachable!("each value that is not of the caller's output has a slot")
        };
        places.insert(step.value, place);
    }
    let place = |value| match places.get(&value) {
        Some(place) => *place,
        None => unreachable!("what a step reads is the image, or made by a step"),
    };
    let input = |value: &ValueId| Input {
        value: *value,
        shape: graph.shape(*value),
        from: place(*value),
    };
    let steps = fused.into_iter().map(|step| Step {
        inputs: step.inputs.iter().map(input).collect(),
        output: graph.shape(step.value),
        name: step.name,
        to: place(step.value),
        kind: step.kind,
        row: step.row,
        value: step.value,
    });
    (steps.collect(), WorkspacePlan { slots, scratch })
}

/// Floats of scratch of what makes masks of the logits, on each thread.
fn after_network(graph: &Graph<'_>) -> usize {
    let mut logits = graph.outputs.iter().filter(|output| output.kind == OutputKind::Map);
    match (graph.network.segment(), logits.next()) {
        (Some(_), Some(logits)) => mask_scratch(graph.shape(logits.value)),
        _ => 0,
    }
}

/// When the values are needed that steps write to slots.
fn lives(graph: &Graph<'_>, fused: &[Fused]) -> impl Iterator<Item = Life> {
    let in_slots = fused.iter().enumerate().filter(|(_, step)| !writes_output(&step.kind));
    in_slots.map(|(made, step)| {
        let read = fused.iter().rposition(|reader| reader.inputs.contains(&step.value));
        Life {
            made,
            read: (!graph.is_output(step.value)).then_some(read.unwrap_or(made)),
            floats: floats(graph, step.value),
        }
    })
}

/// Floats that a value takes.
fn floats(graph: &Graph<'_>, value: ValueId) -> usize {
    let shape = graph.shape(value);
    if in_eight_bits(graph) && graph.is_map(value) {
        int8::map_floats(shape)
    } else {
        shape.floats()
    }
}

fn in_eight_bits(graph: &Graph<'_>) -> bool {
    graph.network.precision == ComputedIn::Int8
}

/// Whether a step writes to the caller's scores or embedding.
fn writes_output(kind: &StepKind) -> bool {
    match kind {
        StepKind::Scores(_) | StepKind::Softmax | StepKind::Sigmoid | StepKind::Flatten => true,
        StepKind::Stem { .. }
        | StepKind::InvertedResidual(_)
        | StepKind::Pointwise(_)
        | StepKind::WindowPool { .. }
        | StepKind::GlobalPool(_)
        | StepKind::Linear(_)
        | StepKind::Gate
        | StepKind::Scale
        | StepKind::Activation(_)
        | StepKind::Add
        | StepKind::Resize
        | StepKind::Depthwise { .. }
        | StepKind::PixelShuffle => false,
    }
}

fn scratch_floats(graph: &Graph<'_>, step: &Fused) -> usize {
    match &step.kind {
        StepKind::Stem { window, .. } if in_eight_bits(graph) => {
            let image = graph.shape(step.inputs[0]);
            int8::stem_scratch([image.h, image.w], image.c, window)
        }
        StepKind::InvertedResidual(block) if in_eight_bits(graph) => int8::block_scratch(&block.plan.sizes),
        StepKind::Pointwise(layer) if in_eight_bits(graph) => {
            let Shape { h, w, .. } = graph.shape(step.value);
            int8::pointwise_scratch([h, w], layer.packed.kind.taps())
        }
        StepKind::Stem { window, .. } => stem_scratch(graph.shape(step.value).w, window, graph.shape(step.inputs[0]).c),
        StepKind::InvertedResidual(block) => block.plan.scratch.floats,
        // The caller's array has no room for the lanes that fill up the last group.
        StepKind::Scores(layer) => padded(layer.packed.kind.output()),
        // Rows of the input at the width of the output.
        StepKind::Resize => resize_scratch(graph.shape(step.value)),
        StepKind::Depthwise { window, .. } => depthwise_scratch(graph.shape(step.inputs[0]), window),
        StepKind::Pointwise(_)
        | StepKind::WindowPool { .. }
        | StepKind::GlobalPool(_)
        | StepKind::Linear(_)
        | StepKind::Gate
        | StepKind::Scale
        | StepKind::Activation(_)
        | StepKind::Add
        | StepKind::PixelShuffle
        | StepKind::Softmax
        | StepKind::Sigmoid
        | StepKind::Flatten => 0,
    }
}
