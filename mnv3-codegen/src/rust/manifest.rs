//! The table by which weights are read: every tensor's name and shape, every layer's form and place.

use super::{literals, usize_literal};
use crate::plan::{Kind, Packed, Plan};
use mnv3_spec::network::{Layout, Naming, Tensor};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The manifest as an expression.
pub(super) fn emit(plan: &Plan<'_>) -> TokenStream {
    let network = plan.network;
    let (name, dialect) = (&network.name, &network.dialect);
    let naming = match network.naming {
        Naming::Exact => quote!(Exact),
        Naming::KerasAutomatic => quote!(KerasAutomatic),
    };
    let tensors = plan.tensors.iter().map(|t| tensor(t));
    let layers = plan.layers.iter().map(layer);
    let floats = usize_literal(plan.weight_floats);
    quote! {{
        use ::mnv3::{Layout, Recipe, Tensor};
        &::mnv3::Manifest {
            network: #name,
            dialect: #dialect,
            naming: ::mnv3::Naming::#naming,
            tensors: &[#(#tensors),*],
            layers: &[#(#layers),*],
            floats: #floats,
        }
    }}
}

fn tensor(t: &Tensor) -> TokenStream {
    let name = &t.name;
    let shape = t.shape.iter().map(|&n| usize_literal(n));
    quote!(Tensor::new(#name, &[#(#shape),*]))
}

fn layer(l: &Packed) -> TokenStream {
    let form = match l.kind {
        Kind::Dense { kernel, input, output } => {
            let [kh, kw, input, output] = literals([kernel[0], kernel[1], input, output]);
            quote!(dense([#kh, #kw], #input, #output))
        }
        Kind::Depthwise { kernel, channels } => {
            let [kh, kw, channels] = literals([kernel[0], kernel[1], channels]);
            quote!(depthwise([#kh, #kw], #channels))
        }
    };
    let layout = match l.layout {
        Layout::Oihw => quote!(Oihw),
        Layout::Hwio => quote!(Hwio),
    };
    let [first, offset] = literals([l.first_tensor, l.offset]);
    let bias = l.bias.then(|| quote!(.bias()));
    let norm = l.epsilon.map(|epsilon| {
        let epsilon = Literal::f64_unsuffixed(epsilon);
        quote!(.norm(#epsilon))
    });
    quote!(Recipe::#form.read(Layout::#layout, #first)#bias #norm.at(#offset))
}
