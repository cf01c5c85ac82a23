//! What the classes of a head are called.

use super::{Network, ScoreFunction};
pub use mnv3_ir::LabelSet;

/// Names of a head's classes, in the order of scores; a background that only detection has is not among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassNames {
    /// A list that comes with mnv3.
    Set(LabelSet),
    /// The spec's own, one a class, no two the same.
    Own(Vec<String>),
}

impl Network {
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
}
