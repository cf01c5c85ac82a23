//! Inverted residual blocks.

use super::pointwise::layer;
use super::{act, buffer, literals, map, stem::window};
use crate::plan::{Block, Residual, Step};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// `added` is the local of what the step reads second.
pub(super) fn emit(step: &Step, block: &Block, added: Option<Ident>) -> TokenStream {
    let expand = match &block.expand {
        Some(expand) => layer(expand),
        None => quote!(NoExpand),
    };
    let depthwise = {
        let [channels, offset] = literals([block.plan.sizes.channels, block.depthwise.packed.offset]);
        let (window, act) = (window(&block.plan.sizes.window), act::emit(block.depthwise.act));
        quote!(Depthwise::<#channels, #window>::at(weights, #offset, #act))
    };
    let gate = match &block.gate {
        Some([reduce, expand]) => {
            let (reduce, expand) = (layer(reduce), layer(expand));
            quote!(SqueezeExcite { reduce: #reduce, expand: #expand })
        }
        None => quote!(NoGate),
    };
    let project = layer(&block.project);
    let residual = match (block.residual, added) {
        (Residual::None, _) => quote!(NoResidual),
        (Residual::Input, _) => quote!(AddInput),
        (Residual::Second, Some(added)) => quote!(AddMap(#added)),
        (Residual::Second, None) => unreachable!("a step that adds a second value reads one"),
    };
    let (buffer, output) = (buffer(step), map(step.output));
    quote! {
        let expand = #expand;
        let depthwise = #depthwise;
        let gate = #gate;
        let project = #project;
        let x: #output =
            layers::inverted_residual(cpu, x, expand, depthwise, gate, project, #residual, #buffer, scratch);
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
        let expand = NoExpand;
        let depthwise = Depthwise::<
            16,
            Kernel<3, 3>,
            Stride<1, 1>,
            Dilation<1, 1>,
            Padding<1, 1, 1, 1>,
        >::at(weights, 1792, RELU);
        let gate = SqueezeExcite {
            reduce: Pointwise::<16, 8>::at(weights, 2432, RELU),
            expand: Pointwise::<8, 16>::at(weights, 3520, HARD_SIGMOID),
        };
        let project = Pointwise::<16, 16>::at(weights, 4096, LINEAR);
        let x: Map<8, 12, 16> = layers::inverted_residual(
            cpu,
            x,
            expand,
            depthwise,
            gate,
            project,
            AddInput,
            &mut *slot1,
            scratch,
        );
        observer.map("bottleneck 1", x.view());
        "#);
    }

    #[test]
    fn a_block_that_changes_the_shape_expands_and_adds_nothing() {
        let network = tiny(&[]);
        insta::assert_snapshot!(statements(&network, "bottleneck 2"), @r#"

        // 2   { k: [3, 5], exp: 40, out: 24, se: false, nl: HS, s: [2, 1] }   tiny.yaml:8
        let expand = Pointwise::<16, 40>::at(weights, 5184, HARD_SWISH);
        let depthwise = Depthwise::<
            40,
            Kernel<3, 5>,
            Stride<2, 1>,
            Dilation<1, 1>,
            Padding<1, 1, 2, 2>,
        >::at(weights, 8448, HARD_SWISH);
        let gate = NoGate;
        let project = Pointwise::<40, 24>::at(weights, 11520, LINEAR);
        let x: Map<4, 12, 24> = layers::inverted_residual(
            cpu,
            x,
            expand,
            depthwise,
            gate,
            project,
            NoResidual,
            &mut *slot0,
            scratch,
        );
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
        let project = Pointwise::<16, 16>::at(weights, 3328, LINEAR);
        ");
        insta::assert_snapshot!(lines("matrices: i8"), @"
            reduce: Pointwise::<16, 8>::i8_at(weights, 2432, RELU),
            expand: Pointwise::<8, 16>::i8_at(weights, 2816, HARD_SIGMOID),
        let project = Pointwise::<16, 16>::at(weights, 3072, LINEAR);
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
        let x: Map<8, 12, 40> = layers::pointwise(cpu, x, expand, &mut *slot2);
        let map_wide = x;
        let expand = NoExpand;
        let depthwise = Depthwise::<
            40,
            Kernel<3, 3>,
            Stride<1, 1>,
            Dilation<1, 1>,
            Padding<1, 1, 1, 1>,
        >::at(weights, 6784, HARD_SWISH);
        let gate = NoGate;
        let project = Pointwise::<40, 16>::at(weights, 8704, LINEAR);
        let x: Map<8, 12, 16> = layers::inverted_residual(
            cpu,
            x,
            expand,
            depthwise,
            gate,
            project,
            AddMap(from_bottleneck_1),
            &mut *slot0,
            scratch,
        );
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
        let x: Map<4, 12, 24> = layers::inverted_residual(
            cpu,
            x,
            expand,
            depthwise,
            gate,
            project,
            NoResidual,
            &mut *slot2,
            scratch,
        );
        observer.map("bottleneck 2", x.view());
        let map_c2 = x;
        let map_again = x;
        "#);
    }
}
