//! The packed weights of a network, and the SIMD level that it runs at.

use crate::cpu::{Cpu, Threads};
use fearless_simd::Level;
use mnv3_weights::{Embedded, Manifest, Packed, WeightsError};

/// What a network's struct holds.
#[derive(Clone, Debug)]
pub struct Weights {
    packed: Packed,
    level: Level,
    threads: Option<Threads>,
}

impl Weights {
    /// Reads, checks, folds and packs; the level is the best that this machine has.
    ///
    /// # Errors
    /// Every tensor that is missing, mis-shaped, of another kind of number, or not finite, in one error.
    pub fn from_safetensors(bytes: &[u8], manifest: &Manifest<'_>) -> Result<Self, WeightsError> {
        Packed::from_safetensors(bytes, manifest).map(Self::new)
    }

    /// Reads a file that `mnv3 pack` made.
    ///
    /// # Errors
    /// The file is cut off, damaged, of another network, or of another version of the layout.
    pub fn from_prepacked(bytes: &[u8], manifest: &Manifest<'_>) -> Result<Self, WeightsError> {
        Packed::from_prepacked(bytes, manifest).map(Self::new)
    }

    /// Uses packed weights that are part of the program where they lie.
    #[must_use]
    pub fn embedded<const BYTES: usize>(file: &'static Embedded<BYTES>) -> Self {
        Self::new(Packed::embedded(file))
    }

    fn new(packed: Packed) -> Self {
        Self {
            packed,
            level: Level::new(),
            threads: None,
        }
    }

    /// The same weights, run at another SIMD level.
    #[must_use]
    pub fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// The same weights, run on these threads.
    #[must_use]
    pub fn with_threads(self, threads: Threads) -> Self {
        Self {
            threads: Some(threads),
            ..self
        }
    }

    /// Runs a network on its threads, or on the calling one if it has none.
    #[doc(hidden)]
    pub fn run<R: Send>(&self, network: impl FnOnce(Cpu) -> R + Send) -> R {
        match &self.threads {
            Some(threads) => threads.install(network, self.level),
            None => network(Cpu::one(self.level)),
        }
    }

    /// The SIMD level that the network runs at.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// All packed weights from `offset` on.
    pub(crate) fn after(&self, offset: usize) -> &[f32] {
        &self.packed.as_slice()[offset..]
    }

    pub(crate) fn slice(&self, offset: usize, len: usize) -> &[f32] {
        &self.packed.as_slice()[offset..offset + len]
    }
}
