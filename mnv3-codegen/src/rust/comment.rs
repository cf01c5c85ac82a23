//! Comments in generated text. Tokens cannot carry them, so that a marker stands in until the text is formatted.

use mnv3_ir::Visible;
use mnv3_spec::Source;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

const MARKER: &str = "mnv3_comment!(";

/// Comments of the text that is being generated; rustc gets tokens without.
#[derive(Debug)]
pub(super) enum Comments {
    Keep(Vec<String>, LineNumbers),
    Drop,
}

/// Whether comments say in which line of its file a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineNumbers {
    Numbered,
    /// What is above a row then changes nothing.
    Unnumbered,
}

impl Comments {
    /// A statement that [`restore`](Self::restore) turns into a comment.
    pub(super) fn marker(&mut self, text: String) -> TokenStream {
        match self {
            Self::Keep(texts, _) => {
                // A number, not the text: the formatter would break a long line.
                let number = Literal::usize_unsuffixed(texts.len());
                texts.push(text);
                quote!(mnv3_comment!(#number);)
            }
            Self::Drop => TokenStream::new(),
        }
    }

    /// Where a row stands.
    pub(super) fn place(&self, source: &Source) -> String {
        match self {
            Self::Keep(_, LineNumbers::Unnumbered) => source.file.clone(),
            Self::Keep(_, LineNumbers::Numbered) | Self::Drop => format!("{}:{}", source.file, source.line),
        }
    }

    /// Turns markers into comment lines with an empty line before them.
    pub(super) fn restore(&self, formatted: &str) -> String {
        let Self::Keep(texts, _) = self else {
            return formatted.to_owned();
        };
        let mut out = String::with_capacity(formatted.len());
        for line in formatted.lines() {
            let code = line.trim_start();
            let number = code.strip_prefix(MARKER).and_then(|rest| rest.strip_suffix(");"));
            match number.and_then(|n| texts.get(n.parse::<usize>().ok()?)) {
                Some(text) => {
                    out.push('\n');
                    out.push_str(&line[..line.len() - code.len()]);
                    out.push_str("// ");
                    // Rows and file names are the user's: nothing in them may end the comment or turn its direction.
                    out.push_str(&Visible(text.trim_end()).to_string());
                }
                None => out.push_str(line),
            }
            out.push('\n');
        }
        out
    }
}
