//! `mnv3 expand`: what does `mobilenet!` make of a spec?

use super::Outcome;
use crate::destination::{self, Content};
use crate::error::Error;
use crate::source;
use std::path::PathBuf;

/// Prints the Rust that mobilenet! makes of a spec, formatted, with the row of the YAML over each group of statements.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Expand {
    /// A spec: a YAML file, or a published one such as mnv3:large; `-` reads it from standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Writes to this file instead of standard output; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 expand mnv3:large | less
  mnv3 expand mnv3:large -o src/large.rs     a module of a crate that depends on mnv3

Exit codes: 0 done, 1 the spec is wrong or the file cannot be written, 2 the command line is wrong.";

impl Expand {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let spec = source::spec(&self.spec)?;
        let code = mnv3_codegen::pretty(&spec.network);
        destination::write(code.as_bytes(), Content::Text, self.output.as_deref(), &spec.files)?;
        Ok(Outcome::Good)
    }
}
