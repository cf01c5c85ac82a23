//! What can be wrong with a query, or with what it is to be answered by.

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use mnv3_datafusion::{DefinitionError, FunctionError};
use std::io;
use std::path::PathBuf;

/// Ends a command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// A network is no function.
    #[error(transparent)]
    Function(#[from] FunctionError),
    /// A definition in a file is wrong.
    #[error("{}: {reason}", path.display())]
    Definition {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: DefinitionError,
    },
    /// A file, or standard input (`-`), cannot be read.
    #[error("{}: it cannot be read: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// DataFusion does not answer.
    #[error("{}{}", .0.strip_backtrace(), help(.0))]
    Engine(#[from] DataFusionError),
    /// Rows cannot be written in the format that is asked for.
    #[error(
        "the rows cannot be written: {0}\n  = lists and structs are for --format jsonl; of a struct, name its fields: classify(image).label"
    )]
    Format(ArrowError),
    /// There are no threads to work.
    #[error("no thread can be started: {0}\n  = end other programs, or ask for fewer --jobs")]
    Threads(io::Error),
    /// Rows cannot be written.
    #[error("standard output cannot be written: {0}")]
    Write(#[from] io::Error),
}

impl SqlError {
    /// Whether whoever reads the rows has seen enough.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        match self {
            Self::Write(error) | Self::Format(ArrowError::IoError(_, error)) => broken(error),
            _ => false,
        }
    }
}

/// What to do about it, where that is known.
fn help(error: &DataFusionError) -> &'static str {
    match error.find_root() {
        DataFusionError::Plan(message) if message.starts_with("table ") && message.ends_with(" not found") => {
            "\n  = name a file or a folder in single quotes: 'photos', 'a.parquet', 'shards/*.parquet', 's3://bucket/a.parquet'"
        }
        DataFusionError::Plan(message) if message.starts_with("Invalid function") => {
            "\n  = functions are named by --function NAME=SPEC,WEIGHTS"
        }
        _ => "",
    }
}
