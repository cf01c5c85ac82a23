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
        let x: Map<#oh, #ow, #output> = layers::stem(level, image, stem, #buffer, scratch);
        observer.map("stem", x.view());
    });
}
