//! Sessions of DataFusion as pictures need them.

use crate::error::FunctionError;
use crate::function::PictureFunction;
use crate::stores::Stores;
use datafusion::config::MaxRowGroupBytes;
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::SessionConfig;
use std::collections::HashSet;
use std::sync::Arc;

/// Rows of a batch, where nothing else is asked for. DataFusion's own default, 8192, is 38 GB of photos of 12 megapixels, in each thread.
pub const BATCH_ROWS: usize = 32;

/// Bytes of a group of rows in a Parquet file that is written.
const GROUP_BYTES: usize = 64 << 20;

/// A session of so many threads and rows of a batch: each thread has a few batches in hand, and with them as many pictures, as files.
#[must_use]
pub fn picture_config(config: SessionConfig, threads: usize, rows: usize) -> SessionConfig {
    let mut config = config
        .with_target_partitions(threads.max(1))
        .with_batch_size(rows.max(1))
        .with_information_schema(true);
    let optimizer = &mut config.options_mut().optimizer;
    // It would ask a network once for each field that a query names of its answers, also of rows that the query does not want.
    optimizer.enable_leaf_expression_pushdown = false;
    // A group of rows is in memory until it is written, and a million rows of pictures are not to be. Its bytes are counted where one thread
    // writes a file.
    let parquet = &mut config.options_mut().execution.parquet;
    parquet.max_row_group_bytes = MaxRowGroupBytes::try_new(GROUP_BYTES).ok();
    parquet.allow_single_file_parallelism = false;
    config
}

/// A runtime whose queries read files of this machine and buckets of object storages.
///
/// # Errors
/// DataFusion has no place for temporary files.
pub fn picture_runtime(builder: RuntimeEnvBuilder) -> Result<Arc<RuntimeEnv>> {
    builder.with_object_store_registry(Arc::new(Stores::new())).build_arc()
}

/// Makes functions known to a session, by their names.
///
/// # Errors
/// Two have one name, or DataFusion has a function that is called so.
pub fn register(functions: &[PictureFunction], session: &mut dyn FunctionRegistry) -> Result<(), FunctionError> {
    let mut taken: HashSet<String> = session.udfs();
    taken.extend(session.udafs());
    taken.extend(session.udwfs());
    for function in functions {
        if !taken.insert(function.called().to_owned()) {
            return Err(FunctionError::Taken(function.called().to_owned()));
        }
        session.register_udf(Arc::new(function.clone().into()))?;
    }
    Ok(())
}
