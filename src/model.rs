//! What the macro writes of each network. All else is written once, over these traits.

use crate::Workspace;
use crate::floats::Floats;
use mnv3_detect::Postprocessing;
use mnv3_runtime::{Cpu, Engine, Labels, Manifest, MapView, Observer, OutputActivation};

/// What comes out of a network, as types that choose the functions of [`Compiled`](crate::Compiled).
pub mod head {
    use std::marker::PhantomData;

    /// One vector an image: [`Pooled`](super::Pooled).
    #[derive(Debug)]
    pub enum Vector {}

    /// Maps in the workspace: [`MapModel`](super::MapModel). `K` says what they are.
    #[derive(Debug)]
    pub struct Maps<K>(PhantomData<K>);

    /// Logits and offsets of anchors: [`Detector`](super::Detector).
    #[derive(Debug)]
    pub enum Boxes {}

    /// The last feature map: [`Backbone`](super::Backbone).
    #[derive(Debug)]
    pub enum Features {}

    /// Logits of each pixel: [`Segmenter`](super::Segmenter).
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

/// A network whose head pools the last map: an image becomes one vector. That of a [`Classifier`] is scores; with
/// `classes: none` it is an embedding, the vector that scores would be made from.
pub trait Pooled: Model<Head = head::Vector> {
    /// `[f32; N]`: scores, or the embedding.
    type Output: Floats;

    /// One image; `observer` is shown the output of every block.
    #[doc(hidden)]
    fn forward_on<'w>(
        engine: &'w Engine,
        cpu: Cpu<'_>,
        workspace: &'w mut Workspace<Self>,
        image: &Self::Input,
        output: &mut Self::Output,
        observer: &mut impl Observer,
    ) -> Self::Maps<'w>;
}

/// A network whose head has classes.
pub trait Classifier: Pooled {
    /// Scores of an image.
    const CLASSES: usize;
    /// What became of the scores: logits, or probabilities.
    const ACTIVATION: OutputActivation;
}

/// A network whose outputs are maps: without a head, or with one that gives maps.
pub trait MapModel: Model {
    /// One image; `observer` is shown the output of every block.
    #[doc(hidden)]
    fn forward_on<'w>(
        engine: &'w Engine,
        cpu: Cpu<'_>,
        workspace: &'w mut Workspace<Self>,
        image: &Self::Input,
        observer: &mut impl Observer,
    ) -> Self::Maps<'w>;
}

/// A network without a head.
pub trait Backbone: MapModel + Model<Head = head::Maps<head::Features>> {
    /// Height, width and channels of the last map.
    const FEATURES: [usize; 3];

    /// The last map.
    #[doc(hidden)]
    fn features<'w>(maps: &Self::Maps<'w>) -> MapView<'w>;
}

/// A network whose head segments.
pub trait Segmenter: MapModel + Model<Head = head::Maps<head::Logits>> {
    /// Classes of a pixel.
    const CLASSES: usize;

    /// The logits, of the height and width of the image.
    #[doc(hidden)]
    fn logits<'w>(maps: &Self::Maps<'w>) -> MapView<'w>;
}

/// A network whose head detects.
pub trait Detector: MapModel + Model<Head = head::Maps<head::Boxes>> {
    /// Its anchors, and what is wanted of boxes.
    const POSTPROCESSING: Postprocessing<'static>;

    /// Shows the logits and offsets of each map, in the order of the anchors.
    #[doc(hidden)]
    fn predictions<'w>(maps: &Self::Maps<'w>, see: &mut dyn FnMut(MapView<'w>, MapView<'w>));
}

/// A network whose weights are part of the program.
pub trait Embeds: Model {
    /// Weights, ready to run.
    #[doc(hidden)]
    fn engine() -> Engine;
}
