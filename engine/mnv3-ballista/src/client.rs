//! Queries to a cluster.

use crate::error::ClusterError;
use crate::executor::host_and_port;
use ballista::prelude::{SessionConfigExt, SessionContextExt};
use datafusion::catalog::{DynamicFileCatalog, TableProvider, UrlTableFactory};
use datafusion::error::{DataFusionError, Result as TableResult};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use mnv3_datafusion::{PictureFolder, picture_config, picture_runtime, register};
use mnv3_sql::{SqlArgs, answer};
use std::sync::Arc;

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
            let mut context = with_tables(context);
            register(&functions, &mut context)?;
            Ok(answer(&context, &self.asked).await?)
        })
    }
}

/// Files as tables, which executors read. What they would have to read of this machine is refused.
fn with_tables(context: SessionContext) -> SessionContext {
    let context = context.enable_url_table();
    let catalogs = context.state().catalog_list().clone();
    context.register_catalog_list(Arc::new(DynamicFileCatalog::new(catalogs, Arc::new(OwnFolders))));
    context
}

#[derive(Debug)]
struct OwnFolders;

#[async_trait::async_trait]
impl UrlTableFactory for OwnFolders {
    async fn try_new(&self, name: &str) -> TableResult<Option<Arc<dyn TableProvider>>> {
        match PictureFolder::find(name) {
            None => Ok(None),
            Some(_) => Err(DataFusionError::Plan(format!(
                "{name}: this is a folder of pictures, and a cluster reads tables\n  = write it into a table first: mnv3 sql \"COPY (SELECT path, image FROM '{name}') TO 'FILE.parquet'\""
            ))),
        }
    }
}
