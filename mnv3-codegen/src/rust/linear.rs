//! Linear layers, and what becomes of scores.

use super::literals::literals;
use super::locals::buffer;
use super::pointwise;
use super::types::functions;
use crate::plan::{Layer, Plan, Step};
use proc_macro2::TokenStream;
use quote::quote;

/// A vector to a vector.
pub(super) fn hidden(plan: &Plan<'_>, step: &Step, layer: &Layer) -> TokenStream {
    let (layer, buffer, [width]) = (pointwise::layer(layer), buffer(step), literals([step.output.c]));
    let functions = functions(plan);
    quote! {
        let hidden = #layer;
        let x: Vector<#width> = #functions hidden(cpu, x, hidden, #buffer);
    }
}

/// A vector to the caller's scores.
pub(super) fn scores(plan: &Plan<'_>, layer: &Layer) -> TokenStream {
    let (layer, functions) = (pointwise::layer(layer), functions(plan));
    quote! {
        let classes = #layer;
        #functions classes(cpu, x, classes, scratch, scores);
    }
}

/// Scores to probabilities that add up to 1.
pub(super) fn softmax() -> TokenStream {
    quote!(layers::softmax(scores);)
}

/// Scores to a probability each.
pub(super) fn sigmoid() -> TokenStream {
    quote!(layers::sigmoid(scores);)
}

/// A vector to the caller's embedding.
pub(super) fn flatten() -> TokenStream {
    quote!(layers::flatten(x, embedding);)
}

#[cfg(test)]
mod tests {
    use crate::rust::emitted::{statements, tiny};

    #[test]
    fn a_head_pools_widens_and_scores() {
        let network = tiny(&[]);
        insta::assert_snapshot!(statements(&network, "head"), @"

        // head   { pool: avg, hidden: 20, nl: HS, classes: 5 }   tiny.yaml:10
        let x: Vector<32> = layers::global_pool(cpu, x, Pool::Avg, slot0);
        let hidden = Pointwise::<32, 20>::at(weights, 19968, HARD_SWISH);
        let x: Vector<20> = layers::hidden(cpu, x, hidden, slot1);
        let classes = Pointwise::<20, 5>::at(weights, 24192, LINEAR);
        layers::classes(cpu, x, classes, scratch, scores);
        ");
    }

    #[test]
    fn a_head_with_windows_and_softmax_and_without_hidden_layer() {
        let network =
            tiny(&["head: { pool: [{ kind: max, k: 2, s: [2, 1] }, avg], hidden: none, classes: 5, softmax: true }"]);
        insta::assert_snapshot!(statements(&network, "head"), @"

        // head   { pool: [{ kind: max, k: 2, s: [2, 1] }, avg], hidden: none, classes: 5, softmax: true }   tiny.yaml:10
        let x: Map<2, 11, 32> = layers::window_pool(
            cpu,
            x,
            Pool::Max,
            Kernel::<2, 2>,
            Stride::<2, 1>,
            slot0,
        );
        let x: Vector<32> = layers::global_pool(cpu, x, Pool::Avg, slot1);
        let classes = Pointwise::<32, 5>::at(weights, 19968, LINEAR);
        layers::classes(cpu, x, classes, scratch, scores);
        layers::softmax(scores);
        ");
    }
}
