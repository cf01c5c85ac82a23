//! The crate `mnv3` under another path: renamed, or handed on by another crate.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Path;

/// Generated code with every `::mnv3` in it replaced.
pub(crate) fn named(code: TokenStream, facade: &Path) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    for tree in code {
        let is_mnv3 = matches!(&tree, TokenTree::Ident(ident) if ident == "mnv3") && ends_in_colons(&out);
        match tree {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), named(group.stream(), facade));
                inner.set_span(group.span());
                out.push(inner.into());
            }
            _ if is_mnv3 => {
                out.truncate(out.len() - 2);
                out.extend(facade.to_token_stream());
            }
            other => out.push(other),
        }
    }
    out.into_iter().collect()
}

/// Whether the last two tokens are `::`.
fn ends_in_colons(out: &[TokenTree]) -> bool {
    let is_colon = |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ':');
    matches!(out, [.., first, second] if is_colon(first) && is_colon(second))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    #[test]
    fn absolute_paths_are_replaced_wherever_they_stand_and_no_others() {
        let code = quote! { fn f(x: ::mnv3::Map) -> [::mnv3::Map; 2] { a::b(::mnv3::g!(::mnv3::X), mnv3, "mnv3") } };
        let facade = syn::parse_quote!(::vision::mnv3);
        let expected = quote! {
            fn f(x: ::vision::mnv3::Map) -> [::vision::mnv3::Map; 2] {
                a::b(::vision::mnv3::g!(::vision::mnv3::X), mnv3, "mnv3")
            }
        };
        assert_eq!(super::named(code, &facade).to_string(), expected.to_string());
    }
}
