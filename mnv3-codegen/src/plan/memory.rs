//! Where steps write: two buffers that alternate, one for each tapped map, and the caller's scores; and how much scratch
//! they need on the way.

use super::{Place, Step, StepKind};
use mnv3_ir::{padded, stem_scratch};
use mnv3_spec::graph::Graph;

/// Before this pass.
pub(super) const NOWHERE: Place<'static> = Place::Scores;

/// Gives each step its place: the stem writes the even buffer, the first block the odd one, and so on to the head's
/// vectors. The floats of the buffers, of the scratch and of tapped maps.
pub(super) fn place<'n>(graph: &Graph<'n>, steps: &mut [Step<'n>]) -> [usize; 4] {
    let [mut even, mut odd, mut scratch, mut tapped] = [0; 4];
    let mut next = Place::Even;
    for step in steps {
        scratch = scratch.max(scratch_floats(step));
        let floats = step.output.floats();
        let turn = next;
        next = match turn {
            Place::Even => Place::Odd,
            Place::Odd | Place::Tap(_) | Place::Scores => Place::Even,
        };
        step.place = match (&step.kind, graph.taps(step.value).next()) {
            (StepKind::Scores(_) | StepKind::Softmax, _) => Place::Scores,
            (_, Some(tap)) => Place::Tap(tap),
            (_, None) => turn,
        };
        match step.place {
            Place::Even => even = even.max(floats),
            Place::Odd => odd = odd.max(floats),
            Place::Tap(_) => tapped += floats,
            Place::Scores => {}
        }
    }
    [even, odd, scratch, tapped]
}

fn scratch_floats(step: &Step<'_>) -> usize {
    match &step.kind {
        StepKind::Stem { window, .. } => stem_scratch(step.output.w, window, step.input.c),
        StepKind::InvertedResidual(block) => block.plan.scratch.floats,
        // The caller's array has no room for the lanes that fill up the last group.
        StepKind::Scores(layer) => padded(layer.recipe.kind.output()),
        StepKind::Pointwise(_)
        | StepKind::WindowPool { .. }
        | StepKind::GlobalPool(_)
        | StepKind::Linear(_)
        | StepKind::Softmax => 0,
    }
}
