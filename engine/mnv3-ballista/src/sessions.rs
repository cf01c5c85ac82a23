//! Sessions that know the same functions in every process of a cluster.

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use mnv3_datafusion::{PictureFunction, picture_runtime, register};

/// A session that plans and runs what others ask.
pub(crate) fn session(config: SessionConfig, functions: &[PictureFunction]) -> Result<SessionState> {
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(picture_runtime(RuntimeEnvBuilder::new())?)
        .with_default_features()
        .with_optimizer_rules(ballista_core::optimizer::ballista_default_optimizer_rules())
        .build();
    register(functions, &mut state).map_err(|reason| DataFusionError::External(Box::new(reason)))?;
    Ok(state)
}
