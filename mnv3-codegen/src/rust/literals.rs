//! Numbers as generated code writes them.

use proc_macro2::TokenStream;
use quote::quote;

/// An unsuffixed literal.
pub(super) fn usize_literal(n: usize) -> TokenStream {
    let n = proc_macro2::Literal::usize_unsuffixed(n);
    quote!(#n)
}

pub(super) fn literals<const N: usize>(numbers: [usize; N]) -> [TokenStream; N] {
    numbers.map(usize_literal)
}
