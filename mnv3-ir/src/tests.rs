//! What a block's plan must hold for any sizes.

use crate::{BlockPlan, BlockSizes, LANES, Region, Window, groups, padded};
use proptest::prelude::*;
extern crate std;
use std::vec::Vec;

fn any_sizes() -> impl Strategy<Value = BlockSizes> {
    let axis = || {
        (1..=60usize, 1..=7usize, 1..=3usize, 1..=3usize).prop_flat_map(|(size, kernel, stride, dilation)| {
            let reach = dilation * (kernel - 1) + 1;
            let lacking = reach.saturating_sub(size);
            (0..=reach)
                .prop_map(move |before| (size, kernel, stride, dilation, [before, lacking.saturating_sub(before)]))
        })
    };
    let channels = || 1..=200usize;
    let option = || prop::option::of(1..=100usize);
    (axis(), axis(), channels(), channels(), option(), option()).prop_map(
        |(h, w, channels, project, expand, squeeze)| {
            let window = Window {
                kernel: [h.1, w.1],
                stride: [h.2, w.2],
                dilation: [h.3, w.3],
                pad_h: h.4,
                pad_w: w.4,
            };
            BlockSizes {
                input: [h.0, w.0],
                output: window.output([h.0, w.0]).unwrap(),
                window,
                expand,
                channels,
                squeeze,
                project,
            }
        },
    )
}

fn end_to_end(parts: &[Region], end: usize) {
    let mut at = 0;
    for part in parts {
        assert_eq!(part.offset, at, "{parts:?}");
        at = part.end();
    }
    assert!(at <= end, "{parts:?} in {end}");
}

proptest! {
    #[test]
    fn parts_of_scratch_lie_end_to_end_in_it(sizes in any_sizes()) {
        let scratch = BlockPlan::new(sizes).scratch;
        let shared = [scratch.depthwise_map, scratch.means, scratch.gate, scratch.squeezed, scratch.of_thread];
        end_to_end(&shared, scratch.floats);
        let (expansion, projection) = (scratch.thread.expansion(), scratch.thread.projection());
        let room = scratch.of_thread.len;
        if sizes.squeeze.is_some() {
            end_to_end(&expansion, room);
            end_to_end(&projection, room);
        } else {
            let all: Vec<Region> = expansion.into_iter().chain(projection).collect();
            end_to_end(&all, room);
        }
        prop_assert_eq!(scratch.thread.depthwise_batch.len % (sizes.output[1] * padded(sizes.channels)), 0);
    }

    /// Rows are expanded in batches from a multiple of the batch on, as the kernel does.
    #[test]
    fn the_line_buffer_holds_all_rows_that_an_output_row_needs(sizes in any_sizes(), few_lanes: bool) {
        let plan = BlockPlan::new(sizes);
        let batch = plan.expand_rows(if few_lanes { 8 } else { LANES });
        let (mut slots, mut next) = (std::vec![None; plan.line_buffer.rows], 0);
        for y in 0..sizes.output[0] {
            let top = (y * sizes.window.stride[0]).saturating_sub(sizes.window.pad_h[0]);
            let end = (y * sizes.window.stride[0] + sizes.window.reach()[0]).saturating_sub(sizes.window.pad_h[0]);
            let from = next.max(top / batch * batch);
            let to = end.next_multiple_of(batch).min(sizes.input[0]).max(from);
            for row in from..to {
                slots[row % plan.line_buffer.rows] = Some(row);
            }
            next = to;
            for k in 0..sizes.window.kernel[0] {
                let row = (y * sizes.window.stride[0] + k * sizes.window.dilation[0]).checked_sub(sizes.window.pad_h[0]);
                if let Some(row) = row.filter(|row| *row < sizes.input[0]) {
                    prop_assert_eq!(slots[row % plan.line_buffer.rows], Some(row), "output row {}", y);
                }
            }
        }
    }

    #[test]
    fn channels_and_rows_at_a_time_are_some_and_no_more_than_there_are(sizes in any_sizes()) {
        let plan = BlockPlan::new(sizes);
        prop_assert!((1..=groups(sizes.channels)).contains(&plan.groups_at_once));
        prop_assert!(plan.expand_row_batch >= 1 && plan.project_row_batch >= 1);
        prop_assert!(plan.expand_rows(LANES) <= plan.expand_rows(8));
    }
}
