//! Text of what a spec compiles to, for tests that keep it: [`insta::assert_snapshot!`](https://docs.rs/insta) shows, row by
//! row, what an edit of the spec changes in the code, in the sizes and in memory.
//!
//! ```
//! # fn main() -> Result<(), mnv3::testing::TextError> {
//! let summary = mnv3::testing::summary("mnv3:small")?;
//! assert!(summary.contains("parameters     2,542,856"));
//! // In a test of your own: insta::assert_snapshot!(mnv3::testing::expand("specs/mine.yaml")?);
//! # Ok(())
//! # }
//! ```
//!
//! Put the feature among the dev-dependencies, so that only tests have it:
//! ```toml
//! [dev-dependencies]
//! mnv3 = { path = "../mnv3", features = ["testing"] }
//! insta = "1"
//! ```
//!
//! # Paths
//! A spec is a published one, such as `mnv3:small`, or a path that starts at the folder of your Cargo.toml, as that of
//! [`mobilenet!`](crate::mobilenet) does. Cargo tells tests this folder (`CARGO_MANIFEST_DIR`); without cargo, paths start
//! at the working directory.
//!
//! # What is stable
//! A text begins with [`FORMAT`], the number of its format. Under one number, a spec gives the same text on every platform
//! and in every patch release. Rows are told by their number, what they say and their file, but not by their line: a comment
//! or an empty line added to a spec changes nothing. Paths of weights stand there as they are given, and nothing of what a
//! file of weights holds but its size, where it is packed.

use mnv3_codegen::WeightsFile;
use mnv3_spec::Network;
use mnv3_summary::snapshots;
use std::fmt;
use std::path::{Path, PathBuf};

/// The number of the texts' format. With another one, snapshots are to be taken anew.
pub const FORMAT: u32 = snapshots::FORMAT;

/// Why there is no text. Its `Debug` is the message too, so that a test that returns it shows it as it is meant to be read.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Everything that is wrong with the spec, drawn.
    #[error("{0}")]
    Spec(#[from] mnv3_spec::SpecErrors),
    /// The weights cannot be read.
    #[error("{file}: {reason}; paths start at the folder of Cargo.toml")]
    Read {
        /// The file, as it was named.
        file: String,
        /// Why.
        reason: std::io::Error,
    },
    /// The weights are not the network's.
    #[error("{file}: {reason}")]
    Weights {
        /// The file, as it was named.
        file: String,
        /// All that is wrong with it.
        reason: mnv3_runtime::WeightsError,
    },
    /// There are no published weights of this name.
    #[error("{0}")]
    Unpublished(String),
}

impl fmt::Debug for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The Rust that `mobilenet!(spec)` stands for, formatted, with the row of the spec over each group of statements.
///
/// # Errors
/// All that is wrong with the spec.
pub fn expand(spec: &str) -> Result<String, TextError> {
    Ok(snapshots::expansion(&network(spec)?, None))
}

/// The Rust that `mobilenet!(spec, weights = weights)` stands for. The weights must be there, and fit.
///
/// # Errors
/// All that is wrong with the spec, or with the weights.
pub fn expand_with_weights(spec: &str, weights: &str) -> Result<String, TextError> {
    let network = network(spec)?;
    let published = mnv3_spec::published_weights(weights).transpose();
    let path = published
        .map_err(TextError::Unpublished)?
        .map_or_else(|| manifest_dir().join(weights), Path::to_owned);
    let bytes = std::fs::read(path).map_err(|reason| TextError::Read {
        file: weights.to_owned(),
        reason,
    })?;
    let file = WeightsFile::check(&network, weights.to_owned(), &bytes).map_err(|reason| TextError::Weights {
        file: weights.to_owned(),
        reason,
    })?;
    Ok(snapshots::expansion(&network, Some(&file)))
}

/// The table of `mnv3 summary`: every layer with its shapes, parameters and multiply-adds, by the row that it comes from.
///
/// # Errors
/// All that is wrong with the spec.
pub fn summary(spec: &str) -> Result<String, TextError> {
    Ok(snapshots::summary(&network(spec)?))
}

/// The table of `mnv3 summary --plan`: where maps and packed weights lie, and what each row needs on the way.
///
/// # Errors
/// All that is wrong with the spec.
pub fn plan(spec: &str) -> Result<String, TextError> {
    Ok(snapshots::plan(&network(spec)?))
}

fn network(spec: &str) -> Result<Network, TextError> {
    Ok(mnv3_spec::load(spec, &manifest_dir().join(spec))?.network)
}

fn manifest_dir() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from)
}
