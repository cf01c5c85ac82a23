//! `mnv3 spec`: the published specs, listed, and any spec as one file.

use super::Outcome;
use crate::destination::{self, Content};
use crate::error::Error;
use crate::output::{self, thousands};
use crate::source;
use mnv3_spec::{Network, SpecErrors};
use mnv3_summary::{Look, Side, Table};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes a published spec, or one of your own, as one file that extends nothing; or lists the published ones.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SpecArgs {
    /// A published spec, such as large or timm/small-1.0, or a file
    #[arg(value_name = "NAME", required_unless_present = "list")]
    name: Option<PathBuf>,
    /// Writes to this file instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "list")]
    output: Option<PathBuf>,
    /// Lists the published specs
    #[arg(long, conflicts_with = "name")]
    list: bool,
    /// With --list: writes JSON, one object for each spec
    #[arg(long, requires = "list", conflicts_with = "name")]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 spec --list
  mnv3 spec timm/small-1.0 -o small.yaml           a table to edit
  mnv3 spec --list --json | jq -r 'select(.multiply_adds < 50e6).spec'

Wherever a spec is asked for, a published one can be named without a file: mnv3 summary mnv3:large,
mobilenet!(\"mnv3:large\") in Rust, extends: mnv3:large in a spec.

Exit codes: 0 done, 1 the spec is wrong or the file cannot be written, 2 the command line is wrong.";

/// One line of `--list --json`.
#[derive(Serialize)]
struct SpecJson<'n> {
    spec: &'n str,
    name: &'n str,
    dialect: &'n str,
    input: [usize; 3],
    parameters: u64,
    multiply_adds: u64,
}

impl SpecArgs {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        match &self.name {
            Some(name) => {
                let name = with_prefix(name);
                let text = mnv3_spec::flatten(&source::display(&name), &name)?;
                let files = source::spec(&name)?.files;
                destination::write(text.as_bytes(), Content::Text, self.output.as_deref(), &files)?;
            }
            None => self.list()?,
        }
        Ok(Outcome::Good)
    }

    fn list(&self) -> Result<(), Error> {
        let load = |name: String| Ok((mnv3_spec::load(&name, Path::new(&name))?.network, name));
        let specs: Vec<(Network, String)> = mnv3_spec::published().map(load).collect::<Result<_, SpecErrors>>()?;
        let mut out = anstream::stdout().lock();
        if !self.json {
            write!(out, "{}", table(&specs))?;
            return Ok(());
        }
        for (network, spec) in &specs {
            let line = SpecJson {
                spec,
                name: &network.name,
                dialect: &network.dialect,
                input: [network.input.h, network.input.w, network.input.c],
                parameters: network.parameters(),
                multiply_adds: network.multiply_adds(),
            };
            output::json(&mut out, &line)?;
        }
        Ok(())
    }
}

/// What is neither a file nor called like one is the name of a published spec.
fn with_prefix(name: &Path) -> PathBuf {
    let like_a_file = |text: &str| text.starts_with("mnv3:") || text.ends_with(".yaml") || text.ends_with(".yml");
    match name.to_str() {
        Some(text) if !like_a_file(text) && (!name.exists() || name.is_dir()) => format!("mnv3:{text}").into(),
        _ => name.to_owned(),
    }
}

fn table(specs: &[(Network, String)]) -> Table {
    let mut table = Table::new(
        Look::Terminal,
        &[
            ("spec", Side::Left),
            ("input", Side::Right),
            ("parameters", Side::Right),
            ("multiply-adds", Side::Right),
        ],
    );
    for (network, spec) in specs {
        let input = network.input;
        table.row([
            spec.clone(),
            format!("{} x {} x {}", input.h, input.w, input.c),
            thousands(network.parameters()),
            thousands(network.multiply_adds()),
        ]);
    }
    table
}
