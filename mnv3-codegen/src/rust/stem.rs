//! The first convolution.

use super::literals::literals;
use super::locals::buffer;
use super::types::{functions, map, module};
use super::{act, windows};
use crate::plan::{Layer, Plan, Step};
use mnv3_ir::Window;
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn emit(plan: &Plan<'_>, step: &Step, w: &Window, layer: &Layer) -> TokenStream {
    let (window, act, buffer, output) = (
        windows::arguments(w),
        act::emit(layer.act),
        buffer(step),
        map(plan, step.output),
    );
    let image = step.inputs[0].shape;
    let [h, w, input, out] = literals([image.h, image.w, image.c, step.output.c]);
    let [offset] = literals([layer.packed.offset]);
    let (module, functions) = (module(plan), functions(plan));
    quote! {
        let stem = #module Stem::<#input, #out, #window>::at(weights, #offset, #act);
        let image: Image<#h, #w, #input> = Image::new(image);
        let x: #output = #functions stem(cpu, image, stem, #buffer, scratch);
    }
}

#[cfg(test)]
mod tests {
    use crate::rust::emitted::{statements, tiny};

    #[test]
    fn a_stem_is_a_layer_over_the_image() {
        let network = tiny(&[]);
        insta::assert_snapshot!(statements(&network, "stem"), @r#"

        // stem   { k: 3, out: 16, nl: HS, s: 2 }   tiny.yaml:5
        let stem = Stem::<
            3,
            16,
            Kernel<3, 3>,
            Stride<2, 2>,
            Dilation<1, 1>,
            Padding<1, 1, 1, 1>,
        >::at(weights, 0, HARD_SWISH);
        let image: Image<16, 24, 3> = Image::new(image);
        let x: Map<8, 12, 16> = layers::stem(cpu, image, stem, slot0, scratch);
        observer.map("stem", x.view());
        "#);
    }

    #[test]
    fn a_stem_of_another_shape_and_uneven_padding_differs_in_its_literals() {
        let network = tiny(&[
            "input: { size: [16, 26], channels: 1 }",
            "stem: { k: [3, 5], out: 8, nl: RE, s: [1, 2] }",
            "dialect: keras",
        ]);
        insta::assert_snapshot!(statements(&network, "stem"), @r#"

        // stem   { k: [3, 5], out: 8, nl: RE, s: [1, 2] }   tiny.yaml:9
        let stem = Stem::<
            1,
            8,
            Kernel<3, 5>,
            Stride<1, 2>,
            Dilation<1, 1>,
            Padding<1, 1, 1, 2>,
        >::at(weights, 0, RELU);
        let image: Image<16, 26, 1> = Image::new(image);
        let x: Map<16, 13, 8> = layers::stem(cpu, image, stem, slot0, scratch);
        observer.map("stem", x.view());
        "#);
    }
}
