//! The spec language: from a YAML table of bottlenecks to a [`Network`] with every dimension known and checked.
//!
//! In: a spec, published or a file (and those that it `extends`). Out: a network, or [`SpecErrors`] with everything that is wrong, each
//! with its line drawn and the fix. It never thinks of code: what to do with a network is for others to decide.
//!
//! The way through: [`extends`](self) merges files into a tree, `spec` reads it as written, `dialect` adds the
//! conventions, `multiplier` carries out width and depth, `resolve` computes shapes and names tensors, and `graph` lowers
//! the table that this gives to values and ops.

mod at;
mod dialect;
mod error;
mod explained;
mod extends;
mod files;
mod flat;
pub mod graph;
mod habits;
mod head;
mod identifiers;
mod indentation;
mod keys;
mod labels;
mod limits;
mod lower;
mod memory;
mod multiplier;
mod names;
pub mod network;
mod network_graph;
mod nl;
mod preprocess;
mod published;
mod read;
mod resolve;
mod schema;
mod short;
mod source;
mod spec;
mod syntax;
mod taps;
mod templates;
mod tensors;
mod tree;
mod unreadable;
mod window;

pub use dialect::built_in as dialects;
pub use error::{SpecError, SpecErrors};
pub use identifiers::{is_keyword, is_type_name, type_name};
pub use network::*;
pub use published::{published, published_weights};
pub use schema::{schema, schema_text};

use error::Errors;
pub use extends::tidy;
use extends::{Merged, Origin};
use std::path::{Path, PathBuf};
use unreadable::Unreadable;

/// A network, and the files that it was read from: the spec first, then those that it extends.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The network.
    pub network: Network,
    /// A rebuild must follow all of these, a file of names of classes among them.
    pub files: Vec<PathBuf>,
    /// Whether the spec says its `name` itself, and has not that of the spec that it extends.
    pub has_own_name: bool,
}

impl Loaded {
    fn of(network: Network, merged: Merged) -> Self {
        let has_own_name = match merged.tree.as_ref().map(|tree| &tree.value) {
            // The spec itself is the first source.
            Some(tree::Value::Table(entries)) => {
                entries.iter().any(|(key, _)| key.name == "name" && key.span.file == 0)
            }
            _ => false,
        };
        let files = merged.origins.into_iter().filter_map(Origin::file);
        Self {
            network,
            files: files.chain(merged.labels).collect(),
            has_own_name,
        }
    }
}

/// Reads a spec that the user calls `name`, as messages and comments do: the published one if it begins with `mnv3:`,
/// else the file at `path`.
///
/// # Errors
/// Everything that is wrong with it or with the specs that it extends, at most 50 things; or that one cannot be read.
///
/// ```
/// # let path = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/specs/taps.yaml"));
/// let loaded = mnv3_spec::load("tests/specs/taps.yaml", path)?;
/// assert_eq!(loaded.files.len(), 2, "the spec and the one that it extends");
///
/// let loaded = mnv3_spec::load("mnv3:timm/small-0.5", "".as_ref())?;
/// assert_eq!(loaded.network.parameters(), 1_593_224);
/// assert_eq!(loaded.files.len(), 0, "a published spec is in the program");
/// # Ok::<(), mnv3_spec::SpecErrors>(())
/// ```
pub fn load(name: &str, path: &Path) -> Result<Loaded, SpecErrors> {
    load_at(name, path, None)
}

/// The same for images of another height and width than the spec says, if some are given.
///
/// # Errors
/// Those of [`load`], for the size given.
///
/// ```
/// let loaded = mnv3_spec::load_at("mnv3:small", "".as_ref(), Some([96, 320]))?;
/// assert_eq!(loaded.network.features(), mnv3_spec::Shape { h: 3, w: 10, c: 576 });
/// # Ok::<(), mnv3_spec::SpecErrors>(())
/// ```
pub fn load_at(name: &str, path: &Path, size: Option<[usize; 2]>) -> Result<Loaded, SpecErrors> {
    let origin = origin(name, path);
    read(name, origin, &files::read, size, |network, merged, _| {
        Loaded::of(network, merged)
    })
}

/// A spec and all that it extends as the text of one file: the network is the same, from wherever it is read. Comments
/// over keys and rows stay. `name` and `path` are those of [`load`].
///
/// # Errors
/// Those of [`load`].
///
/// ```
/// let text = mnv3_spec::flatten("mnv3:timm/small-0.5", "".as_ref())?;
/// assert!(!text.contains("extends"));
/// assert_eq!(mnv3_spec::parse("small.yaml", &text)?.parameters(), 1_593_224);
/// # Ok::<(), mnv3_spec::SpecErrors>(())
/// ```
pub fn flatten(name: &str, path: &Path) -> Result<String, SpecErrors> {
    read(name, origin(name, path), &files::read, None, |_, merged, errors| {
        let files = merged.origins.len();
        let text = merged.tree.map(|mut tree| {
            labels::write_out(&mut tree, errors);
            flat::text(&tree, files, errors)
        });
        text.unwrap_or_default()
    })
}

/// Reads a spec given as text, which can extend published specs but no file; messages call it `name`.
///
/// # Errors
/// Everything that is wrong with it, at most 50 things.
///
/// ```
/// let spec = "
/// name: Tiny
/// dialect: torchvision
/// input: { size: [32, 64], channels: 1 }
/// stem: { k: 3, out: 16, nl: HS, s: 2 }
/// bottlenecks:
///   - { k: 3, exp: 12, out: 24, se: true, nl: RE, s: 2 }
/// last: none
/// head: none
/// ";
/// let errors = mnv3_spec::parse("tiny.yaml", spec).unwrap_err();
/// assert_eq!((errors.errors[0].line, errors.errors[0].column), (7, 18));
/// assert_eq!(errors.errors[0].help, "write 16 or more");
///
/// let network = mnv3_spec::parse("tiny.yaml", &spec.replace("exp: 12", "exp: 48"))?;
/// assert_eq!(network.features(), mnv3_spec::Shape { h: 8, w: 16, c: 24 });
/// # Ok::<(), mnv3_spec::SpecErrors>(())
/// ```
pub fn parse(name: &str, text: &str) -> Result<Network, SpecErrors> {
    Ok(load_text(name, text, None)?.network)
}

/// The same as [`load_at`] of a text that was read elsewhere, such as from standard input. It is in no file.
///
/// # Errors
/// Those of [`parse`], for the size given.
pub fn load_text(name: &str, text: &str, size: Option<[usize; 2]>) -> Result<Loaded, SpecErrors> {
    let path = Path::new(name);
    let reader = |wanted: &Path| {
        if wanted == path {
            return Ok(text.to_owned());
        }
        Err(Unreadable::new(
            "a spec given as text can name no other file",
            "write the whole table",
        ))
    };
    let origin = Origin::File(path.to_owned());
    let loaded = read(name, origin, &reader, size, |network, merged, _| {
        Loaded::of(network, merged)
    })?;
    Ok(Loaded {
        files: Vec::new(),
        ..loaded
    })
}

fn origin(name: &str, path: &Path) -> Origin {
    if published::is_published(name) {
        Origin::Published(name.to_owned())
    } else {
        Origin::File(path.to_owned())
    }
}

/// Reads a spec, and makes something of the network and what it was read from, if nothing is wrong.
fn read<T>(
    name: &str,
    origin: Origin,
    reader: extends::Reader<'_>,
    size: Option<[usize; 2]>,
    make: impl FnOnce(Network, Merged, &mut Errors) -> T,
) -> Result<T, SpecErrors> {
    let mut errors = Errors::default();
    let mut merged = extends::load(name, origin, reader, &mut errors)?;
    merged.labels = labels::take_in(&mut merged, reader, &mut errors);
    let network = merged
        .tree
        .as_ref()
        .and_then(|tree| network(tree, name, size, &mut errors));
    let made = network.map(|network| make(network, merged, &mut errors));
    errors.finish(made)
}

fn network(tree: &tree::Node, name: &str, size: Option<[usize; 2]>, errors: &mut Errors) -> Option<Network> {
    if !matches!(tree.value, tree::Value::Table(_)) {
        let message = format!("the spec is {}", read::described(tree, errors));
        let help = "write name: MyNet, and on lines of their own input, stem, bottlenecks, last and head";
        errors.push(tree.span, message, help);
        return None;
    }
    let fields = read::Fields::of(tree, "the spec", keys::KEYS, errors)?;
    let dialect = dialect::Dialect::of(&fields, errors);
    let spec = spec::Spec::read(&fields, errors);
    let (mut spec, dialect) = (spec?, dialect?);
    if let Some(size) = size {
        spec.size.value = size;
    }
    let (spec, stages) = multiplier::apply(spec, &dialect, errors)?;
    let wanted = preprocess::PreparedFor {
        size: spec.size.value,
        channels: spec.channels.value,
        head: spec.head.as_ref(),
    };
    let preprocess = preprocess::read(&fields, &dialect, wanted, errors);
    let network = resolve::network(&spec, &stages, &dialect, name, errors)?;
    let preprocess = preprocess?;
    Some(Network {
        unprepared: preprocess.as_ref().err().copied(),
        preprocess: preprocess.ok(),
        ..network
    })
}
