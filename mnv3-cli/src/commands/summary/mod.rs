//! `mnv3 summary`: what does a spec amount to?

mod json;

use super::Outcome;
use crate::error::Error;
use crate::{output, source};
use mnv3_codegen::Plan;
use mnv3_summary::{Look, groups};
use std::io::Write;
use std::path::PathBuf;

/// Lists the layers of a network with their shapes, parameters and multiply-adds.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SummaryArgs {
    /// A spec: a YAML file, or a published one such as mnv3:large; `-` reads it from standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Adds what the compiler decided: where maps and packed weights lie, and how large the workspace is
    #[arg(long)]
    plan: bool,
    /// Writes one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 summary mnv3:large
  mnv3 summary --plan mnv3:small
  mnv3 summary --json mnv3:large | jq .multiply_adds

Shapes are height x width x channels. Kernels are written 3x3, with strides as s2 (s2x1 down and across) and dilation as
d2. Parameters are trainable numbers: weights, biases, and scale and shift of batch norms.

Exit codes: 0 done, 1 the spec is wrong, 2 the command line is wrong.";

impl SummaryArgs {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let network = source::spec(&self.spec)?.network;
        let graph = network.graph();
        let groups = groups(&graph);
        let plan = self.plan.then(|| Plan::new(&network));
        let mut out = anstream::stdout().lock();
        if self.json {
            output::json(&mut out, &json::SummaryJson::new(&network, &groups, plan.as_ref()))?;
        } else {
            write!(out, "{}", mnv3_summary::summary(&network, &groups, Look::Terminal))?;
            if let Some(plan) = &plan {
                write!(out, "\n{}", mnv3_summary::plan(plan, &groups, Look::Terminal))?;
            }
        }
        Ok(Outcome::Good)
    }
}
