//! What runs a network: its packed weights, a SIMD level, and threads.

use crate::batch::{self, BatchError};
use crate::cpu::Cpu;
use crate::level::{Level, LevelError};
use crate::threads::Threads;
use mnv3_weights::{Embedded, Manifest, Packed, WeightsError};
use std::fmt;

/// The packed weights of a network, the SIMD level that it runs at, and the threads that share its work.
#[derive(Clone)]
pub struct Engine {
    packed: Packed,
    simd: fearless_simd::Level,
    threads: Option<Threads>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, threads) = (self.packed.bytes().len(), self.count_threads());
        write!(
            f,
            "Engine {{ bytes: {bytes}, level: {}, threads: {threads} }}",
            self.level()
        )
    }
}

impl Engine {
    /// What `{:?}` of a network says, on one line with `{:#?}` too.
    ///
    /// # Errors
    /// Those of the formatter.
    pub fn describe(&self, network: &str, parameters: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (level, threads) = (self.level(), self.count_threads());
        write!(
            f,
            "{network} {{ parameters: {parameters}, level: {level}, threads: {threads} }}"
        )
    }

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
    pub fn embedded<const BYTES: usize>(file: &'static Embedded<BYTES>, manifest: &Manifest<'_>) -> Self {
        Self::new(Packed::embedded(file, manifest))
    }

    fn new(packed: Packed) -> Self {
        Self {
            packed,
            simd: fearless_simd::Level::new(),
            threads: None,
        }
    }

    /// The same weights, run at another SIMD level.
    ///
    /// # Errors
    /// The machine has no such level.
    pub fn with_level(self, level: Level) -> Result<Self, LevelError> {
        let simd = level.simd().ok_or(LevelError::Missing(level))?;
        Ok(Self { simd, ..self })
    }

    /// The same weights, run on these threads, with workspaces of so many floats of scratch.
    #[must_use]
    pub fn with_threads(self, threads: Threads, scratch: usize) -> Self {
        threads.reserve(scratch);
        Self {
            threads: Some(threads),
            ..self
        }
    }

    /// Runs a network on its threads, or on the calling one if it has none.
    pub fn run<R: Send>(&self, network: impl FnOnce(Cpu<'_>) -> R + Send) -> R {
        match &self.threads {
            Some(threads) => threads.install(network, self.simd),
            None => network(Cpu::one(self.simd)),
        }
    }

    /// Runs a network on every image: each on one thread, or a single image on all.
    ///
    /// # Errors
    /// The slices do not go together.
    pub fn run_batch<W: Send, I: Sync, O: Send>(
        &self,
        workspaces: &mut [W],
        images: &[I],
        outputs: &mut [O],
        network: impl Fn(Cpu<'_>, &mut W, &I, &mut O) + Sync,
    ) -> Result<(), BatchError> {
        if images.len() != outputs.len() {
            return Err(BatchError::Lengths {
                images: images.len(),
                scores: outputs.len(),
            });
        }
        match (workspaces, images, outputs) {
            (_, [], _) => {}
            ([], ..) => return Err(BatchError::NoWorkspace),
            ([workspace, ..], [image], [output]) => self.run(|cpu| network(cpu, workspace, image, output)),
            (workspaces, images, outputs) => self.run(|cpu| batch::run(cpu, workspaces, images, outputs, &network)),
        }
        Ok(())
    }

    /// The most images that are run at a time.
    #[must_use]
    pub fn count_threads(&self) -> usize {
        self.threads.as_ref().map_or(1, Threads::count)
    }

    /// The SIMD level that the network runs at.
    #[must_use]
    pub fn level(&self) -> Level {
        Level::of(self.simd)
    }

    /// The calling thread alone, at this level.
    #[must_use]
    pub fn alone(&self) -> Cpu<'static> {
        Cpu::one(self.simd)
    }

    /// All packed weights from byte `offset` on.
    pub(crate) fn after(&self, offset: usize) -> &[u8] {
        &self.packed.bytes()[offset..]
    }

    pub(crate) fn f32(&self, offset: usize, len: usize) -> &[f32] {
        self.packed.f32(offset, len)
    }

    pub(crate) fn u8(&self, offset: usize, len: usize) -> &[u8] {
        &self.packed.bytes()[offset..][..len]
    }

    pub(crate) fn i32(&self, offset: usize, len: usize) -> &[i32] {
        self.packed.i32(offset, len)
    }

    pub(crate) fn f16(&self, offset: usize, len: usize) -> &[u16] {
        self.packed.f16(offset, len)
    }

    pub(crate) fn i8(&self, offset: usize, len: usize) -> &[i8] {
        self.packed.i8(offset, len)
    }
}
