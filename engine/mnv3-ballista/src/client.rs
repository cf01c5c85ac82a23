//! Queries to a cluster.

use crate::error::ClusterError;
use crate::executor::host_and_port;
use ballista::prelude::{SessionConfigExt, SessionContextExt};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use mnv3_datafusion::{picture_config, picture_runtime, register, with_file_tables};
use mnv3_sql::{SqlArgs, answer};

/// Asks a query of a cluster, as `mnv3 sql` asks it of this machine. A table's parts are tasks: at least as many as all executors have cores,
/// and some more, so that none waits for the last.
#[derive(clap::Args)]
pub(crate) struct ClientArgs {
    /// The scheduler
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050", value_parser = host_and_port)]
    scheduler: (String, u16),
    #[command(flatten)]
    asked: SqlArgs,
}

impl ClientArgs {
    pub(crate) fn run(&self) -> Result<(), ClusterError> {
        let functions = self.asked.functions.load()?;
        let config = picture_config(
            SessionConfig::new_with_ballista(),
            self.asked.jobs(),
            self.asked.batch_rows(),
        );
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(picture_runtime(RuntimeEnvBuilder::new())?)
            .with_default_features()
            .build();
        let (host, port) = &self.scheduler;
        tokio::runtime::Runtime::new()?.block_on(async {
            let context = SessionContext::remote_with_state(&format!("df://{host}:{port}"), state).await?;
            let mut context = with_file_tables(context);
            register(&functions, &mut context)?;
            Ok(answer(&context, &self.asked).await?)
        })
    }
}
