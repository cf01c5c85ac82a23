//! From a safetensors file to packed weights.
//!
//! The file is matched against the network's [`Manifest`] and every problem is collected; only when there is none are
//! batch norms folded and panels packed. No number in a file decides how much is allocated.

mod error;
mod fold;
mod manifest;
mod names;
mod read;

pub use error::{Problem, WeightsError};
pub use manifest::{Kind, Layout, Manifest, Naming, Norm, Recipe, Tensor};

use crate::arena::Arena;
use fearless_simd::Level;

/// The packed weights of a network, and the SIMD level that it runs at.
#[derive(Clone, Debug)]
pub struct Weights {
    arena: Arena,
    level: Level,
}

impl Weights {
    /// Reads, checks, folds and packs; the level is the best that this machine has.
    ///
    /// # Errors
    /// Every tensor that is missing, mis-shaped, of another kind of number, or not finite, in one error.
    pub fn from_safetensors(bytes: &[u8], manifest: &'static Manifest) -> Result<Self, WeightsError> {
        let tensors = read::tensors(bytes, manifest)?;
        let mut arena = Arena::zeroed(manifest.floats);
        let mut problems = Vec::new();
        for recipe in manifest.layers {
            if let Err(channel) = fold::pack(recipe, &tensors, arena.as_mut_slice()) {
                let name = manifest.tensors[recipe.weight].name.to_owned();
                problems.push(Problem::Overflow { name, channel });
            }
        }
        if !problems.is_empty() {
            return Err(WeightsError {
                network: manifest.network,
                problems,
                hint: None,
            });
        }
        Ok(Self {
            arena,
            level: Level::new(),
        })
    }

    /// The same weights, run at another SIMD level.
    #[must_use]
    pub fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// The SIMD level that the network runs at.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    pub(crate) fn slice(&self, offset: usize, len: usize) -> &[f32] {
        &self.arena.as_slice()[offset..offset + len]
    }
}

#[cfg(test)]
mod tests;
