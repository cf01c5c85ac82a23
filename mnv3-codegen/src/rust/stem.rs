//! The first convolution.

use super::{Body, act, literals, usize_literal};
use mnv3_spec::network::{Conv, Window};
use proc_macro2::TokenStream;
use quote::quote;

/// `Kernel, Stride, Dilation, Padding`: the window's type arguments.
pub(super) fn window(w: &Window) -> TokenStream {
    let [kh, kw] = literals(w.kernel);
    let [sh, sw] = literals(w.stride);
    let [dh, dw] = literals(w.dilation);
    let [top, bottom] = literals(w.pad_h);
    let [left, right] = literals(w.pad_w);
    quote!(Kernel<#kh, #kw>, Stride<#sh, #sw>, Dilation<#dh, #dw>, Padding<#top, #bottom, #left, #right>)
}

pub(super) fn emit(body: &mut Body<'_>, stem: &Conv) {
    body.comment(&stem.source, "stem");
    let offset = body.next_offset();
    let buffer = body.next_buffer();
    let window = window(&stem.window);
    let act = act::emit(stem.act);
    let [h, w] = literals([stem.input.h, stem.input.w]);
    let [input, output] = literals([stem.input.c, stem.output.c]);
    let (oh, ow) = (usize_literal(stem.output.h), usize_literal(stem.output.w));
    body.statements.extend(quote! {
        let stem = Stem::<#input, #output, #window>::at(weights, #offset, #act);
        let image: Image<#h, #w, #input> = Image::new(image);
        let x: Map<#oh, #ow, #output> = layers::stem(cpu, image, stem, #buffer, scratch);
        observer.map("stem", x.view());
    });
}

#[cfg(test)]
mod tests {
    use crate::rust::emitted::{statements, tiny};

    #[test]
    fn a_stem_is_a_layer_over_the_image() {
        let network = tiny(&[]);
        insta::assert_snapshot!(statements(&network, 0, |body| super::emit(body, &network.stem)), @r#"

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
        let x: Map<8, 12, 16> = layers::stem(cpu, image, stem, &mut *even, scratch);
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
        insta::assert_snapshot!(statements(&network, 0, |body| super::emit(body, &network.stem)), @r#"

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
        let x: Map<16, 13, 8> = layers::stem(cpu, image, stem, &mut *even, scratch);
        observer.map("stem", x.view());
        "#);
    }
}
