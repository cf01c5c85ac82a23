//! What can go wrong with a whole command. What is wrong with one image is [`crate::picture::PictureError`].

use crate::destination::WriteError;
use crate::source::{Unreadable, shown};
use mnv3_spec::SpecErrors;
use std::io;
use std::path::PathBuf;

/// Ends a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Everything that is wrong with a spec, drawn.
    #[error("{0}")]
    Spec(#[from] SpecErrors),
    /// A network cannot be timed.
    #[error("the network cannot be timed: {0}")]
    Bench(#[from] crate::bench::SubjectError),
    /// Nothing can be written to standard output.
    #[error("standard output cannot be written: {0}")]
    Stdout(#[from] io::Error),
    /// A weights file cannot be read.
    #[error("{}: {reason}\n  = {}", shown(path), reason.help_for_weights())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: Unreadable,
    },
    /// A weights file is not the network's.
    #[error("{}: {reason}", shown(path))]
    Unfit {
        /// The file.
        path: PathBuf,
        /// All that is wrong with it.
        reason: mnv3::WeightsError,
    },
    /// What was made cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
