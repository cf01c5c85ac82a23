//! `mnv3 pack`: weights as kernels read them, so that nothing is left to do when a program starts.

use super::Outcome;
use crate::destination::{self, Content};
use crate::error::Error;
use crate::source;
use crate::weights::MOST_BYTES;
use std::path::PathBuf;

/// Folds and packs the weights of a network into a file for mobilenet!(spec, weights = file), which uses it in place.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Pack {
    /// A spec: a YAML file, or a published one such as mnv3:large; `-` reads it from standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Its weights, a safetensors file
    #[arg(value_name = "WEIGHTS")]
    weights: PathBuf,
    /// The file to write; its name should end in .mnv3. `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 pack mnv3:large large.safetensors -o large.mnv3
  mobilenet!(\"mnv3:large\", weights = \"large.mnv3\")      in Rust: MobileNetV3Large::embedded()

The file belongs to this spec and this version of the layout; after a change of either, pack again.

Exit codes: 0 done, 1 the spec or the weights are wrong or the file cannot be written, 2 the command line is wrong.";

impl Pack {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let spec = source::spec(&self.spec)?;
        let bytes = source::bytes(&self.weights, MOST_BYTES).map_err(|reason| Error::Read {
            path: self.weights.clone(),
            reason,
        })?;
        let packed = mnv3_codegen::pack(&spec.network, &bytes).map_err(|reason| Error::Unfit {
            path: self.weights.clone(),
            reason,
        })?;
        let mut inputs = spec.files;
        inputs.push(self.weights.clone());
        destination::write(&packed, Content::Bytes, Some(&self.output), &inputs)?;
        let name = destination::shown(&self.output);
        anstream::eprintln!("{name}: {} bytes for {}", packed.len(), spec.network.name);
        Ok(Outcome::Good)
    }
}
