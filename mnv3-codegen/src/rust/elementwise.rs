//! Maps that are gated, added and resized.

use super::act;
use super::literals::usize_literal;
use super::locals::buffer;
use super::types::float_map;
use crate::plan::{Plan, Step};
use mnv3_ir::Act;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// A map times the sigmoids of a vector.
pub(super) fn gate(step: &Step, vector: Option<Ident>) -> TokenStream {
    let (buffer, output) = (buffer(step), float_map(step.output));
    quote!(let x: #output = layers::gate(cpu, x, #vector, #buffer);)
}

/// A map times a vector.
pub(super) fn scale(step: &Step, vector: Option<Ident>) -> TokenStream {
    let (buffer, output) = (buffer(step), float_map(step.output));
    quote!(let x: #output = layers::scale(cpu, x, #vector, #buffer);)
}

/// A non-linearity by itself.
pub(super) fn activation(plan: &Plan<'_>, step: &Step, kind: Act) -> TokenStream {
    let (buffer, act) = (buffer(step), act::emit(kind));
    if plan.graph.is_map(step.value) {
        let output = float_map(step.output);
        return quote!(let x: #output = layers::activate(cpu, x, #act, #buffer););
    }
    let width = usize_literal(step.output.c);
    quote!(let x: Vector<#width> = layers::activate_vector(cpu, x, #act, #buffer);)
}

/// The sum of two maps.
pub(super) fn add(step: &Step, other: Option<Ident>) -> TokenStream {
    let (buffer, output) = (buffer(step), float_map(step.output));
    quote!(let x: #output = layers::add(cpu, x, #other, #buffer);)
}

/// A map at another size.
pub(super) fn resize(plan: &Plan<'_>, step: &Step) -> TokenStream {
    let (buffer, output) = (buffer(step), float_map(step.output));
    if plan.enlarges(step) {
        return quote!(let x: #output = layers::enlarge(cpu, x, #buffer, scratch, observer););
    }
    quote!(let x: #output = layers::resize(cpu, x, #buffer, scratch);)
}

/// A map of a quarter of the channels.
pub(super) fn pixel_shuffle(step: &Step) -> TokenStream {
    let (buffer, output) = (buffer(step), float_map(step.output));
    quote!(let x: #output = layers::pixel_shuffle(cpu, x, #buffer);)
}

#[cfg(test)]
mod tests {
    use crate::rust::emitted::{statements, tiny};

    #[test]
    fn a_head_that_segments_reads_two_maps_and_gives_logits_of_the_size_of_the_image() {
        let network = tiny(&["head: { kind: segment, low: 1, hidden: 20, nl: RE, classes: 5 }"]);
        insta::assert_snapshot!(statements(&network, "head"), @r#"
        // head   { kind: segment, low: 1, hidden: 20, nl: RE, classes: 5 }   tiny.yaml:10
        let hidden = Pointwise::<32, 20>::at(weights, 19968, RELU);
        let x: Map<4, 12, 20> = layers::pointwise(cpu, x, hidden, slot0);
        let from_head_hidden = x;
        let x = from_last;
        let x: Vector<32> = layers::global_pool(cpu, x, Pool::Avg, slot3);
        let hidden = Pointwise::<32, 20>::at(weights, 24192, LINEAR);
        let x: Vector<20> = layers::hidden(cpu, x, hidden, slot2);
        let from_head_gate = x;
        let x = from_head_hidden;
        let x: Map<4, 12, 20> = layers::gate(cpu, x, from_head_gate, slot3);
        let from_head_gated = x;
        let x = from_bottleneck_1;
        let low_classes = Pointwise::<16, 5>::at(weights, 28416, LINEAR);
        let x: Map<8, 12, 5> = layers::pointwise(cpu, x, low_classes, slot0);
        let from_head_low_classes = x;
        let x = from_head_gated;
        let high_classes = Pointwise::<20, 5>::at(weights, 29504, LINEAR);
        let x: Map<4, 12, 5> = layers::pointwise(cpu, x, high_classes, slot1);
        let x: Map<8, 12, 5> = layers::resize(cpu, x, slot2, scratch);
        let x: Map<8, 12, 5> = layers::add(cpu, x, from_head_low_classes, slot1);
        let x: Map<16, 24, 5> = layers::enlarge(cpu, x, slot0, scratch, observer);
        observer.map("head", x.view());
        let map_logits = x;
        "#);
    }

    #[test]
    fn a_decoder_is_a_stage_after_the_other() {
        let network =
            tiny(&["head: { kind: segment, decoder: [{ low: stem, k: 3 }], hidden: 20, nl: RE, classes: 1 }"]);
        insta::assert_snapshot!(statements(&network, "head"), @r#"
        // head   { kind: segment, decoder: [{ low: stem, k: 3 }], hidden: 20, nl: RE, classes: 1 }   tiny.yaml:10
        let hidden = Pointwise::<32, 20>::at(weights, 19968, RELU);
        let x: Map<4, 12, 20> = layers::pointwise(cpu, x, hidden, slot2);
        let from_head_hidden = x;
        let x = from_last;
        let x: Vector<32> = layers::global_pool(cpu, x, Pool::Avg, slot3);
        let hidden = Pointwise::<32, 20>::at(weights, 24192, LINEAR);
        let x: Vector<20> = layers::hidden(cpu, x, hidden, slot1);
        let from_head_gate = x;
        let x = from_head_hidden;
        let x: Map<4, 12, 20> = layers::gate(cpu, x, from_head_gate, slot3);
        let up = Pointwise::<20, 16>::at(weights, 28416, LINEAR);
        let x: Map<4, 12, 16> = layers::pointwise(cpu, x, up, slot1);
        let x: Map<8, 12, 16> = layers::resize(cpu, x, slot2, scratch);
        let from_head_resized = x;
        let x: Map<8, 12, 16> = layers::add(cpu, x, from_stem, slot1);
        let x: Vector<16> = layers::global_pool(cpu, x, Pool::Avg, slot3);
        let hidden = Pointwise::<16, 16>::at(weights, 29760, RELU);
        let x: Vector<16> = layers::hidden(cpu, x, hidden, slot1);
        let hidden = Pointwise::<16, 16>::at(weights, 30848, LINEAR);
        let x: Vector<16> = layers::hidden(cpu, x, hidden, slot3);
        let from_head_excite = x;
        let x = from_stem;
        let x: Map<8, 12, 16> = layers::gate(cpu, x, from_head_excite, slot1);
        let x: Map<8, 12, 16> = layers::add(cpu, x, from_head_resized, slot0);
        let merge = Pointwise::<16, 16>::at(weights, 31936, RELU);
        let x: Map<8, 12, 16> = layers::pointwise(cpu, x, merge, slot1);
        let from_head_merge = x;
        let depthwise = Depthwise3x3S1::<16>::at(weights, 33024, RELU);
        let x: Map<8, 12, 16> = layers::depthwise(cpu, x, depthwise, slot0, scratch);
        let from_head_depthwise = x;
        let x = from_head_merge;
        let x: Map<8, 12, 16> = layers::add(cpu, x, from_head_depthwise, slot2);
        let classes = Pointwise::<16, 4>::at(weights, 33664, LINEAR);
        let x: Map<8, 12, 4> = layers::pointwise(cpu, x, classes, slot0);
        let x: Map<16, 24, 1> = layers::pixel_shuffle(cpu, x, slot1);
        observer.map("head", x.view());
        let map_logits = x;
        "#);
    }
}
