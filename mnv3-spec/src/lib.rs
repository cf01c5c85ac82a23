//! The spec language: from a YAML table of bottlenecks to a [`Network`] with every dimension known and checked.
//!
//! In: a file (and those that it `extends`). Out: a network, or [`SpecErrors`] with everything that is wrong, each
//! with its line drawn and the fix. It never thinks of code: what to do with a network is for others to decide.
//!
//! The way through: [`extends`](self) merges files into a tree, `spec` reads it as written, `dialect` adds the
//! conventions, `multiplier` carries out width and depth, `resolve` computes shapes and names tensors.

mod dialect;
mod error;
mod extends;
mod files;
mod identifiers;
mod limits;
mod multiplier;
mod names;
pub mod network;
mod read;
mod resolve;
mod spec;
mod syntax;
mod tensors;
mod tree;
mod window;

pub use dialect::built_in as dialects;
pub use error::{SpecError, SpecErrors};
pub use network::*;

use error::Errors;
use files::Unreadable;
use std::path::{Path, PathBuf};

/// A network, and the files that it was read from: the spec first, then those that it extends.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The network.
    pub network: Network,
    /// A rebuild must follow all of these.
    pub files: Vec<PathBuf>,
}

/// Reads the spec at `path`; messages and comments call it `name`.
///
/// # Errors
/// Everything that is wrong with it, or that it cannot be read.
pub fn load(name: &str, path: &Path) -> Result<Loaded, SpecErrors> {
    load_with(name, path, &files::read)
}

/// Reads a spec given as text, which can extend no file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(name: &str, text: &str) -> Result<Network, SpecErrors> {
    let path = Path::new(name);
    let read = |wanted: &Path| {
        if wanted == path {
            return Ok(text.to_owned());
        }
        let message = "a spec given as text cannot extend a file".to_owned();
        Err(Unreadable {
            message,
            help: "write the whole table".to_owned(),
        })
    };
    load_with(name, path, &read).map(|loaded| loaded.network)
}

fn load_with(name: &str, path: &Path, read: extends::Reader<'_>) -> Result<Loaded, SpecErrors> {
    let mut errors = Errors::default();
    let merged = extends::load(name, path, read, &mut errors)?;
    let network = merged.tree.and_then(|tree| network(&tree, name, &mut errors));
    errors.finish(network.map(|network| Loaded {
        network,
        files: merged.files,
    }))
}

fn network(tree: &tree::Node, name: &str, errors: &mut Errors) -> Option<Network> {
    if !matches!(tree.value, tree::Value::Table(_)) {
        let message = format!("the spec is {}", read::described(tree, errors));
        let help = "write name: MyNet, and on lines of their own input, stem, bottlenecks, last and head";
        errors.push(tree.span, message, help);
        return None;
    }
    let fields = read::Fields::of(tree, "the spec", spec::KEYS, errors)?;
    let dialect = dialect::Dialect::of(&fields, errors);
    let spec = spec::Spec::read(&fields, errors);
    let (spec, dialect) = (spec?, dialect?);
    let (spec, stages) = multiplier::apply(spec, &dialect, errors)?;
    resolve::network(&spec, &stages, &dialect, name, errors)
}
