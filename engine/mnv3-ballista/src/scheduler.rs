//! The process that divides queries into tasks, and hands these to executors.

use crate::error::ClusterError;
use crate::sessions::session;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::start_server;
use mnv3_sql::FunctionArgs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Divides queries into tasks, and hands these to executors.
#[derive(clap::Args)]
pub(crate) struct SchedulerArgs {
    /// The address that it listens at
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// And the port
    #[arg(long, value_name = "PORT", default_value_t = 50050)]
    port: u16,
    /// What executors call it [default: the address that it listens at]
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Seconds without a word after which an executor counts as dead, and others do its work anew
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    executor_timeout: u64,
    #[command(flatten)]
    functions: FunctionArgs,
}

impl SchedulerArgs {
    pub(crate) fn run(&self) -> Result<(), ClusterError> {
        let functions = self.functions.load()?;
        // What two functions of one name are refused for is said at once, not by the first query.
        session(ballista_core::utils::default_config_producer(), &functions)?;
        let config = SchedulerConfig {
            bind_host: self.bind.to_string(),
            external_host: self.host.clone().unwrap_or_else(|| self.bind.to_string()),
            bind_port: self.port,
            // Tasks take minutes of a processor: all machines are to have some.
            task_distribution: TaskDistributionPolicy::RoundRobin,
            executor_timeout_seconds: self.executor_timeout,
            expire_dead_executor_interval_seconds: self.executor_timeout.div_ceil(6),
            no_executors_grace_period_seconds: self.executor_timeout,
            override_session_builder: Some(Arc::new(move |config| session(config, &functions))),
            ..SchedulerConfig::default()
        };
        let address = SocketAddr::new(self.bind, self.port);
        tokio::runtime::Runtime::new()?.block_on(async {
            let cluster = BallistaCluster::new_from_config(&config).await?;
            Ok(start_server(cluster, address, Arc::new(config)).await?)
        })
    }
}
