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
    quote! {
        ::mnv3::Manifest {
            network: #name,
            dialect: #dialect,
            naming: ::mnv3::Naming::#naming,
            tensors: &[#(#tensors),*],
            layers: &[#(#layers),*],
            floats: #floats,
        }
    }
}

fn tensor(t: &Tensor) -> TokenStream {
    let name = &t.name;
    let shape = t.shape.iter().map(|&n| usize_literal(n));
    quote!(::mnv3::Tensor { name: #name, shape: &[#(#shape),*] })
}

fn layer(l: &Packed) -> TokenStream {
    let kind = match l.kind {
        Kind::Dense { kernel, input, output } => {
            let [kh, kw, input, output] = literals([kernel[0], kernel[1], input, output]);
            quote!(Dense { kh: #kh, kw: #kw, input: #input, output: #output })
        }
        Kind::Depthwise { kernel, channels } => {
            let [kh, kw, channels] = literals([kernel[0], kernel[1], channels]);
            quote!(Depthwise { kh: #kh, kw: #kw, channels: #channels })
        }
    };
    let layout = match l.layout {
        Layout::Oihw => quote!(Oihw),
        Layout::Hwio => quote!(Hwio),
    };
    let mut next = l.first_tensor;
    let mut index = || {
        let literal = usize_literal(next);
        next += 1;
        literal
    };
    let weight = index();
    let bias = if l.bias {
        let index = index();
        quote!(::core::option::Option::Some(#index))
    } else {
        quote!(::core::option::Option::None)
    };
    let norm = match l.epsilon {
        Some(epsilon) => {
            let (gamma, beta, mean, variance) = (index(), index(), index(), index());
            let epsilon = Literal::f64_unsuffixed(epsilon);
            quote!(::core::option::Option::Some(::mnv3::Norm {
                gamma: #gamma, beta: #beta, mean: #mean, variance: #variance, epsilon: #epsilon,
            }))
        }
        None => quote!(::core::option::Option::None),
    };
    let offset = usize_literal(l.offset);
    quote!(::mnv3::Recipe {
        kind: ::mnv3::Kind::#kind,
        layout: ::mnv3::Layout::#layout,
        weight: #weight,
        bias: #bias,
        norm: #norm,
        offset: #offset,
    })
}
