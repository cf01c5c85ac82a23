//! The `mnv3` command: a thin shell over the libraries.
//!
//! In: specs, images and options. Out: text or JSON on standard output, errors on standard error, an exit code. What
//! a spec means is mnv3-spec's to say, what it compiles to mnv3-codegen's; here is only what a terminal needs.

mod background;
mod bench;
mod class;
mod commands;
mod destination;
mod error;
mod inputs;
mod milliseconds;
mod noise;
mod outcome;
mod output;
mod picture;
mod pictures;
mod probability;
mod progress;
mod run;
mod segmented;
mod source;
mod weights;

use clap::Parser;
use commands::Command;
use destination::WriteError;
use error::Error;
use std::process::ExitCode;

/// A compiler for MobileNetV3: check, look at and expand specs, and ask the model that comes with it.
#[derive(Parser)]
#[command(name = "mnv3", version, after_help = AFTER_HELP, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 direction scans/*.png          which of these lines of text are upside down?
  mnv3 classify mnv3:large w.pth a.jpg what is in this photo?
  mnv3 run mnv3:large w.pth photos -o a.csv  and in these thousands?
  mnv3 new lines                      a crate with a network of its own
  mnv3 spec --list                    which networks are there by name?
  mnv3 check my.yaml                  is this spec right?
  mnv3 summary mnv3:large             what does it amount to?
  mnv3 expand mnv3:large              what does mobilenet! make of it?
  mnv3 convert w.pth -o w.safetensors weights as networks load them
  mnv3 torch mnv3:large               a PyTorch module to train it
  mnv3 bench mnv3:large --layers      how fast is it here, layer by layer?

Exit codes:
  0  everything asked for was done
  1  something is wrong with a spec or an image; standard error says what
  2  the command line is wrong

Colour is for terminals only; NO_COLOR=1 turns it off.";

fn main() -> ExitCode {
    match commands::run(Cli::parse().command) {
        Ok(outcome) => outcome.into(),
        // Whoever reads our output has seen enough: `mnv3 expand large.yaml | head`.
        Err(Error::Stdout(error) | Error::Write(WriteError::Stdout(error)))
            if error.kind() == std::io::ErrorKind::BrokenPipe =>
        {
            ExitCode::SUCCESS
        }
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}
