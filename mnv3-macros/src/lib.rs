//! `mobilenet!("mnv3:large")`: finds the spec, calls the code generator, turns errors into compile errors.

mod facade;
mod input;
mod missing;

use mnv3_codegen::WeightsFile;
use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use syn::LitStr;

// Its documentation stands in the crate `mnv3`, where its examples can be run.
#[allow(missing_docs, reason = "see above")]
#[proc_macro]
pub fn mobilenet(tokens: TokenStream) -> TokenStream {
    match syn::parse::<input::Arguments>(tokens).and_then(|input| expand(&input)) {
        Ok(items) => items.into(),
        Err(error) => error.into_compile_error().into(),
    }
}

fn expand(input: &input::Arguments) -> syn::Result<Tokens> {
    let name = input.spec.value();
    let path = manifest_dir().join(&name);
    let fail = |message: &dyn std::fmt::Display| syn::Error::new(input.spec.span(), message);
    let mut loaded = mnv3_spec::load(&name, &path).map_err(|errors| match errors.errors.as_slice() {
        [only] if only.line == 0 && !name.starts_with("mnv3:") && !path.exists() => {
            fail(&missing::message(&input.spec, &manifest_dir(), &only.help))
        }
        _ => fail(&errors),
    })?;
    if let Some(name) = &input.name {
        loaded.network.name = name.value();
    } else if !loaded.has_own_name {
        return Err(fail(&nameless(&name, &loaded.network.name)));
    }
    let weights = input
        .weights
        .as_ref()
        .map(|file| weights(file, &loaded.network))
        .transpose()?;
    let items = mnv3_codegen::tokens(&loaded.network, weights.as_ref());
    let items = match &input.facade {
        Some(path) => facade::named(items, path),
        None => items,
    };
    let tracked = loaded.files.iter().map(|file| tracking(file));
    Ok(quote! {
        #items
        #(#tracked)*
    })
}

/// Two types of one name in one place would be reported by rustc, function by function.
fn nameless(spec: &str, inherited: &str) -> String {
    let stem = Path::new(spec).file_stem().unwrap_or_default();
    let name = mnv3_spec::type_name(&stem.to_string_lossy());
    format!(
        "{spec}: the spec has no name of its own, and its type would be the {inherited} of the spec that it extends\n  \
         = add the line `name: {name}` to it, or write mobilenet!(\"{spec}\", name = \"{name}\")"
    )
}

/// Reads and checks the weights file; generated code embeds it, and so is built again when it changes.
fn weights(file: &LitStr, network: &mnv3_spec::Network) -> syn::Result<WeightsFile> {
    let name = file.value();
    let fail = |message: &dyn std::fmt::Display| syn::Error::new(file.span(), format!("{name}: {message}"));
    let published = mnv3_spec::published_weights(&name)
        .transpose()
        .map_err(|message| fail(&message))?;
    let path = absolute(&published.map_or_else(|| manifest_dir().join(&name), Path::to_owned));
    let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => fail(&"there is no such file; paths start at the folder of Cargo.toml"),
        _ => fail(&error),
    })?;
    WeightsFile::check(network, path, &bytes).map_err(|error| fail(&error))
}

/// The folder of the crate that is being compiled: the paths of a spec start there.
fn manifest_dir() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .unwrap_or_default()
}

/// Makes the crate's rebuild follow a file: rustc tracks what `include_bytes!` reads.
fn tracking(file: &Path) -> Tokens {
    let path = absolute(file);
    quote! {
        const _: &[u8] = ::core::include_bytes!(#path);
    }
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.to_owned())
        .to_string_lossy()
        .into_owned()
}
