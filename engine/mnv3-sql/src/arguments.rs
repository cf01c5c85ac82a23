//! The command line of a query.

use crate::error::SqlError;
use crate::functions::FunctionArgs;
use crate::output::QueryFormat;
use mnv3_datafusion::BATCH_ROWS;
use std::io::{self, Read};
use std::num::NonZero;
use std::thread::available_parallelism;

/// A query, and how it is answered.
#[derive(clap::Args, Clone, Debug)]
pub struct SqlArgs {
    /// SQL: statements with `;` between them; `-` reads them from standard input
    #[arg(value_name = "QUERY")]
    query: String,
    /// The networks that it may ask.
    #[command(flatten)]
    pub functions: FunctionArgs,
    /// How rows are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = QueryFormat::Table)]
    pub format: QueryFormat,
    /// Parts of a table that are worked on at a time [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Rows of a batch, of which each job has a few in memory, with the files of their pictures
    #[arg(long, value_name = "N", default_value_t = BATCH_ROWS as u32, value_parser = clap::value_parser!(u32).range(1..))]
    batch_rows: u32,
}

impl SqlArgs {
    /// The text of the query.
    ///
    /// # Errors
    /// Standard input cannot be read.
    pub fn text(&self) -> Result<String, SqlError> {
        if self.query != "-" {
            return Ok(self.query.clone());
        }
        let path = "-".into();
        let mut text = String::new();
        match io::stdin().lock().read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(reason) => Err(SqlError::Read { path, reason }),
        }
    }

    /// Parts of a table that are worked on at a time.
    #[must_use]
    pub fn jobs(&self) -> usize {
        let cores = || available_parallelism().map_or(1, NonZero::get);
        self.jobs.map_or_else(cores, usize::from)
    }

    /// Rows of a batch.
    #[must_use]
    pub fn batch_rows(&self) -> usize {
        self.batch_rows as usize
    }
}
