//! Heads of every kind: what follows the last map.

use super::detect::Detect;
use super::layers::{Dense, Depthwise, PoolWindow, Source, Tapped};
use mnv3_ir::{Act, OutputActivation, Pool, Shape};

/// What follows the last map.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a network has one head")]
pub enum Head {
    /// Scores of the whole image, or its embedding.
    Classify(Classify),
    /// Logits of each pixel.
    Segment(Segment),
    /// Boxes of things.
    Detect(Detect),
}

/// From the last map to one vector: scores, or an embedding.
#[derive(Clone, Debug, PartialEq)]
pub struct Classify {
    /// Where it is written.
    pub source: Source,
    /// Pools over windows, before the global one.
    pub windows: Vec<PoolWindow>,
    /// Global pool.
    pub pool: Pool,
    /// After the global pool; mostly nothing.
    pub after_pool: Act,
    /// The wide layers after the pool: mostly one.
    pub hidden: Vec<Dense>,
    /// Scores; without them, what was pooled or what the hidden layer gives is the answer: an embedding.
    pub classes: Option<Classes>,
}

/// From the head's vector to scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes {
    /// One output a class.
    pub layer: Dense,
    /// What becomes of the scores.
    pub activation: OutputActivation,
}

impl Classify {
    /// Numbers of an answer, of a map that is pooled to so many channels.
    pub(super) fn width(&self, pooled: usize) -> usize {
        match (&self.classes, self.hidden.last()) {
            (Some(classes), _) => classes.layer.output,
            (None, Some(hidden)) => hidden.output,
            (None, None) => pooled,
        }
    }
}

/// From the last map, and earlier ones with more detail, to logits of each pixel.
///
/// The last map is convolved to `hidden` channels, which a gate of its means multiplies: LR-ASPP. How the detail comes in is
/// [`Upsampling`].
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Where it is written.
    pub source: Source,
    /// 1x1 convolution of the last map, with its batch norm.
    pub hidden: Dense,
    /// From the means of the last map to a gate for each hidden channel, of which the sigmoid is taken.
    pub gate: Dense,
    /// Logits of a pixel.
    pub classes: usize,
    /// From the gated map to logits of the image's size.
    pub upsampling: Upsampling,
}

/// From a gated map to logits of each pixel of the image.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a network has one head")]
pub enum Upsampling {
    /// The gated map, resized to an earlier map's size, gives classes, to which those of the earlier map are added; the sum is resized
    /// to the image. Both resizes are bilinear.
    LowClasses(LowClasses),
    /// Stage by stage.
    Decoder(Decoder),
}

/// Classes of two maps that are added.
#[derive(Clone, Debug, PartialEq)]
pub struct LowClasses {
    /// The row of the earlier map.
    pub low: Tapped,
    /// Classes of the earlier map.
    pub low_classes: Dense,
    /// Classes of the gated map.
    pub high_classes: Dense,
}

/// Stages, each of which brings a map to the size and the channels of an earlier one and mixes it with that; then a transposed
/// convolution of 2x2 at stride 2.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoder {
    /// In order.
    pub stages: Vec<DecoderStage>,
    /// The transposed convolution as a 1x1 one to four times the classes, and their pixels shuffled.
    pub classes: Dense,
}

/// A stage of a decoder: `up` of the map, resized; the earlier map, gated by the sigmoid of two layers on the means of both added, is added to it;
/// of that `merge`, and what the depthwise convolution makes of it is added to it.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderStage {
    /// The row of the earlier map.
    pub low: Tapped,
    /// Shape of the earlier map, and of what the stage gives.
    pub map: Shape,
    /// 1x1, to the channels of the earlier map.
    pub up: Dense,
    /// From means to the gate.
    pub reduce: Dense,
    /// From means to the gate.
    pub excite: Dense,
    /// 1x1.
    pub merge: Dense,
    /// k x k.
    pub depthwise: Depthwise,
}

impl Head {
    /// Where it is written.
    #[must_use]
    pub fn source(&self) -> &Source {
        match self {
            Self::Classify(classify) => &classify.source,
            Self::Segment(segment) => &segment.source,
            Self::Detect(detect) => &detect.source,
        }
    }
}
