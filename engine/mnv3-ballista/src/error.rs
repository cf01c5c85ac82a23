//! What can go wrong with a process of a cluster.

use ballista_core::error::BallistaError;
use datafusion::error::DataFusionError;
use mnv3_datafusion::FunctionError;
use mnv3_sql::SqlError;
use std::io;

/// Ends a process.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    /// A query, or the functions that it may ask.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// A name stands for two functions.
    #[error(transparent)]
    Function(#[from] FunctionError),
    /// A session cannot be made.
    #[error(transparent)]
    Engine(#[from] DataFusionError),
    /// A scheduler or an executor ended.
    #[error(
        "{0}\n  = check that the scheduler runs, that its address is right, and that no other program listens at these ports"
    )]
    Process(#[from] BallistaError),
    /// No threads can be started.
    #[error("no thread can be started: {0}")]
    Threads(#[from] io::Error),
}
