//! Types of maps, and the modules of functions, in single precision and in eight bits.

use super::literals::literals;
use crate::plan::Plan;
use mnv3_ir::Shape;
use proc_macro2::TokenStream;
use quote::quote;

/// What stands before the functions of a network in eight bits where those in single precision have the same name: `int8::`.
pub(super) fn module(plan: &Plan<'_>) -> Option<TokenStream> {
    plan.is_int8().then(|| quote!(int8::))
}

/// The same, or the module of others.
pub(super) fn functions(plan: &Plan<'_>) -> TokenStream {
    module(plan).unwrap_or_else(|| quote!(layers::))
}

/// `Map<H, W, C>`
pub(super) fn float_map(shape: Shape) -> TokenStream {
    let [h, w, c] = literals([shape.h, shape.w, shape.c]);
    quote!(Map<#h, #w, #c>)
}

/// The same, or `int8::Map<H, W, C>`
pub(super) fn map(plan: &Plan<'_>, shape: Shape) -> TokenStream {
    let (module, map) = (module(plan), float_map(shape));
    quote!(#module #map)
}
