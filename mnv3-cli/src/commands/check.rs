//! `mnv3 check`: is this spec right?

use super::Outcome;
use crate::error::Error;
use crate::{output, source};
use mnv3_spec::{Network, SpecError, SpecErrors};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// Says whether specs are right: every mistake of every file at once, with its line drawn and the fix.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Check {
    /// Specs: YAML files, or published ones such as mnv3:large; `-` reads one from standard input
    #[arg(value_name = "SPEC", required = true)]
    specs: Vec<PathBuf>,
    /// Writes JSON, one object for each spec
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 check specs/*.yaml
  mnv3 check --json my.yaml     {\"spec\": \"my.yaml\", \"ok\": false, \"errors\": [{\"file\", \"line\", \"column\", \"message\", \"help\"}]}

Right specs are listed on standard output, mistakes on standard error (with --json: both on standard output, one line of
JSON for each spec). Lines and columns count from 1; they are 0 for a file that cannot be read.

Exit codes: 0 all are right, 1 at least one is not, 2 the command line is wrong.";

/// One line of `--json`.
#[derive(Serialize)]
struct CheckJson<'a> {
    spec: &'a str,
    ok: bool,
    errors: Vec<Mistake<'a>>,
}

#[derive(Serialize)]
struct Mistake<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    message: &'a str,
    help: &'a str,
}

impl<'a> CheckJson<'a> {
    fn new(spec: &'a str, network: &'a Result<Network, SpecErrors>) -> Self {
        let errors = network.as_ref().err().into_iter().flat_map(|e| &e.errors);
        Self {
            spec,
            ok: network.is_ok(),
            errors: errors.map(Mistake::from).collect(),
        }
    }
}

impl<'a> From<&'a SpecError> for Mistake<'a> {
    fn from(error: &'a SpecError) -> Self {
        let SpecError {
            file,
            line,
            column,
            message,
            help,
            ..
        } = error;
        Self {
            file,
            line: *line,
            column: *column,
            message,
            help,
        }
    }
}

impl Check {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let mut out = anstream::stdout().lock();
        let mut outcome = Outcome::Good;
        for path in &self.specs {
            let network = source::spec(path).map(|spec| spec.network);
            if network.is_err() {
                outcome = Outcome::BadInput;
            }
            if self.json {
                output::json(&mut out, &CheckJson::new(&source::display(path), &network))?;
            } else {
                match network {
                    Ok(network) => writeln!(
                        out,
                        "{}: {} {}",
                        source::shown(path),
                        output::good("ok"),
                        outline(&network)
                    )?,
                    Err(errors) => errors.errors.iter().for_each(output::complain),
                }
            }
        }
        Ok(outcome)
    }
}

fn outline(network: &Network) -> String {
    let input = network.input;
    let [parameters, multiply_adds] = [network.parameters(), network.multiply_adds()].map(output::thousands);
    format!(
        "{}, {} x {} x {}, {parameters} parameters, {multiply_adds} multiply-adds, preprocess {}",
        network.name,
        input.h,
        input.w,
        input.c,
        mnv3_summary::preprocess(network)
    )
}
