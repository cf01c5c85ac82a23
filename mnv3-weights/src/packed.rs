//! Packed weights: made from a file, or used where they lie.

use crate::arena::Arena;
use crate::error::{Problem, WeightsError};
use crate::manifest::Manifest;
use crate::prepacked::{self, Embedded};
use crate::{fold, read};
use std::fmt;

/// All packed weights of a network, 64-byte aligned.
#[derive(Clone)]
pub struct Packed(Place);

#[derive(Clone)]
enum Place {
    Owned(Arena),
    /// In the program itself.
    Static(&'static [f32]),
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed {{ floats: {} }}", self.as_slice().len())
    }
}

impl Packed {
    /// Reads a safetensors file, folds batch norms and packs.
    ///
    /// # Errors
    /// Every tensor that is missing, mis-shaped, of another kind of number, or not finite, in one error.
    pub fn from_safetensors(bytes: &[u8], manifest: &Manifest<'_>) -> Result<Self, WeightsError> {
        let tensors = read::tensors(bytes, manifest)?;
        let mut arena = Arena::zeroed(manifest.floats);
        let mut problems = Vec::new();
        for recipe in manifest.layers {
            if let Err(channel) = fold::pack(recipe, &tensors, arena.as_mut_slice()) {
                let name = manifest.tensors[recipe.weight].name.to_owned();
                problems.push(match recipe.half {
                    false => Problem::Overflow { name, channel },
                    true => Problem::BeyondHalf { name, channel },
                });
            }
        }
        if problems.is_empty() {
            return Ok(Self(Place::Owned(arena)));
        }
        // The file's own numbers may be to blame.
        read::check(bytes, manifest)?;
        Err(WeightsError::new(manifest, problems))
    }

    /// Reads a file that was packed before, copying it once.
    ///
    /// # Errors
    /// The file is cut off, damaged, of another network, or of another version of the layout.
    pub fn from_prepacked(bytes: &[u8], manifest: &Manifest<'_>) -> Result<Self, WeightsError> {
        let payload = prepacked::payload(bytes, manifest)?;
        let mut arena = Arena::zeroed(manifest.floats);
        for (float, bytes) in arena.as_mut_slice().iter_mut().zip(payload.as_chunks().0) {
            *float = f32::from_le_bytes(*bytes);
        }
        Ok(Self(Place::Owned(arena)))
    }

    /// Uses a packed file in the program itself, without a copy. It was checked when it was embedded.
    #[must_use]
    pub fn embedded<const BYTES: usize>(file: &'static Embedded<BYTES>) -> Self {
        let payload = file.0.get(prepacked::HEADER_BYTES..).unwrap_or_default();
        if cfg!(target_endian = "little")
            && let Ok(floats) = bytemuck::try_cast_slice(payload)
        {
            return Self(Place::Static(floats));
        }
        let mut arena = Arena::zeroed(payload.len() / size_of::<f32>());
        for (float, bytes) in arena.as_mut_slice().iter_mut().zip(payload.as_chunks().0) {
            *float = f32::from_le_bytes(*bytes);
        }
        Self(Place::Owned(arena))
    }

    /// The floats.
    #[must_use]
    pub fn as_slice(&self) -> &[f32] {
        match &self.0 {
            Place::Owned(arena) => arena.as_slice(),
            Place::Static(floats) => floats,
        }
    }
}
