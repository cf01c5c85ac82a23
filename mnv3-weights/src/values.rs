//! The numbers of a tensor where they lie in a file, of whatever kind they are.

use half::{bf16, f16};
use safetensors::tensor::Dtype;
use std::borrow::Cow;

/// Kinds of numbers that can be read.
#[derive(Clone, Copy, Debug)]
enum NumberKind {
    F32,
    F16,
    Bf16,
    F64,
}

/// Numbers of one kind, little-endian.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileNumbers<'f> {
    bytes: &'f [u8],
    kind: NumberKind,
}

impl Default for FileNumbers<'_> {
    fn default() -> Self {
        Self {
            bytes: &[],
            kind: NumberKind::F32,
        }
    }
}

impl<'f> FileNumbers<'f> {
    /// None for a kind that cannot be read.
    pub(crate) fn new(bytes: &'f [u8], dtype: Dtype) -> Option<Self> {
        let kind = match dtype {
            Dtype::F32 => NumberKind::F32,
            Dtype::F16 => NumberKind::F16,
            Dtype::BF16 => NumberKind::Bf16,
            Dtype::F64 => NumberKind::F64,
            _ => return None,
        };
        Some(Self { bytes, kind })
    }

    /// As f32: in place where they are and lie aligned, so that a whole file is never copied.
    pub(crate) fn to_f32(self) -> Cow<'f, [f32]> {
        let bytes = self.bytes;
        match self.kind {
            NumberKind::F32 => match bytemuck::try_cast_slice(bytes) {
                Ok(floats) if cfg!(target_endian = "little") => Cow::Borrowed(floats),
                _ => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            },
            NumberKind::F16 => bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f16::from_le_bytes(*b).to_f32())
                .collect(),
            NumberKind::Bf16 => bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| bf16::from_le_bytes(*b).to_f32())
                .collect(),
            NumberKind::F64 => bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f64::from_le_bytes(*b) as f32)
                .collect(),
        }
    }
}

/// Without a branch for each number: files have millions, nearly all of them finite.
pub(crate) fn all_finite(numbers: &[f32]) -> bool {
    numbers.iter().fold(true, |all, number| all & number.is_finite())
}
