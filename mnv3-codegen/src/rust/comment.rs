//! Comments in generated text. Tokens cannot carry them, so that a marker stands in until the text is formatted.

use proc_macro2::TokenStream;
use quote::quote;

const MARKER: &str = "mnv3_comment!(";

/// Whether the tokens are for people or for rustc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comments {
    Keep,
    Drop,
}

impl Comments {
    /// A statement that [`restore`] turns into a comment.
    pub(super) fn marker(self, text: &str) -> TokenStream {
        match self {
            Self::Keep => quote!(mnv3_comment!(#text);),
            Self::Drop => TokenStream::new(),
        }
    }
}

/// Turns markers into comment lines with an empty line before them.
pub(super) fn restore(formatted: &str) -> String {
    let mut out = String::with_capacity(formatted.len());
    for line in formatted.lines() {
        let code = line.trim_start();
        let text = code.strip_prefix(MARKER).and_then(|rest| rest.strip_suffix(");"));
        match text.and_then(|literal| syn::parse_str::<syn::LitStr>(literal).ok()) {
            Some(text) => {
                out.push('\n');
                out.push_str(&line[..line.len() - code.len()]);
                out.push_str("// ");
                out.push_str(text.value().trim_end());
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}
