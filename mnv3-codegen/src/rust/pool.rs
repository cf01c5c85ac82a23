//! Pools.

use super::literals::literals;
use super::locals::buffer;
use super::types::{functions, map};
use crate::plan::{Plan, Step};
use mnv3_ir::Pool;
use proc_macro2::TokenStream;
use quote::quote;

/// A pool over windows of the map.
pub(super) fn windows(plan: &Plan<'_>, step: &Step, pool: Pool, kernel: [usize; 2], stride: [usize; 2]) -> TokenStream {
    let (pool, buffer, output) = (kind(pool), buffer(step), map(plan, step.output));
    let ([kh, kw], [sh, sw]) = (literals(kernel), literals(stride));
    let functions = functions(plan);
    quote! {
        let x: #output = #functions window_pool(cpu, x, #pool, Kernel::<#kh, #kw>, Stride::<#sh, #sw>, #buffer);
    }
}

/// A map to a vector.
pub(super) fn global(plan: &Plan<'_>, step: &Step, pool: Pool) -> TokenStream {
    let (pool, buffer, [width]) = (kind(pool), buffer(step), literals([step.output.c]));
    let functions = functions(plan);
    quote! {
        let x: Vector<#width> = #functions global_pool(cpu, x, #pool, #buffer);
    }
}

fn kind(pool: Pool) -> TokenStream {
    match pool {
        Pool::Avg => quote!(Pool::Avg),
        Pool::Max => quote!(Pool::Max),
    }
}
