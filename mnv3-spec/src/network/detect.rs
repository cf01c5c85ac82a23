//! Heads that detect: SSDLite's.

use super::layers::{Bottleneck, Dense, Depthwise, Source, Tapped};
use mnv3_ir::Shape;

/// From several maps to logits and offsets of anchors.
#[derive(Clone, Debug, PartialEq)]
pub struct Detect {
    /// Where it is written.
    pub source: Source,
    /// Kinds of things, the background not among them.
    pub classes: usize,
    /// What becomes of logits.
    pub scores: ScoreFunction,
    /// The maps of the network that it reads, the largest first.
    pub maps: Vec<Tapped>,
    /// Maps that follow, each made of the one before: the first of the network's last.
    pub extras: Vec<Bottleneck>,
    /// What is predicted of each map: first of [`maps`](Self::maps), then of [`extras`](Self::extras).
    pub predictions: Vec<Prediction>,
    /// What offsets are divided by: of the centre across and down, of width and height.
    pub offset_weights: [f64; 4],
    /// Only scores above this count.
    pub threshold: f64,
    /// The most anchors of a class that suppression looks at.
    pub candidates: usize,
    /// Boxes of a class that overlap by more than this are one.
    pub overlap: f64,
    /// The most boxes of an image.
    pub most: usize,
}

/// How a row of logits becomes scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreFunction {
    /// Probabilities that sum up to 1; the first logit is that of the background.
    SoftmaxWithBackground,
    /// Each logit by itself; all are classes.
    Sigmoid,
}

/// What is predicted of one map.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The map.
    pub map: Shape,
    /// Height and width of the anchors of a cell, as shares of the image's.
    pub sizes: Vec<[f64; 2]>,
    /// Logits of each anchor: anchors times columns channels.
    pub logits: Predictor,
    /// Offsets of each anchor: across, down, width, height.
    pub offsets: Predictor,
}

/// A depthwise convolution, and a 1x1 one with a bias.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictor {
    /// The output's name: `logits_1`, `offsets_1` and so on.
    pub name: String,
    /// k x k, with its norm.
    pub depthwise: Depthwise,
    /// To numbers of anchors.
    pub project: Dense,
}

impl Detect {
    /// Logits of an anchor: the classes, and the background where there is one.
    #[must_use]
    pub fn columns(&self) -> usize {
        match self.scores {
            ScoreFunction::SoftmaxWithBackground => self.classes + 1,
            ScoreFunction::Sigmoid => self.classes,
        }
    }

    /// Anchors of all maps.
    #[must_use]
    pub fn anchors(&self) -> usize {
        let of = |prediction: &Prediction| prediction.map.h * prediction.map.w * prediction.sizes.len();
        self.predictions.iter().map(of).sum()
    }
}
