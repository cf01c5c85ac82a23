//! Channels of the depthwise map that are worked on at a time.

use mnv3_ir::{BlockPlan, groups};
use std::ops::Range;

/// The groups of 16 channels of the depthwise map, so many at a time as the plan says.
pub(super) fn channel_slices(plan: &BlockPlan) -> impl ExactSizeIterator<Item = Range<usize>> + Clone + use<> {
    let (all, at_once) = (groups(plan.sizes.channels), plan.groups_at_once);
    (0..all)
        .step_by(at_once)
        .map(move |first| first..(first + at_once).min(all))
}
