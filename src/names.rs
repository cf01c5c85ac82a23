//! Names of classes.

use crate::{Classifier, Compiled, Detector, Model, Segmenter, head};
use mnv3_detect::ScoreFunction;
use mnv3_runtime::{LabelSet, Labels};

/// The name of a class of a network, by its place among them.
pub(crate) fn name<M: Model>(index: usize) -> Option<&'static str> {
    match M::LABELS {
        Labels::Unnamed => None,
        Labels::Set(set) => of_set(set, index),
        Labels::Names(names) => names.get(index).copied(),
    }
}

#[cfg(feature = "labels")]
fn of_set(set: LabelSet, index: usize) -> Option<&'static str> {
    mnv3_labels::name(set, index)
}

#[cfg(not(feature = "labels"))]
fn of_set(_: LabelSet, _: usize) -> Option<&'static str> {
    None
}

impl<M: Classifier> Compiled<M, head::Vector> {
    /// What the spec calls a class, by the place of its score, from 0. Nothing where it says none, or a set such as `imagenet` and
    /// the feature `labels` is off.
    ///
    /// ```
    /// mnv3::mobilenet!("mnv3:text-direction");
    /// assert_eq!(TextDirection::label(1), Some("upside down"));
    /// assert_eq!(TextDirection::label(2), None);
    /// ```
    #[must_use]
    pub fn label(class: usize) -> Option<&'static str> {
        name::<M>(class)
    }
}

impl<M: Segmenter> Compiled<M, head::Maps<head::Logits>> {
    /// What the spec calls a class of a pixel, by the place of its logit, from 0. Nothing where it says none, or a set such as `voc`
    /// and the feature `labels` is off.
    #[must_use]
    pub fn label(class: usize) -> Option<&'static str> {
        name::<M>(class)
    }
}

impl<M: Detector> Compiled<M, head::Maps<head::Boxes>> {
    /// What the spec calls the class of a [`Detection`](mnv3_detect::Detection): with a background, classes begin at 1. Nothing where
    /// it says none, or a set such as `coco` and the feature `labels` is off.
    #[must_use]
    pub fn label(class: usize) -> Option<&'static str> {
        match M::POSTPROCESSING.scores {
            ScoreFunction::SoftmaxWithBackground => name::<M>(class.checked_sub(1)?),
            ScoreFunction::Sigmoid => name::<M>(class),
        }
    }
}
