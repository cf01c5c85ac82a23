//! Why there is no function.

use datafusion::error::DataFusionError;
use mnv3_convert::{ConvertError, Report};
use mnv3_exec::{NotClassifier, NotDetector, NotEmbedder, NotSegmenter};
use mnv3_spec::SpecErrors;
use mnv3_weights::WeightsError;
use std::io;
use std::path::PathBuf;

/// Why a network does not become a function.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FunctionError {
    /// Everything that is wrong with its spec, drawn.
    #[error("{0}")]
    Spec(#[from] SpecErrors),
    /// Its weights cannot be read.
    #[error("{}: the weights cannot be read: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The file is no checkpoint.
    #[error("{}: {reason}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: ConvertError,
    },
    /// The checkpoint is another network's.
    #[error("{}: {report}", path.display())]
    Misfit {
        /// The file.
        path: PathBuf,
        /// All that is missing, extra or mis-shaped.
        report: Box<Report>,
    },
    /// The weights are not the network's.
    #[error("{}: {reason}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// All that is wrong with it.
        reason: WeightsError,
    },
    /// Its head answers nothing about pictures.
    #[error("{}: {reason}", spec.display())]
    Head {
        /// The spec.
        spec: PathBuf,
        /// Why.
        reason: HeadError,
    },
    /// DataFusion has a function of this name, or there are two of it.
    #[error("{0}: there is a function of this name: choose another")]
    Taken(String),
    /// DataFusion does not take it.
    #[error(transparent)]
    Engine(#[from] DataFusionError),
}

/// Why a head answers nothing about pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// It classifies no pictures.
    #[error(transparent)]
    Classifier(#[from] NotClassifier),
    /// It detects nothing in pictures.
    #[error(transparent)]
    Detector(#[from] NotDetector),
    /// It segments no pictures.
    #[error(transparent)]
    Segmenter(#[from] NotSegmenter),
    /// It makes no embeddings of pictures.
    #[error(transparent)]
    Embedder(#[from] NotEmbedder),
}
