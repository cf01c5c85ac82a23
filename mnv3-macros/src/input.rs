//! What stands between the parentheses of `mobilenet!`.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Path, Token};

/// `"mnv3:large"` or `"specs/large.yaml"`, and after it arguments by name, in any order.
pub(crate) struct Arguments {
    pub(crate) spec: LitStr,
    /// `weights = "large.mnv3"`
    pub(crate) weights: Option<LitStr>,
    /// `name = "Net"`
    pub(crate) name: Option<LitStr>,
    /// `crate = ::vision::mnv3`
    pub(crate) facade: Option<Path>,
}

const USAGE: &str = "mobilenet!(\"mnv3:large\") or mobilenet!(\"specs/my.yaml\")";
const WEIGHTS: &str = "weights = \"large.safetensors\"";
const ARGUMENTS: &str = "weights = \"large.safetensors\", name = \"Net\" and crate = ::path::to::mnv3";

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Err(input.error(format!("name a spec: {USAGE}")));
        }
        let mut parsed = Self {
            spec: text(input, &format!("name a spec as text: {USAGE}"))?,
            weights: None,
            name: None,
            facade: None,
        };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let name = Ident::parse_any(input).map_err(|e| syn::Error::new(e.span(), format!("write {ARGUMENTS}")))?;
            let is_there = match name.to_string().as_str() {
                "weights" => parsed.weights.is_some(),
                "name" => parsed.name.is_some(),
                "crate" => parsed.facade.is_some(),
                _ => {
                    let message = format!("mobilenet! has no argument `{name}`: after the spec it takes {ARGUMENTS}");
                    return Err(syn::Error::new(name.span(), message));
                }
            };
            if is_there {
                let message = format!("the argument `{name}` is there twice");
                return Err(syn::Error::new(name.span(), message));
            }
            input.parse::<Token![=]>()?;
            match name.to_string().as_str() {
                "weights" => {
                    let otherwise = format!("name the file by its path, as text: {WEIGHTS}");
                    parsed.weights = Some(text(input, &otherwise)?);
                }
                "name" => parsed.name = Some(type_name(input)?),
                _ => parsed.facade = Some(Path::parse_mod_style(input)?),
            }
        }
        Ok(parsed)
    }
}

fn text(input: ParseStream<'_>, otherwise: &str) -> syn::Result<LitStr> {
    input.parse().map_err(|e| syn::Error::new(e.span(), otherwise))
}

fn type_name(input: ParseStream<'_>) -> syn::Result<LitStr> {
    let name = text(input, "name the type as text: name = \"Net\"")?;
    if mnv3_spec::is_type_name(&name.value()) {
        return Ok(name);
    }
    let likely = mnv3_spec::type_name(&name.value());
    let message =
        format!("this cannot be the name of the type: write letters and digits with a capital first, such as {likely}");
    Err(syn::Error::new(name.span(), message))
}
