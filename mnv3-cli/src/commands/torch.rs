//! `mnv3 torch`: the network of a spec as a PyTorch module, to be trained.

use super::Outcome;
use crate::destination::{self, Content};
use crate::error::Error;
use crate::source;
use mnv3_spec::network::{Network, Segment, Upsampling};
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

/// What a network has that no module is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoModule {
    Detector,
    Decoder,
    SigmoidGate,
}

impl NoModule {
    fn of(network: &Network) -> Option<Self> {
        let decodes = |head: &Segment| matches!(head.upsampling, Upsampling::Decoder(_));
        let mut gates = network
            .bottlenecks
            .iter()
            .filter_map(|block| block.squeeze_excite.as_ref());
        if network.detect().is_some() {
            Some(Self::Detector)
        } else if network.segment().is_some_and(decodes) {
            Some(Self::Decoder)
        } else {
            gates.any(|gate| gate.sigmoid).then_some(Self::SigmoidGate)
        }
    }

    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Detector => "heads that detect",
            Self::Decoder => "decoders of heads that segment",
            Self::SigmoidGate => "gates that are sigmoids",
        }
    }

    pub(crate) fn help(self) -> &'static str {
        match self {
            Self::Detector => "train torchvision's own ssdlite: the compiled network loads its state_dict",
            Self::Decoder => "train one with low in place of decoder",
            Self::SigmoidGate => "train one without gate: sigmoid in its conventions",
        }
    }
}

impl Torch {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let spec = source::spec(&self.spec)?;
        if let Some(reason) = NoModule::of(&spec.network) {
            return Err(Error::NoModule {
                spec: self.spec.clone(),
                reason,
            });
        }
        let code = mnv3_codegen::torch(&spec.network);
        destination::write(code.as_bytes(), Content::Text, self.output.as_deref(), &spec.files)?;
        Ok(Outcome::Good)
    }
}
