//! `mnv3 torch`: the network of a spec as a PyTorch module, to be trained.

use super::Outcome;
use crate::destination::{self, Content};
use crate::error::Error;
use crate::source;
use std::path::PathBuf;

/// Prints a PyTorch module that trains the network of a spec; what it saves is what the compiled network loads.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Torch {
    /// A spec: a YAML file, or a published one such as mnv3:large; `-` reads it from standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Writes to this file instead of standard output; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 torch mnv3:small -o small.py    import it and train it
  python small.py                      checks the number of parameters and prints shapes

Exit codes: 0 done, 1 the spec is wrong or the file cannot be written, 2 the command line is wrong.";

impl Torch {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let spec = source::spec(&self.spec)?;
        let code = mnv3_codegen::torch(&spec.network);
        destination::write(code.as_bytes(), Content::Text, self.output.as_deref(), &spec.files)?;
        Ok(Outcome::Good)
    }
}
