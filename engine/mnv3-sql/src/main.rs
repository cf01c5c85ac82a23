//! The program behind `mnv3 sql`.

use clap::Parser;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use mnv3_datafusion::{picture_config, picture_runtime, register, with_file_tables};
use mnv3_sql::{SqlArgs, SqlError, answer};
use std::process::ExitCode;

/// Asks networks about pictures in SQL, over Parquet, CSV, JSON, folders of pictures and object storage.
#[derive(Parser)]
#[command(name = "mnv3-sql", bin_name = "mnv3 sql", version, after_help = AFTER_HELP)]
struct SqlCli {
    #[command(flatten)]
    asked: SqlArgs,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 sql \"SELECT path, direction(image) FROM 'scans'\"
  mnv3 sql --function classify=mnv3:large,large.safetensors \\
    \"SELECT c.label, count(*) FROM (SELECT classify(image) AS c FROM 'photos/*.parquet') GROUP BY c.label\"
  mnv3 sql --function embed=embed.yaml,embed.safetensors \\
    \"COPY (SELECT id, embed(image) AS vector FROM 's3://bucket/photos/') TO 'vectors.parquet'\"
  mnv3 sql \"COPY (SELECT path, image FROM 'photos') TO 'photos.parquet'\"

A network is a function of a column with the bytes of pictures, by the kind of its head:
  classes         struct(label, index, probability, error), the likeliest class
  kind: detect    list(struct(label, class, score, left, top, right, bottom))
  kind: segment   list(struct(label, class, share))
  classes: none   list(float)
A picture that cannot be read is null, and picture_error(image) says why. Tables are files and folders in single quotes; a folder of
pictures has the columns path, image and error. docs/batch.md has more.

Exit codes: 0 everything asked for was done, 1 it was not, and standard error says why, 2 the command line is wrong.";

fn main() -> ExitCode {
    let asked = SqlCli::parse().asked;
    match run(&asked) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(asked: &SqlArgs) -> Result<(), SqlError> {
    let functions = asked.functions.load()?;
    let config = picture_config(SessionConfig::new(), asked.jobs(), asked.batch_rows());
    let runtime = picture_runtime(RuntimeEnvBuilder::new())?;
    let mut context = with_file_tables(SessionContext::new_with_config_rt(config, runtime));
    register(&functions, &mut context)?;
    let threads = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(asked.jobs())
        .enable_all()
        .build()
        .map_err(SqlError::Threads)?;
    threads.block_on(answer(&context, asked))
}
