//! What a network is asked about each picture: that which its head is for.

use super::cells::RowKind;
use super::row::{BoxRow, ClassRow, Said, ShareRow};
use crate::picture::PictureError;
use mnv3::OutputActivation;
use mnv3_exec::{
    Classifier, Detector, Embedder, Exec, NotClassifier, NotDetector, NotEmbedder, NotSegmenter, Segmenter, class_name,
};
use mnv3_image::{DecodedPicture, Decoding, PictureDecoder};
use mnv3_spec::Network;

/// The least score of a box, unless another is asked for.
const SCORE: f32 = 0.3;

/// What the command line asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunWanted {
    pub(crate) top: Option<usize>,
    pub(crate) threshold: Option<f32>,
}

/// A network, and what of its answers is wanted. A clone has memory of its own.
#[derive(Clone)]
pub(crate) struct Asker<'e> {
    network: &'e Network,
    task: HeadTask<'e>,
}

#[derive(Clone)]
enum HeadTask<'e> {
    Classify {
        classifier: Box<Classifier<'e>>,
        top: usize,
        threshold: f32,
    },
    Detect {
        detector: Box<Detector<'e>>,
        most: usize,
        score: f32,
    },
    Segment(Box<Segmenter<'e>>),
    Embed(Box<Embedder<'e>>),
}

/// Why a network is not asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAsked {
    #[error(transparent)]
    Classifier(#[from] NotClassifier),
    #[error(transparent)]
    Detector(#[from] NotDetector),
    #[error(transparent)]
    Segmenter(#[from] NotSegmenter),
    #[error(transparent)]
    Embedder(#[from] NotEmbedder),
    #[error("{0} says nothing to a network that {1}")]
    Idle(&'static str, &'static str),
}

impl<'e> Asker<'e> {
    /// By the kind of the network's head.
    pub(crate) fn new(exec: &'e Exec<'_>, network: &'e Network, wanted: RunWanted) -> Result<Self, NotAsked> {
        let idle = |does| match wanted {
            RunWanted { top: Some(_), .. } => Err(NotAsked::Idle("--top", does)),
            RunWanted { threshold: Some(_), .. } => Err(NotAsked::Idle("--threshold", does)),
            RunWanted { .. } => Ok(()),
        };
        let task = if network.detect().is_some() {
            HeadTask::Detect {
                detector: Box::new(Detector::new(exec)?),
                most: wanted.top.unwrap_or(usize::MAX),
                score: wanted.threshold.unwrap_or(SCORE),
            }
        } else if network.segment().is_some() {
            idle("segments")?;
            HeadTask::Segment(Box::new(Segmenter::new(exec)?))
        } else if network.classify().is_some_and(|head| head.classes.is_none()) {
            idle("gives embeddings")?;
            HeadTask::Embed(Box::new(Embedder::new(exec)?))
        } else {
            let classifier = Box::new(Classifier::new(exec)?);
            let (top, threshold) = defaults(classifier.activation());
            HeadTask::Classify {
                classifier,
                top: wanted.top.unwrap_or(top),
                threshold: wanted.threshold.unwrap_or(threshold),
            }
        };
        Ok(Self { network, task })
    }

    pub(crate) fn kind(&self) -> RowKind {
        match self.task {
            HeadTask::Classify { .. } => RowKind::Classes,
            HeadTask::Detect { .. } => RowKind::Boxes,
            HeadTask::Segment(_) => RowKind::Shares,
            HeadTask::Embed(_) => RowKind::Embedding,
        }
    }

    /// What makes pictures of the bytes of files.
    pub(crate) fn decoder(&self, decoding: Decoding) -> PictureDecoder<'e> {
        match &self.task {
            HeadTask::Classify { classifier, .. } => classifier.decoder(decoding),
            HeadTask::Detect { detector, .. } => detector.decoder(decoding),
            HeadTask::Segment(segmenter) => segmenter.decoder(decoding),
            HeadTask::Embed(embedder) => embedder.decoder(decoding),
        }
    }

    pub(crate) fn ask(&mut self, picture: &DecodedPicture) -> Result<Said, PictureError> {
        let label = |class| class_name(self.network, class).map(str::to_owned);
        Ok(match &mut self.task {
            HeadTask::Classify {
                classifier,
                top,
                threshold,
            } => {
                let classes = classifier.classify(picture, *top)?;
                let probable = classes.into_iter().filter(|class| class.probability >= *threshold);
                let probable = probable.map(|class| ClassRow {
                    index: class.index,
                    probability: class.probability,
                    label: class.label.map(str::to_owned),
                });
                Said::Classes {
                    classes: probable.collect(),
                }
            }
            HeadTask::Detect { detector, most, score } => {
                let found = detector.detect(picture)?.iter();
                let sure = found.filter(|found| found.score >= *score).take(*most);
                let boxes = sure.map(|found| {
                    let [left, top, right, bottom] = found.bounds.corners();
                    BoxRow {
                        class: found.class,
                        label: label(found.class),
                        score: found.score,
                        left,
                        top,
                        right,
                        bottom,
                    }
                });
                Said::Boxes { boxes: boxes.collect() }
            }
            HeadTask::Segment(segmenter) => {
                segmenter.look(picture)?;
                let shares = segmenter.mask().shares().into_iter();
                let shares = shares.map(|(class, share)| ShareRow {
                    class,
                    label: label(class),
                    share,
                });
                Said::Shares {
                    shares: shares.collect(),
                }
            }
            HeadTask::Embed(embedder) => Said::Embedding {
                embedding: embedder.embed(picture)?,
            },
        })
    }
}

/// How many classes of how much probability are told, unless others are asked for: of a network whose classes exclude each other the
/// five likeliest, else all that hold.
pub(crate) fn defaults(activation: OutputActivation) -> (usize, f32) {
    match activation {
        OutputActivation::Sigmoid => (usize::MAX, 0.5),
        OutputActivation::Identity | OutputActivation::Softmax => (5, 0.0),
    }
}
