//! A process that does tasks: one on each machine.

use crate::error::ClusterError;
use crate::sessions::session;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use mnv3_datafusion::picture_runtime;
use mnv3_sql::FunctionArgs;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

/// Does the tasks that a scheduler hands to it, until it is stopped.
#[derive(clap::Args)]
pub(crate) struct ExecutorArgs {
    /// The scheduler
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050", value_parser = host_and_port)]
    scheduler: (String, u16),
    /// The address that it listens at
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The port where rows are fetched
    #[arg(long, value_name = "PORT", default_value_t = 50051)]
    port: u16,
    /// The port where the scheduler hands it tasks
    #[arg(long, value_name = "PORT", default_value_t = 50052)]
    grpc_port: u16,
    /// What others call it [default: the address that it listens at]
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Tasks at a time [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Where rows lie until they are fetched [default: a folder of its own among temporary files]
    #[arg(long, value_name = "FOLDER")]
    work_dir: Option<PathBuf>,
    /// Seconds between two words to the scheduler: a few of them must fit into its --executor-timeout
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    heartbeat: u64,
    #[command(flatten)]
    functions: FunctionArgs,
}

/// `host:port`, as command lines have it.
pub(crate) fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let parts = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    let read = parts.and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
    read.ok_or_else(|| "write HOST:PORT, such as 10.0.0.1:50050".to_owned())
}

impl ExecutorArgs {
    pub(crate) fn run(&self) -> Result<(), ClusterError> {
        let functions = self.functions.load()?;
        let known = session(ballista_core::utils::default_config_producer(), &functions)?;
        let (scheduler_host, scheduler_port) = self.scheduler.clone();
        let cores = || available_parallelism().map_or(1, NonZero::get);
        let work_dir = self.work_dir.as_ref().map(|folder| folder.display().to_string());
        let temporary = self.work_dir.clone();
        let config = ExecutorProcessConfig {
            bind_host: self.bind.to_string(),
            external_host: Some(self.host.clone().unwrap_or_else(|| self.bind.to_string())),
            port: self.port,
            grpc_port: self.grpc_port,
            scheduler_host,
            scheduler_port,
            scheduler_connect_timeout_seconds: 30,
            vcores: self.jobs.map_or_else(cores, usize::from),
            work_dir,
            executor_heartbeat_interval_seconds: self.heartbeat,
            override_function_registry: Some(Arc::new(BallistaFunctionRegistry::from(&known))),
            override_runtime_producer: Some(Arc::new(move |_| {
                let builder = RuntimeEnvBuilder::new();
                picture_runtime(match &temporary {
                    Some(folder) => builder.with_temp_file_path(folder),
                    None => builder,
                })
            })),
            ..ExecutorProcessConfig::default()
        };
        Ok(tokio::runtime::Runtime::new()?.block_on(start_executor_process(Arc::new(config)))?)
    }
}
