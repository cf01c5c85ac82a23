//! One file for each subcommand.

mod bench;
mod check;
mod classify;
mod convert;
mod detect;
mod direction;
mod expand;
pub(crate) mod new;
mod pack;
pub(crate) mod program;
mod quantize;
mod run;
mod schema;
mod segment;
mod spec;
mod summary;
mod torch;

use crate::error::Error;
pub(crate) use crate::outcome::Outcome;

/// What mnv3 can be asked to do.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Direction(direction::Ask),
    Classify(classify::ClassifyArgs),
    Detect(detect::DetectArgs),
    Segment(segment::SegmentArgs),
    Run(run::RunArgs),
    /// Networks asked in SQL, over Parquet, CSV, folders and object storage: mnv3-sql, built by itself
    Sql(program::ProgramArgs),
    /// The same on many machines: mnv3-cluster, built by itself
    Cluster(program::ProgramArgs),
    New(new::New),
    Spec(spec::SpecArgs),
    Schema(schema::Schema),
    Check(check::Check),
    Convert(convert::Convert),
    Summary(summary::SummaryArgs),
    Expand(expand::Expand),
    Pack(pack::Pack),
    Quantize(quantize::Quantize),
    Torch(torch::Torch),
    Bench(bench::Bench),
}

pub(crate) fn run(command: Command) -> Result<Outcome, Error> {
    match command {
        Command::Direction(direction) => direction.run(),
        Command::Classify(classify) => classify.run(),
        Command::Detect(detect) => detect.run(),
        Command::Segment(segment) => segment.run(),
        Command::Run(run) => run.run(),
        Command::Sql(sql) => Ok(sql.run(program::SQL)?),
        Command::Cluster(cluster) => Ok(cluster.run(program::CLUSTER)?),
        Command::New(new) => new.run(),
        Command::Spec(spec) => spec.run(),
        Command::Schema(schema) => schema.run(),
        Command::Check(check) => check.run(),
        Command::Convert(convert) => convert.run(),
        Command::Summary(summary) => summary.run(),
        Command::Expand(expand) => expand.run(),
        Command::Pack(pack) => pack.run(),
        Command::Quantize(quantize) => quantize.run(),
        Command::Torch(torch) => torch.run(),
        Command::Bench(bench) => bench.run(),
    }
}
