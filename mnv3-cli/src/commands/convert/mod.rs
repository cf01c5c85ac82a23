//! `mnv3 convert`: weights from the files that people have, and whether they fit a spec.

mod remarks;

use super::Outcome;
use crate::destination::{self, Content, WriteError};
use crate::error::Error;
use crate::output;
use crate::source::{self, ReadError};
use mnv3_convert::{Checkpoint, ConvertError, ConvertOptions, Format, Ordered, Precision, Rename, Report};
use mnv3_spec::{Loaded, SpecErrors};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// Writes the weights of a PyTorch checkpoint, a safetensors, Keras, Paddle, ONNX or TensorFlow Lite file as safetensors, or says whether they fit a spec.
///
/// Checkpoints are read as data, and nothing in them is ever run; what they would call is named.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group(clap::ArgGroup::new("task").required(true).multiple(true).args(["output", "check"])))]
pub(crate) struct Convert {
    /// The weights: .pth, .pt, .safetensors, .h5, .weights.h5, .keras, .pdparams, .onnx, .tflite; `-` reads them from standard input
    #[arg(value_name = "WEIGHTS")]
    input: PathBuf,
    /// Writes safetensors to this file; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Says which dialect the file belongs to, and what a network of this spec finds missing, extra or mis-shaped;
    /// a YAML file, or a published spec such as mnv3:large. Layers of ONNX and TensorFlow Lite models get the spec's names
    #[arg(long, visible_alias = "spec", value_name = "SPEC")]
    check: Option<PathBuf>,
    /// Rounds every number to this kind; without it they stay of their own
    #[arg(long, value_name = "KIND")]
    dtype: Option<DtypeName>,
    /// The key of the state dict in a training checkpoint [default: the averaged weights if there are any, else the last]
    #[arg(long)]
    key: Option<String>,
    /// Takes only the tensors whose names start so, and takes it off: `backbone.` of a detector [default: what most names
    /// have before those of the spec, or of a library]
    #[arg(long)]
    prefix: Option<String>,
    /// Renames tensors, the prefix taken off; `*` stands for any characters, and for the same ones on the other side. May be
    /// given several times, one is done after the other
    #[arg(long = "rename", value_name = "FROM=TO")]
    renames: Vec<Rename>,
    /// Sums the first kernel over the colours, for a spec whose input has one channel: a grey image is answered as a colour
    /// image is that shows the same
    #[arg(long, requires = "check")]
    grey: bool,
    /// Leaves the layer of the scores fresh (zeros, to be trained) where the file's is for other classes
    #[arg(long, requires = "check")]
    fresh_classes: bool,
    /// Writes one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 convert mobilenet_v3_large.pth -o large.safetensors
  mnv3 convert --check mnv3:large mobilenet_v3_large.pth
  mnv3 convert --check my.yaml training.pth --key model --dtype f16 -o my.safetensors
  mnv3 convert --check mnv3:large model.onnx -o large.safetensors
  mnv3 convert --check grey10.yaml large.pth --grey --fresh-classes -o grey10.safetensors
  mnv3 convert detector.pth --prefix backbone.body. -o backbone.safetensors
  mnv3 convert own.pth --rename 'head.*=classifier.3.*' --rename '*.norm.*=*.1.*' -o own.safetensors

A pattern fits whole names: `*.norm.*=*.1.*` makes features.0.norm.weight features.0.1.weight, `head=fc` renames what is
called head and nothing else. `model.*=*` takes a prefix off some names, `*=net.*` gives all of them one.

With --check and -o the file is written only if it fits. What is right is said on standard output, what is wrong on
standard error. With --json all is on standard output:
  {\"input\", \"error\", \"format\", \"wrappers\", \"alternatives\", \"prefix\", \"other_prefixes\", \"left_out\", \"renamed\",
   \"tensors\", \"skipped\", \"ordered\", \"summed\", \"fresh\",
   \"not_run\", \"check\", \"output\", \"bytes\"}

Exit codes: 0 done, 1 the file is refused or does not fit, or the spec is wrong, 2 the command line is wrong.";

/// Kinds of numbers that `--dtype` names.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum DtypeName {
    F32,
    F16,
    Bf16,
}

impl From<DtypeName> for Precision {
    fn from(kind: DtypeName) -> Self {
        match kind {
            DtypeName::F32 => Self::F32,
            DtypeName::F16 => Self::F16,
            DtypeName::Bf16 => Self::Bf16,
        }
    }
}

/// Bytes of a weights file: the largest published MobileNetV3 has 60 MB, a training checkpoint of it 250.
const MAX_WEIGHTS: u64 = 4 << 30;

/// Why there is no answer about a file.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{reason}\n  = {}", .reason.help_for_weights())]
    Unreadable { reason: ReadError },
    #[error(transparent)]
    Refused(#[from] ConvertError),
    #[error(transparent)]
    Spec(#[from] SpecErrors),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("--json and `-o -` both write to standard output\n  = name a file with -o")]
    BothToStdout,
}

/// What `--json` writes.
#[derive(Serialize)]
struct ConvertJson<'a> {
    input: &'a str,
    error: Option<String>,
    #[serde(flatten)]
    found: Option<CheckpointJson<'a>>,
    check: Option<&'a Report>,
    output: Option<String>,
    bytes: Option<usize>,
}

#[derive(Serialize)]
struct CheckpointJson<'a> {
    format: &'static str,
    wrappers: &'a [String],
    alternatives: &'a [String],
    prefix: &'a str,
    other_prefixes: &'a [String],
    left_out: &'a [String],
    renamed: usize,
    tensors: usize,
    skipped: &'a [String],
    ordered: Option<Order>,
    summed: Option<usize>,
    fresh: &'a [String],
    not_run: &'a [String],
}

/// How many layers were named by their order, and how many of those have a batch norm folded in.
#[derive(Serialize)]
struct Order {
    layers: usize,
    folded: usize,
}

impl<'a> From<&'a Checkpoint<'_>> for CheckpointJson<'a> {
    fn from(checkpoint: &'a Checkpoint<'_>) -> Self {
        let format = match checkpoint.format {
            Format::Torch => "torch",
            Format::Safetensors => "safetensors",
            Format::Keras => "keras",
            Format::Pickle => "pickle",
            Format::Onnx => "onnx",
            Format::Tflite => "tflite",
        };
        let Checkpoint {
            wrappers,
            alternatives,
            prefix,
            other_prefixes,
            left_out,
            renamed,
            tensors,
            skipped,
            ordered,
            summed,
            fresh,
            not_run,
            format: _,
        } = checkpoint;
        Self {
            format,
            wrappers,
            alternatives,
            prefix,
            other_prefixes,
            left_out,
            renamed: *renamed,
            tensors: tensors.len(),
            skipped,
            ordered: ordered.map(|Ordered { layers, folded }| Order { layers, folded }),
            summed: *summed,
            fresh,
            not_run,
        }
    }
}

/// What was done with a file.
#[derive(Default)]
struct Done {
    report: Option<Report>,
    /// Bytes that were written.
    bytes: Option<usize>,
}

impl Done {
    fn outcome(&self) -> Outcome {
        match &self.report {
            Some(report) if !report.fits() => Outcome::BadInput,
            _ => Outcome::Good,
        }
    }
}

impl Convert {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let input = source::display(&self.input);
        let to_stdout = self.output.as_deref().is_some_and(source::is_stdin);
        if self.json && to_stdout {
            return self.fail(&input, &Failure::BothToStdout);
        }
        let spec = match &self.check {
            Some(spec) => match source::spec(spec) {
                Ok(spec) => Some(spec),
                Err(errors) => return self.fail(&input, &errors.into()),
            },
            None => None,
        };
        let bytes = match source::bytes(&self.input, MAX_WEIGHTS) {
            Ok(bytes) => bytes,
            Err(reason) => return self.fail(&input, &Failure::Unreadable { reason }),
        };
        let options = ConvertOptions {
            key: self.key.clone(),
            prefix: self.prefix.clone(),
            renames: self.renames.clone(),
            spec: spec.as_ref().map(|spec| &spec.network),
            grey: self.grey,
            fresh_classes: self.fresh_classes,
            folder: self.input.parent().filter(|_| !source::is_stdin(&self.input)),
        };
        let read = mnv3_convert::read(&bytes, &options).map_err(Failure::from);
        let done = read.and_then(|checkpoint| Ok((self.carry_out(spec.as_ref(), &checkpoint)?, checkpoint)));
        match done {
            Ok((done, checkpoint)) => {
                self.say(&input, &checkpoint, &done)?;
                Ok(done.outcome())
            }
            Err(failure) => self.fail(&input, &failure),
        }
    }

    fn carry_out(&self, spec: Option<&Loaded>, checkpoint: &Checkpoint<'_>) -> Result<Done, Failure> {
        let mut done = Done::default();
        if let Some(spec) = spec {
            done.report = Some(mnv3_convert::check(&spec.network, checkpoint)?);
        }
        if let (Some(output), Outcome::Good) = (&self.output, done.outcome()) {
            let bytes = checkpoint.to_safetensors(self.dtype.map(Into::into))?;
            let mut inputs = spec.map_or_else(Vec::new, |spec| spec.files.clone());
            inputs.push(self.input.clone());
            destination::write(&bytes, Content::Bytes, Some(output), &inputs)?;
            done.bytes = Some(bytes.len());
        }
        Ok(done)
    }

    fn say(&self, input: &str, checkpoint: &Checkpoint<'_>, done: &Done) -> Result<(), Error> {
        let mut out = anstream::stdout().lock();
        if self.json {
            let answer = ConvertJson {
                input,
                error: None,
                found: Some(checkpoint.into()),
                check: done.report.as_ref(),
                output: self
                    .output
                    .as_deref()
                    .filter(|_| done.bytes.is_some())
                    .map(source::display),
                bytes: done.bytes,
            };
            return Ok(output::json(&mut out, &answer)?);
        }
        let mut said = String::new();
        let shown = source::shown(&self.input);
        let remarks = remarks::of(checkpoint);
        let written = self.output.as_ref().zip(done.bytes);
        // They are said once, with the last of what is said.
        let beside = if written.is_none() { &*remarks } else { "" };
        match &done.report {
            Some(report) if report.fits() => said += &format!("{shown}: {report}{beside}\n"),
            Some(report) => output::complain(&format!("{shown}: {report}{beside}")),
            None => {}
        }
        if let Some((path, bytes)) = written {
            said += &format!(
                "{}: {} tensors, {} bytes, from {}{remarks}\n",
                destination::shown(path),
                checkpoint.tensors.len(),
                output::thousands(bytes as u64),
                checkpoint.format,
            );
        }
        // Where the weights go to standard output, nothing else may.
        match self.output.as_deref() {
            Some(path) if source::is_stdin(path) => anstream::eprint!("{said}"),
            _ => write!(out, "{said}")?,
        }
        Ok(())
    }

    fn fail(&self, input: &str, failure: &Failure) -> Result<Outcome, Error> {
        // A wrong spec says its own name.
        let text = match failure {
            Failure::Spec(errors) => errors.to_string(),
            Failure::Write(error) => error.to_string(),
            other => format!("{}: {other}", source::shown(&self.input)),
        };
        if self.json {
            let (error, found, check, output, bytes) = (Some(text), None, None, None, None);
            let mut out = anstream::stdout().lock();
            output::json(
                &mut out,
                &ConvertJson {
                    input,
                    error,
                    found,
                    check,
                    output,
                    bytes,
                },
            )?;
        } else {
            output::complain(&text);
        }
        Ok(Outcome::BadInput)
    }
}
