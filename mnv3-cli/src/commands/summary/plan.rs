//! What a plan says about one row of a spec.

use crate::layers::Group;
use mnv3_codegen::{Buffer, Plan, Recipe, block_plan};
use mnv3_ir::{BlockPlan, Region};

/// Bytes of a number in memory.
pub(super) const FLOAT: usize = size_of::<f32>();

/// Where a row's output goes, what it needs on the way, and where its layers' packed weights lie.
pub(super) struct Placed<'p> {
    pub(super) writes: Place<'p>,
    /// Bottlenecks only.
    pub(super) block: Option<BlockPlan>,
    /// One for each layer of the group; `None` for pools.
    pub(super) packed: Vec<Option<&'p Recipe>>,
}

/// What a map is written to.
pub(super) enum Place<'p> {
    Buffer(Buffer),
    /// Handed to the caller under this name.
    Tap(&'p str),
    /// The caller's scores.
    Scores,
}

/// Places for all groups, in their order.
pub(super) fn placed<'p>(plan: &'p Plan<'_>, groups: &[Group<'_>]) -> Vec<Placed<'p>> {
    let network = plan.network;
    let mut layers = plan.layers.iter();
    let mut buffer = Buffer::Even;
    let mut blocks = network.bottlenecks.iter();
    let place = |(i, group): (usize, &Group<'_>)| {
        let block = (1..=network.bottlenecks.len())
            .contains(&i)
            .then(|| blocks.next())
            .flatten();
        let tap = block.and_then(|b| plan.taps(b.number).first().copied());
        let writes = match tap {
            Some(tap) => Place::Tap(tap),
            None if group.name == "head" => Place::Scores,
            None => Place::Buffer(buffer),
        };
        buffer = buffer.other();
        let packed = group
            .layers
            .iter()
            .map(|layer| layer.tensors.and_then(|_| layers.next()))
            .collect();
        Placed {
            writes,
            block: block.map(block_plan),
            packed,
        }
    };
    groups.iter().enumerate().map(place).collect()
}

/// The parts of a block's scratch that are not empty, by name. Parts of a thread's scratch are counted from the start of
/// the block's, as the first thread has them.
pub(super) fn scratch_parts(block: &BlockPlan) -> Vec<(&'static str, Region)> {
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
