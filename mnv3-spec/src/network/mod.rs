//! The resolved network: every dimension known and checked, tensors named, nothing left to decide but how to run it.

mod computed_in;
mod detect;
mod head;
mod labels;
mod layers;
mod preprocess;

pub use computed_in::{ComputedIn, Matrices};
pub use detect::{Detect, Prediction, Predictor, ScoreFunction};
pub use head::{Classes, Classify, Decoder, DecoderStage, Head, LowClasses, Segment, Upsampling};
pub use labels::{ClassNames, LabelSet};
pub use layers::{
    Bottleneck, Conv, Dense, Depthwise, Norm, PoolWindow, Shortcut, Source, SqueezeExcite, Tap, Tapped, Tensor, Tensors,
};
pub use mnv3_ir::{Act, Layout, Naming, OutputActivation, Placing, Pool, Shape, Window};
pub use preprocess::{ColourOrder, Filter, Fit, Preprocess, Unprepared};

/// A whole network.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The Rust type's name.
    pub name: String,
    /// The spec's path as it was given.
    pub file: String,
    /// The dialect's name.
    pub dialect: String,
    /// How files name tensors.
    pub naming: Naming,
    /// Image.
    pub input: Shape,
    /// First convolution.
    pub stem: Conv,
    /// Inverted residual blocks.
    pub bottlenecks: Vec<Bottleneck>,
    /// 1x1 convolutions after the blocks: one in the published tables, two in timm's deepened network.
    pub last: Vec<Conv>,
    /// What follows the last map; without it that map is the answer.
    pub head: Option<Head>,
    /// What the classes of the head are called, where the spec says it.
    pub class_names: Option<ClassNames>,
    /// Block outputs handed to the caller.
    pub taps: Vec<Tap>,
    /// From an image to the input, where the dialect or the spec says it.
    pub preprocess: Option<Preprocess>,
    /// Why there is none.
    pub unprepared: Option<Unprepared>,
    /// How the matrices of squeeze-excite and head are stored.
    pub matrices: Matrices,
    /// What it is computed in.
    pub precision: ComputedIn,
}

impl Network {
    /// The head, if it is one that classifies.
    #[must_use]
    pub fn classify(&self) -> Option<&Classify> {
        match &self.head {
            Some(Head::Classify(classify)) => Some(classify),
            Some(Head::Segment(_) | Head::Detect(_)) | None => None,
        }
    }

    /// The head, if it is one that segments.
    #[must_use]
    pub fn segment(&self) -> Option<&Segment> {
        match &self.head {
            Some(Head::Segment(segment)) => Some(segment),
            Some(Head::Classify(_) | Head::Detect(_)) | None => None,
        }
    }

    /// The head, if it is one that detects.
    #[must_use]
    pub fn detect(&self) -> Option<&Detect> {
        match &self.head {
            Some(Head::Detect(detect)) => Some(detect),
            Some(Head::Classify(_) | Head::Segment(_)) | None => None,
        }
    }

    /// How a picture lies in the input, to find what is seen there in the picture.
    #[must_use]
    pub fn placing(&self) -> Placing {
        match self.preprocess.as_ref().map(|preprocess| preprocess.fit) {
            Some(Fit::Pad { placing }) => placing,
            Some(Fit::Stretch | Fit::Crop { .. } | Fit::Line { .. }) | None => Placing::Stretched,
        }
    }

    /// The last map: what the head starts from, or the answer where there is none.
    #[must_use]
    pub fn features(&self) -> Shape {
        let blocks = self.bottlenecks.last().map_or(self.stem.output, |b| b.output);
        self.last.last().map_or(blocks, |last| last.output)
    }

    /// Numbers of the vector that the head gives: scores or an embedding. `None` where it gives maps.
    #[must_use]
    pub fn vector(&self) -> Option<usize> {
        self.classify().map(|head| head.width(self.features().c))
    }

    /// What makes scores; `None` where there are none.
    #[must_use]
    pub fn classes(&self) -> Option<&Classes> {
        self.classify()?.classes.as_ref()
    }

    /// The place of a class among its [names](Self::class_names), by the number that answers give it: that of its score, of which
    /// the first is the background's where a head that detects has one.
    ///
    /// ```
    /// let network = mnv3_spec::load("mnv3:torchvision/ssdlite320-large", "".as_ref())?.network;
    /// assert_eq!((network.named_class(0), network.named_class(1)), (None, Some(0)));
    /// # Ok::<(), mnv3_spec::SpecErrors>(())
    /// ```
    #[must_use]
    pub fn named_class(&self, number: usize) -> Option<usize> {
        match self.detect().map(|head| head.scores) {
            Some(ScoreFunction::SoftmaxWithBackground) => number.checked_sub(1),
            Some(ScoreFunction::Sigmoid) | None => Some(number),
        }
    }

    /// What of it runs op by op, so that there are no integer kernels for it; nothing where all of it can be computed in eight bits.
    #[must_use]
    pub fn only_in_f32(&self) -> Option<&'static str> {
        if self.segment().is_some() || self.detect().is_some() {
            return Some("a head that gives maps");
        }
        let gates = || {
            self.bottlenecks
                .iter()
                .filter_map(|block| block.squeeze_excite.as_ref())
        };
        if gates().any(|gate| gate.sigmoid) {
            return Some("gates of squeeze-excite that are sigmoids");
        }
        if gates().any(|gate| gate.then != Act::Identity || gate.after_project) {
            return Some("squeeze-excite in another place than after the non-linearity");
        }
        if self.bottlenecks.iter().any(|block| block.shortcut.is_some()) {
            return Some("inputs of blocks that are convolved before they are added");
        }
        if self.bottlenecks.iter().any(|block| block.act != Act::Identity) {
            return Some("blocks that end in a non-linearity");
        }
        let pooled = self.classify().is_some_and(|head| head.after_pool != Act::Identity);
        pooled.then_some("a non-linearity after the pool")
    }
}
