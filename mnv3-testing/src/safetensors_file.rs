//! Files of weights.

use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::collections::HashMap;

/// A safetensors file (F32) of names, shapes and numbers.
pub(crate) fn file<'t, N: AsRef<str>>(
    tensors: impl IntoIterator<Item = (N, &'t [usize], Vec<f32>)>,
) -> Result<Vec<u8>, SafeTensorError> {
    let tensors = tensors.into_iter();
    let bytes = tensors.map(|(name, shape, numbers)| {
        let bytes: Vec<u8> = numbers.into_iter().flat_map(f32::to_le_bytes).collect();
        (name, shape, bytes)
    });
    let bytes: Vec<_> = bytes.collect();
    let views = bytes
        .iter()
        .map(|(name, shape, data)| Ok((name.as_ref(), TensorView::new(Dtype::F32, shape.to_vec(), data)?)))
        .collect::<Result<HashMap<_, _>, SafeTensorError>>()?;
    serialize(views, None)
}
