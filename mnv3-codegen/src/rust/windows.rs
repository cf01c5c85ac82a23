//! Windows of depthwise convolutions: each that a network uses is a type, named like `Depthwise5x5S2`.

use super::literals::literals;
use super::types::module;
use crate::plan::{Plan, StepKind};
use mnv3_ir::Window;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// `Kernel, Stride, Dilation, Padding`: the window's type arguments.
pub(super) fn arguments(w: &Window) -> TokenStream {
    let [kh, kw] = literals(w.kernel);
    let [sh, sw] = literals(w.stride);
    let [dh, dw] = literals(w.dilation);
    let [top, bottom] = literals(w.pad_h);
    let [left, right] = literals(w.pad_w);
    quote!(Kernel<#kh, #kw>, Stride<#sh, #sw>, Dilation<#dh, #dw>, Padding<#top, #bottom, #left, #right>)
}

/// The name of the depthwise convolutions with this window.
pub(super) fn depthwise(plan: &Plan<'_>, window: &Window) -> Ident {
    let windows = used(plan);
    let like = windows.iter().take_while(|other| *other != window);
    // Others of the same name differ in their padding.
    match like.filter(|other| name(other) == name(window)).count() {
        0 => format_ident!("{}", name(window)),
        before => format_ident!("{}Padding{}", name(window), before + 1),
    }
}

/// The types of a network.
pub(super) fn aliases(plan: &Plan<'_>) -> TokenStream {
    let module = module(plan);
    let aliases = used(plan).into_iter().map(|window| {
        let (name, arguments) = (depthwise(plan, &window), arguments(&window));
        quote!(type #name<'w, const C: usize> = #module Depthwise<'w, C, #arguments>;)
    });
    aliases.collect()
}

/// The windows of a network's depthwise convolutions, in the order of use.
fn used(plan: &Plan<'_>) -> Vec<Window> {
    let mut windows = Vec::new();
    for step in &plan.steps {
        let window = match &step.kind {
            StepKind::InvertedResidual(block) => block.plan.sizes.window,
            StepKind::Depthwise { window, .. } => *window,
            StepKind::Stem { .. }
            | StepKind::Pointwise(_)
            | StepKind::WindowPool { .. }
            | StepKind::GlobalPool(_)
            | StepKind::Linear(_)
            | StepKind::Scores(_)
            | StepKind::Softmax
            | StepKind::Sigmoid
            | StepKind::Flatten
            | StepKind::Gate
            | StepKind::Scale
            | StepKind::Activation(_)
            | StepKind::Add
            | StepKind::Resize
            | StepKind::PixelShuffle => continue,
        };
        if !windows.contains(&window) {
            windows.push(window);
        }
    }
    windows
}

fn name(w: &Window) -> String {
    let pair = |[h, w]: [usize; 2]| if h == w { h.to_string() } else { format!("{h}x{w}") };
    let [kh, kw] = w.kernel;
    let dilation = if w.dilation == [1, 1] {
        String::new()
    } else {
        format!("D{}", pair(w.dilation))
    };
    format!("Depthwise{kh}x{kw}S{}{dilation}", pair(w.stride))
}

#[cfg(test)]
mod tests {
    use crate::plan::Plan;
    use crate::rust::emitted::{formatted, tiny};

    #[test]
    fn each_window_of_a_network_is_one_type_in_the_order_of_use() {
        let network = tiny(&[]);
        insta::assert_snapshot!(formatted(super::aliases(&Plan::new(&network))), @"
        type Depthwise3x3S1<'w, const C: usize> = Depthwise<
            'w,
            C,
            Kernel<3, 3>,
            Stride<1, 1>,
            Dilation<1, 1>,
            Padding<1, 1, 1, 1>,
        >;
        type Depthwise3x5S2x1<'w, const C: usize> = Depthwise<
            'w,
            C,
            Kernel<3, 5>,
            Stride<2, 1>,
            Dilation<1, 1>,
            Padding<1, 1, 2, 2>,
        >;
        ");
    }

    #[test]
    fn strides_and_dilations_are_in_names_and_paddings_are_told_apart() {
        let network = tiny(&[
            "input: { size: [20, 40], channels: 3 }",
            "dialect: keras",
            "bottlenecks: [{ k: 3, exp: 16, out: 16, se: false, nl: RE, s: [2, 4] }, \
             { k: 3, exp: 16, out: 16, se: false, nl: RE, s: [2, 4] }, \
             { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1, dilation: [2, 1] }]",
        ]);
        let aliases = formatted(super::aliases(&Plan::new(&network)));
        let names = aliases.lines().filter_map(|line| line.strip_prefix("type "));
        let names: Vec<&str> = names.map(|line| line.split('<').next().unwrap()).collect();
        assert_eq!(
            names,
            ["Depthwise3x3S2x4", "Depthwise3x3S2x4Padding2", "Depthwise3x3S1D2x1"]
        );
    }
}
