//! What the macro writes of each network. All else is written once, over these traits.

use crate::Workspace;
use crate::floats::Floats;
use mnv3_runtime::{Cpu, Engine, Manifest, MapView, Observer};

/// What comes out of a network, as types that choose the functions of [`Compiled`](crate::Compiled).
pub mod head {
    use std::marker::PhantomData;

    /// Scores: [`Classifier`](super::Classifier).
    #[derive(Debug)]
    pub enum Scores {}

    /// Maps in the workspace: [`MapModel`](super::MapModel). `K` says what they are.
    #[derive(Debug)]
    pub struct Maps<K>(PhantomData<K>);

    /// The last feature map: [`Backbone`](super::Backbone).
    #[derive(Debug)]
    pub enum Features {}
}

/// A network that [`mobilenet!`](crate::mobilenet) compiled: its sizes and its table of weights. Only the macro implements
/// it, and its hidden items may change with any version.
pub trait Model: Sized + 'static {
    /// [`head::Scores`], or [`head::Maps`] of a kind.
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

/// A network whose head classifies.
pub trait Classifier: Model<Head = head::Scores> {
    /// `[f32; CLASSES]`
    type Output: Floats;
    /// Scores.
    const CLASSES: usize;
    /// Whether scores are probabilities already.
    const SOFTMAX: bool;

    /// One image; `observer` is shown the output of every block.
    #[doc(hidden)]
    fn forward_on<'w>(
        engine: &Engine,
        cpu: Cpu<'_>,
        workspace: &'w mut Workspace<Self>,
        image: &Self::Input,
        scores: &mut Self::Output,
        observer: &mut impl Observer,
    ) -> Self::Maps<'w>;
}

/// A network whose outputs are maps: without a head, or with one that gives maps.
pub trait MapModel: Model {
    /// One image; `observer` is shown the output of every block.
    #[doc(hidden)]
    fn forward_on<'w>(
        engine: &Engine,
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

/// A network whose weights are part of the program.
pub trait Embeds: Model {
    /// Weights, ready to run.
    #[doc(hidden)]
    fn engine() -> Engine;
}
