//! Packed weights: made from a file, or used where they lie.

use crate::arena::Arena;
use crate::error::WeightsError;
use crate::manifest::Manifest;
use crate::prepacked::{self, Embedded};
use crate::problem::Problem;
use crate::{fold, int8, read};
use mnv3_ir::Packing;
use std::fmt;

/// All packed weights of a network, from a cache line on.
#[derive(Clone)]
pub struct Packed(PackedPlace);

#[derive(Clone)]
enum PackedPlace {
    Owned(Arena),
    /// In the program itself.
    Static(&'static [u8]),
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed {{ bytes: {} }}", self.bytes().len())
    }
}

impl Packed {
    /// Reads a safetensors file, folds batch norms and packs.
    ///
    /// # Errors
    /// Every tensor that is missing, mis-shaped, of another kind of number, or not finite, in one error.
    pub fn from_safetensors(bytes: &[u8], manifest: &Manifest<'_>) -> Result<Self, WeightsError> {
        let tensors = read::tensors(bytes, manifest)?;
        let mut arena = arena(manifest.bytes);
        let mut problems = Vec::new();
        for layer in manifest.layers {
            let packed = match &layer.around {
                Some(around) => int8::pack(layer, around, &tensors, arena.bytes_mut()),
                None => fold::pack(layer, &tensors, arena.bytes_mut()),
            };
            if let Err(channel) = packed {
                let name = manifest.tensors[layer.weight].name.to_string();
                problems.push(match (&layer.around, layer.packing) {
                    (Some(_), _) => Problem::Steps { name, channel },
                    (None, Packing::F32 | Packing::I8) => Problem::Overflow { name, channel },
                    (None, Packing::F16) => Problem::BeyondHalf { name, channel },
                });
            }
        }
        if problems.is_empty() {
            return Ok(Self(PackedPlace::Owned(arena)));
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
        Ok(Self::copied(prepacked::payload(bytes, manifest)?, manifest))
    }

    /// Uses a packed file in the program itself, without a copy. It was checked when it was embedded.
    #[must_use]
    pub fn embedded<const BYTES: usize>(file: &'static Embedded<BYTES>, manifest: &Manifest<'_>) -> Self {
        let payload = file.0.get(prepacked::HEADER_BYTES..).unwrap_or_default();
        if cfg!(target_endian = "little") {
            return Self(PackedPlace::Static(payload));
        }
        Self::copied(payload, manifest)
    }

    fn copied(payload: &[u8], manifest: &Manifest<'_>) -> Self {
        let mut arena = arena(payload.len());
        arena.bytes_mut().copy_from_slice(payload);
        prepacked::to_or_from_little_endian(arena.bytes_mut(), manifest);
        Self(PackedPlace::Owned(arena))
    }

    /// As they lie in memory: each layer from its offset on.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            PackedPlace::Owned(arena) => arena.bytes(),
            PackedPlace::Static(bytes) => bytes,
        }
    }

    /// `len` numbers in single precision that start `offset` bytes in.
    #[must_use]
    pub fn f32(&self, offset: usize, len: usize) -> &[f32] {
        bytemuck::cast_slice(&self.bytes()[offset..][..len * size_of::<f32>()])
    }

    /// `len` whole numbers of 32 bits that start `offset` bytes in.
    #[must_use]
    pub fn i32(&self, offset: usize, len: usize) -> &[i32] {
        bytemuck::cast_slice(&self.bytes()[offset..][..len * size_of::<i32>()])
    }

    /// The bits of `len` numbers in half precision that start `offset` bytes in.
    #[must_use]
    pub fn f16(&self, offset: usize, len: usize) -> &[u16] {
        bytemuck::cast_slice(&self.bytes()[offset..][..len * size_of::<u16>()])
    }

    /// `len` whole numbers that start `offset` bytes in.
    #[must_use]
    pub fn i8(&self, offset: usize, len: usize) -> &[i8] {
        bytemuck::cast_slice(&self.bytes()[offset..][..len])
    }
}

/// The file of a network's packed weights.
#[must_use]
pub fn to_prepacked(packed: &Packed, manifest: &Manifest<'_>) -> Vec<u8> {
    prepacked::file(packed.bytes(), manifest)
}

/// Layers are made of whole cache lines.
fn arena(bytes: usize) -> Arena {
    Arena::zeroed(bytes / size_of::<f32>())
}
