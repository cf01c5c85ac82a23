//! What stands between the parentheses of `mobilenet!`.

use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Token};

/// `"mnv3:large"` or `"specs/large.yaml"`, or `"mnv3:large", weights = "large.mnv3"`.
pub(crate) struct Input {
    pub(crate) spec: LitStr,
    pub(crate) weights: Option<LitStr>,
}

const USAGE: &str = "mobilenet!(\"mnv3:large\") or mobilenet!(\"specs/my.yaml\")";
const WEIGHTS: &str = "weights = \"large.safetensors\"";

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Err(input.error(format!("name a spec: {USAGE}")));
        }
        let spec = text(input, &format!("name a spec as text: {USAGE}"))?;
        let mut weights = None;
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let name: Ident = input
                .parse()
                .map_err(|e| syn::Error::new(e.span(), format!("write {WEIGHTS}")))?;
            if name != "weights" {
                let message = format!("mobilenet! has no argument `{name}`: after the spec it takes {WEIGHTS}");
                return Err(syn::Error::new(name.span(), message));
            }
            if weights.is_some() {
                return Err(syn::Error::new(name.span(), "the argument `weights` is there twice"));
            }
            input.parse::<Token![=]>()?;
            weights = Some(text(input, &format!("name the file by its path, as text: {WEIGHTS}"))?);
        }
        Ok(Self { spec, weights })
    }
}

fn text(input: ParseStream<'_>, otherwise: &str) -> syn::Result<LitStr> {
    input.parse().map_err(|e| syn::Error::new(e.span(), otherwise))
}
