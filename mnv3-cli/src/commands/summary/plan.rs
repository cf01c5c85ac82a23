//! What a plan says about one row of a spec.

use crate::layers::Group;
use mnv3_codegen::{Buffer, Plan, Recipe, block_scratch, chunk};
use mnv3_spec::Bottleneck;

/// Bytes of a number in memory.
pub(super) const FLOAT: usize = size_of::<f32>();

/// Where a row's output goes, what it needs on the way, and where its layers' packed weights lie.
pub(super) struct Placed<'p> {
    pub(super) writes: Place<'p>,
    /// Bottlenecks only.
    pub(super) ring: Option<Ring>,
    /// Floats of scratch. Bottlenecks only.
    pub(super) scratch: Option<usize>,
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

/// The part of the expanded map that a block holds at a time, halo columns included.
pub(super) struct Ring {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Channels that are expanded and convolved at a time.
    pub(super) channels: usize,
}

impl Ring {
    fn of(block: &Bottleneck) -> Self {
        let window = block.depthwise.window;
        Self {
            rows: window.dilation[0] * (window.kernel[0] - 1) + 1,
            columns: block.input.w + window.pad_w[0] + window.pad_w[1],
            channels: chunk(block),
        }
    }
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
            ring: block.map(Ring::of),
            scratch: block.map(block_scratch),
            packed,
        }
    };
    groups.iter().enumerate().map(place).collect()
}
