//! What stands between the parentheses of `mobilenet!`.

use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token};

/// `"specs/large.yaml"`.
pub(crate) struct Input {
    pub(crate) spec: LitStr,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Err(input.error("name a spec: mobilenet!(\"specs/large.yaml\")"));
        }
        let spec: LitStr = input.parse().map_err(|e| {
            syn::Error::new(
                e.span(),
                "name a spec by its path, as text: mobilenet!(\"specs/large.yaml\")",
            )
        })?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        if !input.is_empty() {
            return Err(input.error("mobilenet! takes one argument, the path of a spec"));
        }
        Ok(Self { spec })
    }
}
