//! The program behind `mnv3 cluster`: the processes of a Ballista cluster that know networks of mnv3, and queries to it.

mod client;
mod error;
mod executor;
mod scheduler;
mod sessions;

use clap::Parser;
use error::ClusterError;
use std::process::ExitCode;

/// Asks networks in SQL on many machines: a scheduler, executors, and queries to them.
#[derive(Parser)]
#[command(name = "mnv3-cluster", bin_name = "mnv3 cluster", version, after_help = AFTER_HELP)]
struct ClusterCli {
    #[command(subcommand)]
    command: ClusterCommand,
}

#[derive(clap::Subcommand)]
enum ClusterCommand {
    Scheduler(scheduler::SchedulerArgs),
    Executor(executor::ExecutorArgs),
    Sql(client::ClientArgs),
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 cluster scheduler --bind 10.0.0.1 --functions networks.txt
  mnv3 cluster executor --scheduler 10.0.0.1:50050 --bind 10.0.0.2 --functions networks.txt
  mnv3 cluster sql --scheduler 10.0.0.1:50050 --functions networks.txt \\
    \"COPY (SELECT id, classify(image) FROM 's3://bucket/photos/') TO 's3://bucket/classes/'\"

All processes are given the same functions: a query names them, and a process whose function of a name is another refuses the plan. Files are
read where executors run, so that they lie where all machines see them by one name. Nothing here asks who is there: bind to addresses
of a network that you trust. docs/batch.md has more. RUST_LOG=info tells what happens.

Exit codes: 0 everything asked for was done, 1 it was not, and standard error says why, 2 the command line is wrong.";

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let done = match ClusterCli::parse().command {
        ClusterCommand::Scheduler(scheduler) => scheduler.run(),
        ClusterCommand::Executor(executor) => executor.run(),
        ClusterCommand::Sql(client) => client.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(ClusterError::Sql(error)) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
