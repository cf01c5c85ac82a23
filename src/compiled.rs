//! A network and its weights: what all networks have.

use crate::floats::Floats;
use crate::{Embeds, Model, Workspace};
use mnv3_runtime::{Engine, Level, LevelError, Tensor, Threads, WeightsError};
use std::fmt;
use std::marker::PhantomData;

/// A compiled network with its weights, at the best SIMD level of the processor and on the calling thread, unless said
/// otherwise.
///
/// [`mobilenet!`](crate::mobilenet) defines a name for it: after `mobilenet!("mnv3:large")`, `MobileNetV3Large` is
/// `Compiled<MobileNetV3LargeModel>`. One with a head is [`Pooled`](crate::Pooled), and a
/// [`Classifier`](crate::Classifier) where the head has classes; one without is a [`Backbone`](crate::Backbone). It may be shared by any number of threads, each with a [`Workspace`] of its own.
pub struct Compiled<M: Model, H = <M as Model>::Head> {
    pub(crate) engine: Engine,
    model: PhantomData<fn() -> (M, H)>,
}

impl<M: Model, H> Compiled<M, H> {
    /// Height, width and channels of the image.
    pub const INPUT_SIZE: [usize; 3] = M::INPUT_SIZE;
    /// Floats of an image.
    pub const INPUT_LEN: usize = M::Input::LEN;
    /// Trainable numbers: weights, biases, and the scale and shift of batch norms.
    pub const PARAMETERS: u64 = M::PARAMETERS;
    /// Multiply-adds of one image in convolutions and linear layers.
    pub const MULTIPLY_ADDS: u64 = M::MULTIPLY_ADDS;
    /// Bytes of a workspace.
    pub const WORKSPACE_BYTES: usize = M::WORKSPACE_FLOATS * size_of::<f32>();
    /// The tensors that a weights file must have, in the order of the structure.
    pub const TENSORS: &'static [Tensor<'static>] = M::MANIFEST.tensors;

    fn new(engine: Engine) -> Self {
        Self {
            engine,
            model: PhantomData,
        }
    }

    /// Reads weights, folds batch norms into them and packs them for the kernels.
    ///
    /// # Errors
    /// Names every missing, mis-shaped or non-finite tensor of the file at once.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, WeightsError> {
        Engine::from_safetensors(bytes, M::MANIFEST).map(Self::new)
    }

    /// Reads a file that `mnv3 pack` made of this spec and its weights: nothing is left to fold or to pack.
    ///
    /// # Errors
    /// The file is cut off, damaged, or of another network.
    pub fn from_prepacked(bytes: &[u8]) -> Result<Self, WeightsError> {
        Engine::from_prepacked(bytes, M::MANIFEST).map(Self::new)
    }

    /// The network with the weights that are part of the program: those that `mobilenet!("...", weights = "...")` named.
    /// A packed file is used where it lies; another is folded and packed by this call.
    #[must_use]
    pub fn embedded() -> Self
    where
        M: Embeds,
    {
        Self::new(M::engine())
    }

    /// The same weights, run at another SIMD level than the best of this machine.
    ///
    /// # Errors
    /// The machine has no such level: [`Level::available`] lists those that it has.
    pub fn with_level(self, level: Level) -> Result<Self, LevelError> {
        self.engine.with_level(level).map(Self::new)
    }

    /// The same weights, run on these threads: the layers of an image divided, or the images of a batch.
    #[must_use]
    pub fn with_threads(self, threads: Threads) -> Self {
        Self::new(self.engine.with_threads(threads, M::SCRATCH_FLOATS))
    }

    /// Memory to run in: make it once, use it for every image.
    #[must_use]
    pub fn workspace() -> Workspace<M> {
        Workspace::new()
    }
}

impl<M: Model, H> Clone for Compiled<M, H> {
    fn clone(&self) -> Self {
        Self::new(self.engine.clone())
    }
}

impl<M: Model, H> fmt::Debug for Compiled<M, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.engine.describe(M::NAME, M::PARAMETERS, f)
    }
}
