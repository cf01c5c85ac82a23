//! Every kernel against its naive reference, at every SIMD level of this machine, over sizes that no tile divides.
//!
//! Buffers that a kernel writes are handed over full of NaN: what it fails to write, or reads before writing, shows.

mod block;
mod dense;
mod elementwise;
mod layers;
mod nonfinite;
mod pool;
mod stem;
mod sums;
mod tiny;

use crate::cpu::Cpu;
use fearless_simd::Level;
use mnv3_ir::{Act, Window};
use mnv3_testing::levels;
use proptest::prelude::*;

/// All levels.
pub(super) fn levels() -> Vec<Level> {
    levels::of_this_machine()
}

/// All levels on one thread, and the best one divided in three.
pub(super) fn cpus() -> Vec<Cpu<'static>> {
    let divided = Cpu::divided(Level::new(), 3);
    levels::of_this_machine()
        .into_iter()
        .map(Cpu::one)
        .chain([divided])
        .collect()
}

/// Every kind of non-linearity, with the constants of both definitions of hard-sigmoid.
fn any_act() -> impl Strategy<Value = Act> {
    let slope = prop_oneof![Just(1.0f32 / 6.0), Just(0.2)];
    prop_oneof![
        Just(Act::Identity),
        Just(Act::Relu),
        Just(Act::Relu6),
        slope.clone().prop_map(|slope| Act::HardSigmoid { slope, offset: 0.5 }),
        slope.prop_map(|slope| Act::HardSwish { slope, offset: 0.5 }),
    ]
}

/// A map's height and width, and a window that yields at least one pixel of it: even kernels, strides beyond the
/// kernel, strides that differ by axis, dilation, padding on one side only.
fn any_window() -> impl Strategy<Value = ([usize; 2], Window)> {
    let axis = |longest: usize| {
        (
            1..=longest,
            1usize..=5,
            1usize..=3,
            prop_oneof![3 => Just(1usize), 1 => Just(2)],
        )
            .prop_flat_map(|(size, kernel, stride, dilation)| {
                let reach = dilation * (kernel - 1) + 1;
                let lacking = reach.saturating_sub(size);
                (0..=reach / 2 + 1, 0..=reach / 2 + 1).prop_map(move |(before, after)| {
                    (
                        size,
                        kernel,
                        stride,
                        dilation,
                        [before, after.max(lacking.saturating_sub(before))],
                    )
                })
            })
    };
    (axis(9), axis(40)).prop_map(|(h, w)| {
        let window = Window {
            kernel: [h.1, w.1],
            stride: [h.2, w.2],
            dilation: [h.3, w.3],
            pad_h: h.4,
            pad_w: w.4,
        };
        ([h.0, w.0], window)
    })
}

/// The windows of the published networks, which have tiles of their own.
fn common_window() -> impl Strategy<Value = ([usize; 2], Window)> {
    let kernel = prop_oneof![Just(3usize), Just(5)];
    let stride = prop_oneof![Just([1usize, 1]), Just([2, 2]), Just([2, 1])];
    (1usize..=9, 1usize..=40, kernel, stride, any::<bool>()).prop_map(|(h, w, k, stride, same)| {
        let pad = |size: usize, stride: usize| {
            if same {
                let total = ((size.div_ceil(stride) - 1) * stride + k).saturating_sub(size);
                [total / 2, total - total / 2]
            } else {
                [k / 2, k / 2]
            }
        };
        let window = Window {
            kernel: [k, k],
            stride,
            dilation: [1, 1],
            pad_h: pad(h, stride[0]),
            pad_w: pad(w, stride[1]),
        };
        ([h, w], window)
    })
}
