//! Inverted residual blocks.

use super::{Body, act, literals, stem::window};
use mnv3_spec::network::{Bottleneck, Dense};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// `Pointwise::<IN, OUT>::at(...)` for the next layer of the plan.
pub(super) fn pointwise(body: &mut Body<'_>, dense: &Dense) -> TokenStream {
    let offset = body.next_offset();
    let [input, output] = literals([dense.input, dense.output]);
    let act = act::emit(dense.act);
    quote!(Pointwise::<#input, #output>::at(weights, #offset, #act))
}

pub(super) fn emit(body: &mut Body<'_>, block: &Bottleneck) {
    body.comment(&block.source, &block.number.to_string());
    let expand = match &block.expand {
        Some(dense) => pointwise(body, dense),
        None => quote!(NoExpand),
    };
    let depthwise = {
        let offset = body.next_offset();
        let [channels] = literals([block.depthwise.channels]);
        let window = window(&block.depthwise.window);
        let act = act::emit(block.depthwise.act);
        quote!(Depthwise::<#channels, #window>::at(weights, #offset, #act))
    };
    let gate = match &block.squeeze_excite {
        Some(se) => {
            let (reduce, expand) = (pointwise(body, &se.reduce), pointwise(body, &se.expand));
            quote!(SqueezeExcite { reduce: #reduce, expand: #expand })
        }
        None => quote!(NoGate),
    };
    let project = pointwise(body, &block.project);
    let residual = if block.residual {
        quote!(AddInput)
    } else {
        quote!(NoResidual)
    };
    let buffer = body.bottleneck_buffer(block.number);
    let [oh, ow, out] = literals([block.output.h, block.output.w, block.output.c]);
    let name = format!("bottleneck {}", block.number);
    body.statements.extend(quote! {
        let expand = #expand;
        let depthwise = #depthwise;
        let gate = #gate;
        let project = #project;
        let x: Map<#oh, #ow, #out> =
            layers::inverted_residual(level, x, expand, depthwise, gate, project, #residual, #buffer, scratch);
        observer.map(#name, x.view());
    });
    for tap in body.plan.taps(block.number) {
        let tap = format_ident!("{}", tap);
        body.statements.extend(quote!(let #tap = x;));
    }
}
