//! What the macro writes of each network. All else is written once, over these traits.

use crate::floats::Floats;
use mnv3_runtime::{Engine, Labels, Manifest};

/// What comes out of a network, as types that choose the functions of [`Compiled`](crate::Compiled).
pub mod head {
    use std::marker::PhantomData;

    /// One vector an image: [`Pooled`](crate::Pooled).
    #[derive(Debug)]
    pub enum Vector {}

    /// Maps in the workspace: [`MapModel`](crate::MapModel). `K` says what they are.
    #[derive(Debug)]
    pub struct Maps<K>(PhantomData<K>);

    /// Logits and offsets of anchors: [`Detector`](crate::Detector).
    #[derive(Debug)]
    pub enum Boxes {}

    /// The last feature map: [`Backbone`](crate::Backbone).
    #[derive(Debug)]
    pub enum Features {}

    /// Logits of each pixel: [`Segmenter`](crate::Segmenter).
    #[derive(Debug)]
    pub enum Logits {}
}

/// A network that [`mobilenet!`](crate::mobilenet) compiled: its sizes and its table of weights. Only the macro implements
/// it, and its hidden items may change with any version.
pub trait Model: Sized + 'static {
    /// [`head::Vector`], or [`head::Maps`] of a kind.
    type Head;
    /// `[f32; H * W * C]`: the image, rows of pixels of channels.
    type Input: Floats;
    /// The maps that are handed out: those that the spec's `taps` name, those of a head that gives maps, and the last one where
    /// there is no head: a struct with a field for each, or `()`. They lie in the workspace.
    type Maps<'w>: Send;
    /// The spec's.
    const NAME: &'static str;
    /// Height, width and channels of the image.
    const INPUT_SIZE: [usize; 3];
    /// Trainable numbers.
    const PARAMETERS: u64;
    /// What the spec calls the classes.
    const LABELS: Labels<'static> = Labels::Unnamed;
    /// Multiply-adds of one image.
    const MULTIPLY_ADDS: u64;
    /// Floats of a workspace.
    #[doc(hidden)]
    const WORKSPACE_FLOATS: usize;
    /// Floats of the part of it that a layer needs on the way.
    #[doc(hidden)]
    const SCRATCH_FLOATS: usize;
    /// How a file's tensors become packed weights.
    #[doc(hidden)]
    const MANIFEST: &'static Manifest<'static>;
}

/// A network whose weights are part of the program.
pub trait Embeds: Model {
    /// Weights, ready to run.
    #[doc(hidden)]
    fn engine() -> Engine;
}
