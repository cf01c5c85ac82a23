//! Heads of every kind: what follows the last map.

use super::{Dense, Detect, OutputActivation, Pool, PoolWindow, Shape, Source, Tapped};

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
    /// The wide layer after the pool.
    pub hidden: Option<Dense>,
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
        match (&self.classes, &self.hidden) {
            (Some(classes), _) => classes.layer.output,
            (None, Some(hidden)) => hidden.output,
            (None, None) => pooled,
        }
    }
}

/// LR-ASPP: from the last map, and an earlier one with more detail, to logits of each pixel.
///
/// The last map is convolved to `hidden` channels, which a gate of its means multiplies; resized to the earlier map's size, it gives
/// classes, to which those of the earlier map are added; the sum is resized to the image. Both resizes are bilinear.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Where it is written.
    pub source: Source,
    /// The row of the earlier map.
    pub low: Tapped,
    /// The shape of the earlier map.
    pub low_map: Shape,
    /// 1x1 convolution of the last map, with its batch norm.
    pub hidden: Dense,
    /// From the means of the last map to a gate for each hidden channel, of which the sigmoid is taken.
    pub gate: Dense,
    /// Classes of the earlier map.
    pub low_classes: Dense,
    /// Classes of the gated map.
    pub high_classes: Dense,
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
