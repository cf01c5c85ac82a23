//! `mnv3 schema`: the spec language for editors.

use super::Outcome;
use crate::destination::{self, Content};
use crate::error::Error;
use std::path::PathBuf;

/// Writes the JSON Schema of specs, with which editors complete keys and check values.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Schema {
    /// Writes to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 schema -o specs/schema.json

A spec names it in a comment, wherever that stands, by a path from its own folder:
  # yaml-language-server: $schema=schema.json
Editors with the YAML language server (VS Code's YAML extension, Neovim, Helix, Zed) then complete and check.

Exit codes: 0 done, 1 the file cannot be written, 2 the command line is wrong.";

impl Schema {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let text = mnv3_spec::schema_text();
        destination::write(text.as_bytes(), Content::Text, self.output.as_deref(), &[])?;
        Ok(Outcome::Good)
    }
}
