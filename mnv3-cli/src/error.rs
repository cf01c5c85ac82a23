//! What can go wrong with a whole command. What is wrong with one image is [`crate::picture::PictureError`].

use crate::commands::new::NewError;
use crate::commands::program::ProgramError;
use crate::destination::WriteError;
use crate::run::{JournalError, NotAsked};
use crate::segmented::DrawError;
use crate::source::{ReadError, shown};
use mnv3_exec::{NotClassifier, NotDetector, NotEmbedder, NotSegmenter};
use mnv3_spec::SpecErrors;
use std::io;
use std::path::PathBuf;

/// Ends a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Everything that is wrong with a spec, drawn.
    #[error("{0}")]
    Spec(#[from] SpecErrors),
    /// A network cannot be timed.
    #[error("the network cannot be timed: {0}")]
    Bench(#[from] crate::bench::SubjectError),
    /// Nothing can be written to standard output.
    #[error("standard output cannot be written: {0}")]
    Stdout(#[from] io::Error),
    /// A weights file cannot be read.
    #[error("{}: {reason}\n  = {}", shown(path), reason.help_for_weights())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: ReadError,
    },
    /// A weights file is not the network's.
    #[error("{}: {reason}", shown(path))]
    Unfit {
        /// The file.
        path: PathBuf,
        /// All that is wrong with it.
        reason: mnv3::WeightsError,
    },
    /// A weights file is none, or is refused.
    #[error("{}: {reason}", shown(path))]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: mnv3_convert::ConvertError,
    },
    /// A checkpoint is not the network's.
    #[error("{}: {report}", shown(path))]
    Misfit {
        /// The file.
        path: PathBuf,
        /// All that is missing, extra or mis-shaped.
        report: Box<mnv3_convert::Report>,
    },
    /// A network cannot be quantised with these pictures.
    #[error("{}: {reason}", shown(path))]
    Calibration {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: mnv3_quantize::CalibrationError,
    },
    /// A network's head is not run in eight bits.
    #[error(
        "{}: a network that segments or detects, or whose gates are sigmoids, is not computed in eight bits\n  = give a spec that classifies, or one without a head, whose gates are hard",
        shown(.0)
    )]
    NotInEightBits(PathBuf),
    /// A folder cannot be listed.
    #[error(
        "{}: the folder cannot be read: {reason}\n  = name a folder of pictures",
        shown(path)
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// A folder has none.
    #[error("{}: the folder has no picture that can be read\n  = put pictures there such as the network will see: PNG, JPEG, WebP, BMP, GIF, TIFF or PNM", shown(.0))]
    NoPictures(PathBuf),
    /// Names of a file are matched by their order, and are not those of the spec.
    #[error(
        "{}: {tensor} has another name here\n  = `mnv3 convert --spec SPEC IN -o OUT` gives tensors the spec's names",
        shown(path)
    )]
    Unnamed {
        /// The file.
        path: PathBuf,
        /// The first that is not there.
        tensor: String,
    },
    /// A safetensors file cannot be read or made.
    #[error(
        "{}: {reason}\n  = give the file that `mnv3 convert` writes, not a packed one",
        shown(path)
    )]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: safetensors::SafeTensorError,
    },
    /// A network does not tell classes of pictures.
    #[error("{}: {reason}\n  = {}", shown(spec), help(reason))]
    NotClassifier {
        /// The spec.
        spec: PathBuf,
        /// Why.
        reason: NotClassifier,
    },
    /// A network finds nothing in pictures.
    #[error("{}: {reason}\n  = {}", shown(spec), help_to_detect(reason))]
    NotDetector {
        /// The spec.
        spec: PathBuf,
        /// Why.
        reason: NotDetector,
    },
    /// A network does not tell what pixels show.
    #[error("{}: {reason}\n  = {}", shown(spec), help_to_segment(reason))]
    NotSegmenter {
        /// The spec.
        spec: PathBuf,
        /// Why.
        reason: NotSegmenter,
    },
    /// A network is not asked about pictures.
    #[error("{}: {reason}\n  = {}", shown(spec), help_to_run(reason))]
    NotAsked {
        /// The spec.
        spec: PathBuf,
        /// Why.
        reason: NotAsked,
    },
    /// A table is wanted that only SQL writes.
    #[error(
        "{}: mnv3 run writes CSV and JSON lines\n  = name another file, or ask in SQL: mnv3 sql \"COPY (SELECT ...) TO 'FILE.parquet'\"",
        shown(.0)
    )]
    Parquet(PathBuf),
    /// Rows are not written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Nobody says which class is to be cut out, or there is no such class.
    #[error("{}\n  = write --keep CLASS, a number from 0 to {last}{}", kept(keep.as_deref()), if *named { ", or a name of the spec's `classes` or `labels`" } else { "" })]
    Keep {
        /// What was written.
        keep: Option<String>,
        /// The last class.
        last: usize,
        /// Whether the spec names its classes.
        named: bool,
    },
    /// A picture with boxes, or a mask, cannot be written.
    #[error("{}: {reason}\n  = give -o a folder that is there", shown(path))]
    Drawing {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: DrawError,
    },
    /// Threads cannot be started.
    #[error(transparent)]
    Threads(#[from] mnv3::ThreadsError),
    /// A crate cannot be written.
    #[error(transparent)]
    New(#[from] NewError),
    /// A subcommand that is a program of its own does not run.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// What was made cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What to write into a spec that is no classifier of pictures.
fn help(reason: &NotClassifier) -> &'static str {
    match reason {
        NotClassifier::NoHead => "give the spec a head, such as `head: { pool: avg, hidden: none, classes: 10 }`",
        NotClassifier::NoClasses => "give its head classes, such as `head: { classes: 10 }`",
        NotClassifier::NoPreprocess => {
            "write it into the spec, such as `preprocess: { fit: stretch, filter: bilinear, mean: 0.5, std: 0.5 }`"
        }
        NotClassifier::Channels(_) => "give the spec an input of `channels: 3`, or 1",
    }
}

fn kept(keep: Option<&str>) -> String {
    match keep {
        Some(class) => format!("the network has no class {}", mnv3_ir::Visible(class)),
        None => "the network has several classes, and nothing says which is to be cut out".to_owned(),
    }
}

/// What to write into a spec that does not segment pictures.
fn help_to_segment(reason: &NotSegmenter) -> &'static str {
    match reason {
        NotSegmenter::NoHead => "take a spec whose head is of kind: segment, such as mnv3:torchvision/lraspp-large",
        NotSegmenter::NoPreprocess => help(&NotClassifier::NoPreprocess),
        NotSegmenter::Channels(channels) => help(&NotClassifier::Channels(*channels)),
    }
}

/// What to do about a network that is not asked.
fn help_to_run(reason: &NotAsked) -> &'static str {
    match reason {
        NotAsked::Classifier(reason) => help(reason),
        NotAsked::Detector(reason) => help_to_detect(reason),
        NotAsked::Segmenter(reason) => help_to_segment(reason),
        NotAsked::Embedder(NotEmbedder::NoVector) => help(&NotClassifier::NoHead),
        NotAsked::Embedder(NotEmbedder::NoPreprocess) => help(&NotClassifier::NoPreprocess),
        NotAsked::Embedder(NotEmbedder::Channels(channels)) => help(&NotClassifier::Channels(*channels)),
        NotAsked::Idle(..) => "leave it out",
    }
}

/// What to write into a spec that detects nothing in pictures.
fn help_to_detect(reason: &NotDetector) -> &'static str {
    match reason {
        NotDetector::NoHead => "take a spec whose head is of kind: detect, such as mnv3:torchvision/ssdlite320-large",
        NotDetector::NoPreprocess => help(&NotClassifier::NoPreprocess),
        NotDetector::Channels(channels) => help(&NotClassifier::Channels(*channels)),
    }
}
