//! What a plan says about one row of a spec.

use crate::layers::LayerGroup;
use mnv3_codegen::{PackedLayer, Place, Plan, Step, StepKind, WorkspacePlan};
use mnv3_ir::{BlockPlan, Region};

/// Bytes of a number in memory.
pub const FLOAT: usize = size_of::<f32>();

/// Where a row's output goes, what it needs on the way, and where its layers' packed weights lie.
pub struct Placed<'p> {
    /// Where its output goes, and the taps of it: `slot2, tap c3`; before it, where its expand output is tapped, the same of
    /// that: `expand to slot1, tap c4; slot2`.
    pub writes_to: String,
    /// Bottlenecks in single precision only.
    pub block: Option<BlockPlan>,
    /// One for each layer of the group; `None` for pools.
    pub packed: Vec<Option<&'p PackedLayer>>,
}

/// Places for all groups, in their order.
#[must_use]
pub fn placed<'p>(plan: &'p Plan<'_>, groups: &[LayerGroup<'_>]) -> Vec<Placed<'p>> {
    let mut layers = plan.layers.iter();
    let place = |(row, group): (usize, &LayerGroup<'_>)| {
        let steps = || plan.steps.iter().filter(move |step| step.row == row);
        let block = steps().find_map(|step| match &step.kind {
            // In eight bits a block makes whole maps, one after the other.
            StepKind::InvertedResidual(block) if !plan.is_int8() => Some(block.plan),
            _ => None,
        });
        Placed {
            writes_to: steps()
                .filter(|step| plan.graph.ends_row(step.value) || plan.graph.taps(step.value).next().is_some())
                .map(|step| writes_to(plan, step))
                .collect::<Vec<_>>()
                .join("; "),
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

fn writes_to(plan: &Plan<'_>, step: &Step) -> String {
    let place = match step.to {
        Place::Image => "image".to_owned(),
        Place::Slot { slot, .. } => slot_name(slot),
        Place::Output if plan.network.classes().is_some() => "scores".to_owned(),
        Place::Output => "embedding".to_owned(),
    };
    let taps = plan.graph.taps(step.value).map(|tap| format!(", tap {tap}"));
    let part = (!plan.graph.ends_row(step.value)).then(|| format!("{} to ", step.name));
    part.into_iter().chain([place]).chain(taps).collect()
}

/// What generated code calls a slot.
fn slot_name(slot: usize) -> String {
    format!("slot{slot}")
}

/// The parts of a workspace, by name.
#[must_use]
pub fn workspace_parts(plan: &WorkspacePlan) -> Vec<(String, Region)> {
    let slots = plan.slots.iter().enumerate();
    let slots = slots.map(|(slot, region)| (slot_name(slot), *region));
    slots.chain([("scratch".to_owned(), plan.scratch)]).collect()
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
