//! Non-linearities: each that a network uses is a constant under the name that its spec's column `nl` has for it.

use mnv3_ir::Act;
use mnv3_spec::graph::{Graph, OpKind};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The constant's name.
pub(super) fn emit(act: Act) -> TokenStream {
    match act {
        Act::Identity => quote!(LINEAR),
        Act::Relu => quote!(RELU),
        Act::Relu6 => quote!(RELU6),
        Act::HardSigmoid { .. } => quote!(HARD_SIGMOID),
        Act::HardSwish { .. } => quote!(HARD_SWISH),
    }
}

/// The constants that a network needs. A dialect has one hard sigmoid and one hard swish.
pub(super) fn constants(graph: &Graph<'_>) -> TokenStream {
    let mut acts: Vec<Act> = Vec::new();
    let mut add = |act: Act| {
        if !acts.contains(&act) {
            acts.push(act);
        }
    };
    for op in &graph.ops {
        match op.kind {
            OpKind::Activation { act } => add(act),
            kind => kind.act().into_iter().for_each(&mut add),
        }
    }
    let constants = acts.into_iter().map(|act| {
        let (name, value) = (emit(act), value(act));
        quote!(const #name: Act = Act::#value;)
    });
    quote!(#(#constants)*)
}

fn value(act: Act) -> TokenStream {
    let hard = |slope: f32, offset: f32| {
        let (slope, offset) = (Literal::f32_unsuffixed(slope), Literal::f32_unsuffixed(offset));
        quote!({ slope: #slope, offset: #offset })
    };
    match act {
        Act::Identity => quote!(Identity),
        Act::Relu => quote!(Relu),
        Act::Relu6 => quote!(Relu6),
        Act::HardSigmoid { slope, offset } => {
            let fields = hard(slope, offset);
            quote!(HardSigmoid #fields)
        }
        Act::HardSwish { slope, offset } => {
            let fields = hard(slope, offset);
            quote!(HardSwish #fields)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rust::emitted::{formatted, tiny};

    #[test]
    fn each_non_linearity_of_a_network_is_one_constant_in_the_order_of_use() {
        insta::assert_snapshot!(formatted(super::constants(&tiny(&[]).graph())), @r"
        const HARD_SWISH: Act = Act::HardSwish {
            slope: 0.16666667,
            offset: 0.5,
        };
        const RELU: Act = Act::Relu;
        const HARD_SIGMOID: Act = Act::HardSigmoid {
            slope: 0.16666667,
            offset: 0.5,
        };
        const LINEAR: Act = Act::Identity;
        ");
    }

    #[test]
    fn conventions_decide_what_the_constants_are() {
        let network = tiny(&[
            "conventions: { RE: relu6, hard_sigmoid: { slope: 0.2 }, hard_swish: { slope: 0.25, offset: 0.5 } }",
        ]);
        insta::assert_snapshot!(formatted(super::constants(&network.graph())), @r"
        const HARD_SWISH: Act = Act::HardSwish {
            slope: 0.25,
            offset: 0.5,
        };
        const RELU6: Act = Act::Relu6;
        const RELU: Act = Act::Relu;
        const HARD_SIGMOID: Act = Act::HardSigmoid {
            slope: 0.2,
            offset: 0.5,
        };
        const LINEAR: Act = Act::Identity;
        ");
    }
}
