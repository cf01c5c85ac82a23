//! `mobilenet!("specs/large.yaml")`: finds the file, calls the code generator, turns errors into compile errors.

mod input;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use std::path::{Path, PathBuf};

/// Compiles a spec into a struct: see the crate `mnv3`.
#[proc_macro]
pub fn mobilenet(tokens: TokenStream) -> TokenStream {
    match syn::parse::<input::Input>(tokens).and_then(|input| expand(&input)) {
        Ok(items) => items.into(),
        Err(error) => error.into_compile_error().into(),
    }
}

fn expand(input: &input::Input) -> syn::Result<Tokens> {
    let name = input.spec.value();
    let path = manifest_dir().join(&name);
    let loaded = mnv3_spec::load(&name, &path).map_err(|errors| syn::Error::new(input.spec.span(), errors))?;
    let items = mnv3_codegen::tokens(&loaded.network);
    let tracked = loaded.files.iter().map(|file| tracking(file));
    Ok(quote! {
        #items
        #(#tracked)*
    })
}

/// The folder of the crate that is being compiled: the paths of a spec start there.
fn manifest_dir() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .unwrap_or_default()
}

/// Makes the crate's rebuild follow a file: rustc tracks what `include_bytes!` reads.
fn tracking(file: &Path) -> Tokens {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let path = absolute.to_string_lossy();
    quote! {
        const _: &[u8] = ::core::include_bytes!(#path);
    }
}
