//! The Rust backend: the struct that `mobilenet!` defines.

mod act;
mod comment;
mod detector;
mod doc;
mod elementwise;
#[cfg(test)]
mod emitted;
mod inverted_residual;
mod items;
mod linear;
mod literals;
mod locals;
mod manifest;
mod maps;
mod pointwise;
mod pool;
mod preprocess;
mod statements;
mod stem;
mod types;
mod windows;

pub use doc::thousands;

use crate::weights::WeightsFile;
use comment::{Comments, LineNumbers};
use mnv3_spec::network::Network;
use proc_macro2::TokenStream;

/// The items that a network compiles to, with its weights if they are to be part of the program.
#[must_use]
pub fn tokens(network: &Network, weights: Option<&WeightsFile>) -> TokenStream {
    items::emit(network, weights, &mut Comments::Drop)
}

/// The same as formatted Rust, with the YAML row over each group of statements and where it stands.
#[must_use]
pub fn pretty(network: &Network) -> String {
    print(network, None, LineNumbers::Numbered)
}

/// The same for tests that compare it with what it was: without the numbers of the lines in which rows stand, so that what is
/// written above a row, such as a comment, changes nothing.
#[must_use]
pub fn snapshot(network: &Network, weights: Option<&WeightsFile>) -> String {
    print(network, weights, LineNumbers::Unnumbered)
}

fn print(network: &Network, weights: Option<&WeightsFile>, lines: LineNumbers) -> String {
    let mut comments = Comments::Keep(Vec::new(), lines);
    let items = items::emit(network, weights, &mut comments);
    match syn::parse2::<syn::File>(items.clone()) {
        Ok(file) => comments.restore(&prettyplease::unparse(&file)),
        // Tokens made by quote! always parse; should they not, unformatted code is still the most useful answer.
        Err(_) => items.to_string(),
    }
}
