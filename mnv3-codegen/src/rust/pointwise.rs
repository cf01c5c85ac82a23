//! 1x1 convolutions.

use super::act;
use super::literals::literals;
use super::locals::buffer;
use super::types::{functions, map};
use crate::plan::{Layer, Plan, Step};
use mnv3_ir::Packing;
use mnv3_weights::Kind;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// `Pointwise::<IN, OUT>::at(...)`, by how its weights are stored; `int8::Pointwise` of one in eight bits.
pub(super) fn layer(layer: &Layer) -> TokenStream {
    let packed = &layer.packed;
    let input = match packed.kind {
        Kind::Dense { input, .. } => input,
        Kind::Depthwise { .. } => {
            unreachable!("the pass that fuses gives a block's own layer to its depthwise convolution")
        }
    };
    let (module, at) = match (packed.around, packed.packing) {
        (Some(_), _) => (Some(quote!(int8::)), quote!(at)),
        (None, Packing::F32) => (None, quote!(at)),
        (None, Packing::F16) => (None, quote!(f16_at)),
        (None, Packing::I8) => (None, quote!(i8_at)),
    };
    let [input, output, offset] = literals([input, packed.kind.output(), packed.offset]);
    let act = act::emit(layer.act);
    quote!(#module Pointwise::<#input, #output>::#at(weights, #offset, #act))
}

pub(super) fn emit(plan: &Plan<'_>, step: &Step, weights: &Layer) -> TokenStream {
    let (layer, buffer, output) = (layer(weights), buffer(step), map(plan, step.output));
    // The convolutions of `last` are that and no more.
    let name = match step.name {
        "conv" => "last",
        other => other,
    };
    let functions = functions(plan);
    // In eight bits it makes a form of its input that is fast to multiply.
    let scratch = plan.is_int8().then(|| quote!(, scratch));
    let name = format_ident!("{}", name);
    quote! {
        let #name = #layer;
        let x: #output = #functions pointwise(cpu, x, #name, #buffer #scratch);
    }
}

#[cfg(test)]
mod tests {
    use crate::rust::emitted::{statements, tiny};

    #[test]
    fn the_last_convolution_is_pointwise() {
        let network = tiny(&[]);
        insta::assert_snapshot!(statements(&network, "last"), @r#"

        // last   { out: 32, nl: HS }   tiny.yaml:9
        let last = Pointwise::<24, 32>::at(weights, 16768, HARD_SWISH);
        let x: Map<4, 12, 32> = layers::pointwise(cpu, x, last, slot1);
        observer.map("last", x.view());
        "#);
    }
}
