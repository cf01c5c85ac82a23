//! What a plan says about one row of a spec.

use crate::layers::Group;
use mnv3_codegen::{Place, Plan, Recipe, StepKind};
use mnv3_ir::{BlockPlan, Region};

/// Bytes of a number in memory.
pub const FLOAT: usize = size_of::<f32>();

/// Where a row's output goes, what it needs on the way, and where its layers' packed weights lie.
pub struct Placed<'p> {
    /// Where its output goes.
    pub writes: Place<'p>,
    /// Bottlenecks only.
    pub block: Option<BlockPlan>,
    /// One for each layer of the group; `None` for pools.
    pub packed: Vec<Option<&'p Recipe>>,
}

/// Places for all groups, in their order.
#[must_use]
pub fn placed<'p>(plan: &'p Plan<'_>, groups: &[Group<'_>]) -> Vec<Placed<'p>> {
    let mut layers = plan.layers.iter();
    let place = |(row, group): (usize, &Group<'_>)| {
        let steps = || plan.steps.iter().filter(move |step| step.row == row);
        let block = steps().find_map(|step| match &step.kind {
            StepKind::InvertedResidual(block) => Some(block.plan),
            _ => None,
        });
        Placed {
            writes: steps().next_back().map_or(Place::Scores, |step| step.place),
            block,
            packed: group
                .layers
                .iter()
                .map(|layer| layer.tensors.and_then(|_| layers.next()))
                .collect(),
        }
    };
    groups.iter().enumerate().map(place).collect()
}

/// How a place is called.
#[must_use]
pub fn place(place: Place<'_>) -> String {
    match place {
        Place::Even => "even".to_owned(),
        Place::Odd => "odd".to_owned(),
        Place::Tap(name) => format!("tap {name}"),
        Place::Scores => "scores".to_owned(),
    }
}

/// The parts of a block's scratch that are not empty, by name. Parts of a thread's scratch are counted from the start of
/// the block's, as the first thread has them.
#[must_use]
pub fn scratch_parts(block: &BlockPlan) -> Vec<(&'static str, Region)> {
    let (all, thread) = (&block.scratch, &block.scratch.thread);
    let of_thread = |part: Region| Region {
        offset: all.of_thread.offset + part.offset,
        ..part
    };
    let mut parts = vec![
        ("depthwise map", all.depthwise_map),
        ("means", all.means),
        ("gate", all.gate),
        ("squeezed", all.squeezed),
        ("line buffer", of_thread(thread.line_buffer)),
        ("input batches", of_thread(thread.input_batches)),
        ("expanded batch", of_thread(thread.expanded_batch)),
        ("depthwise batch", of_thread(thread.depthwise_batch)),
        ("projected batch", of_thread(thread.projected_batch)),
    ];
    parts.retain(|(_, part)| part.len > 0);
    parts
}
