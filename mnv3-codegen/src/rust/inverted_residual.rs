//! Inverted residual blocks.

use super::literals::literals;
use super::locals::buffer;
use super::pointwise::layer;
use super::types::{map, module};
use super::{act, locals, windows};
use crate::plan::{Block, Layer, Plan, Residual, Step};
use mnv3_ir::Window;
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn emit(plan: &Plan<'_>, at: usize, block: &Block) -> TokenStream {
    let step = &plan.steps[at];
    let expand = match &block.expand {
        Some(expand) => layer(expand),
        None => quote!(NoExpand),
    };
    let depthwise = depthwise(plan, &block.plan.sizes.window, &block.depthwise);
    let gate = match &block.gate {
        Some([reduce, expand]) => {
            let (reduce, expand) = (layer(reduce), layer(expand));
            quote!(SqueezeExcite { reduce: #reduce, expand: #expand })
        }
        None => quote!(NoGate),
    };
    let project = layer(&block.project);
    let module = module(plan);
    let residual = match (block.residual, locals::second(plan, at)) {
        (Residual::None, _) => quote!(NoResidual),
        (Residual::Input, _) => quote!(AddInput),
        (Residual::Second, Some(added)) => quote!(#module AddMap(#added)),
        (Residual::Second, None) => unreachable!("a step that adds a second value reads one"),
    };
    let (buffer, output) = (buffer(step), map(plan, step.output));
    quote! {
        let block = InvertedResidual {
            expand: #expand,
            depthwise: #depthwise,
            gate: #gate,
            project: #project,
            residual: #residual,
        };
        let x: #output = #module inverted_residual(cpu, x, block, #buffer, scratch);
    }
}

/// `Depthwise3x3S1::<C>::at(...)`.
fn depthwise(plan: &Plan<'_>, window: &Window, layer: &Layer) -> TokenStream {
    let [channels, offset] = literals([layer.packed.kind.output(), layer.packed.offset]);
    let name = windows::depthwise(plan, window);
    let act = act::emit(layer.act);
    quote!(#name::<#channels>::at(weights, #offset, #act))
}

/// A depthwise convolution that is not inside of a block.
pub(super) fn depthwise_alone(plan: &Plan<'_>, step: &Step, window: &Window, layer: &Layer) -> TokenStream {
    let (layer, buffer, output) = (depthwise(plan, window, layer), buffer(step), map(plan, step.output));
    quote! {
        let depthwise = #layer;
        let x: #output = layers::depthwise(cpu, x, depthwise, #buffer, scratch);
    }
}

#[cfg(test)]
mod tests {
    use crate::rust::emitted::{statements, tiny};

    #[test]
    fn a_block_without_expansion_has_squeeze_excite_and_adds_its_input() {
        let network = tiny(&[]);
        insta::assert_snapshot!(statements(&network, "bottleneck 1"), @r#"

        // 1   { k: 3, exp: 16, out: 16, se: true, nl: RE, s: 1 }   tiny.yaml:7
        let block = InvertedResidual {
            expand: NoExpand,
            depthwise: Depthwise3x3S1::<16>::at(weights, 1792, RELU),
            gate: SqueezeExcite {
                reduce: Pointwise::<16, 8>::at(weights, 2432, RELU),
                expand: Pointwise::<8, 16>::at(weights, 3520, HARD_SIGMOID),
            },
            project: Pointwise::<16, 16>::at(weights, 4096, LINEAR),
            residual: AddInput,
        };
        let x: Map<8, 12, 16> = inverted_residual(cpu, x, block, slot1, scratch);
        observer.map("bottleneck 1", x.view());
        "#);
    }

    #[test]
    fn a_block_that_changes_the_shape_expands_and_adds_nothing() {
        let network = tiny(&[]);
        insta::assert_snapshot!(statements(&network, "bottleneck 2"), @r#"

        // 2   { k: [3, 5], exp: 40, out: 24, se: false, nl: HS, s: [2, 1] }   tiny.yaml:8
        let block = InvertedResidual {
            expand: Pointwise::<16, 40>::at(weights, 5184, HARD_SWISH),
            depthwise: Depthwise3x5S2x1::<40>::at(weights, 8448, HARD_SWISH),
            gate: NoGate,
            project: Pointwise::<40, 24>::at(weights, 11520, LINEAR),
            residual: NoResidual,
        };
        let x: Map<4, 12, 24> = inverted_residual(cpu, x, block, slot0, scratch);
        observer.map("bottleneck 2", x.view());
        "#);
    }

    #[test]
    fn the_gate_of_a_block_may_be_in_half_precision_or_int8() {
        let lines = |matrices: &str| {
            let text = statements(&tiny(&[matrices]), "bottleneck 1");
            let at: Vec<&str> = text.lines().filter(|line| line.contains("Pointwise")).collect();
            at.join("\n")
        };
        insta::assert_snapshot!(lines("matrices: f16"), @"
            reduce: Pointwise::<16, 8>::f16_at(weights, 2432, RELU),
            expand: Pointwise::<8, 16>::f16_at(weights, 3008, HARD_SIGMOID),
        project: Pointwise::<16, 16>::at(weights, 3328, LINEAR),
        ");
        insta::assert_snapshot!(lines("matrices: i8"), @"
            reduce: Pointwise::<16, 8>::i8_at(weights, 2432, RELU),
            expand: Pointwise::<8, 16>::i8_at(weights, 2816, HARD_SIGMOID),
        project: Pointwise::<16, 16>::at(weights, 3072, LINEAR),
        ");
    }

    #[test]
    fn a_block_whose_expand_output_is_tapped_is_two_steps_and_adds_what_was_expanded() {
        let network = tiny(&[
            "bottlenecks: [{ k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }, \
             { k: 3, exp: 40, out: 16, se: false, nl: HS, s: 1 }]",
            "taps: { wide: 2.expand }",
        ]);
        let first = statements(&network, "bottleneck 1");
        let first = first.lines().skip_while(|line| !line.contains("observer"));
        let text = first.collect::<Vec<_>>().join("\n") + "\n" + &statements(&network, "bottleneck 2");
        insta::assert_snapshot!(text, @r#"
        observer.map("bottleneck 1", x.view());
        let from_bottleneck_1 = x;

        // 2   { k: 3, exp: 40, out: 16, se: false, nl: HS, s: 1 }   tiny.yaml:8
        let expand = Pointwise::<16, 40>::at(weights, 3520, HARD_SWISH);
        let x: Map<8, 12, 40> = layers::pointwise(cpu, x, expand, slot2);
        let map_wide = x;
        let block = InvertedResidual {
            expand: NoExpand,
            depthwise: Depthwise3x3S1::<40>::at(weights, 6784, HARD_SWISH),
            gate: NoGate,
            project: Pointwise::<40, 16>::at(weights, 8704, LINEAR),
            residual: AddMap(from_bottleneck_1),
        };
        let x: Map<8, 12, 16> = inverted_residual(cpu, x, block, slot0, scratch);
        observer.map("bottleneck 2", x.view());
        "#);
    }

    #[test]
    fn a_tapped_block_writes_to_a_slot_of_its_own_and_is_bound_to_each_name() {
        let network = tiny(&["taps: { c2: 2, again: 2 }"]);
        let text = statements(&network, "bottleneck 2");
        let tail: Vec<&str> = text
            .lines()
            .skip_while(|line| !line.contains("inverted_residual"))
            .collect();
        insta::assert_snapshot!(tail.join("\n"), @r#"
        let x: Map<4, 12, 24> = inverted_residual(cpu, x, block, slot2, scratch);
        observer.map("bottleneck 2", x.view());
        let map_c2 = x;
        let map_again = x;
        "#);
    }
}
