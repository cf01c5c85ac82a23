//! safetensors in, and out.

use crate::checkpoint::{Checkpoint, Format, Tensor};
use crate::dtype::{self, Precision};
use crate::error::ConvertError;
use crate::keras::names;
use safetensors::Dtype;
use safetensors::tensor::{SafeTensors, View};
use std::borrow::Cow;

/// Reads the tensors of a safetensors file.
///
/// # Errors
/// The file is broken.
pub(crate) fn read(bytes: &[u8]) -> Result<Checkpoint<'_>, ConvertError> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| ConvertError::Safetensors(error.to_string()))?;
    let (mut tensors, mut skipped) = (Vec::new(), Vec::new());
    for (name, view) in file.tensors() {
        if dtype::is_real(view.dtype()) {
            let (dtype, shape, data) = (view.dtype(), view.shape().to_vec(), Cow::Borrowed(view.data()));
            tensors.push(Tensor {
                name,
                dtype,
                shape,
                data,
            });
        } else {
            skipped.push(name);
        }
    }
    // Variables of a Keras model may have been saved so.
    names::modernise(&mut tensors);
    Ok(Checkpoint {
        tensors,
        skipped,
        ..Checkpoint::of(Format::Safetensors)
    })
}

/// A tensor as it will be written.
struct WrittenTensor<'t> {
    dtype: Dtype,
    shape: &'t [usize],
    data: Cow<'t, [u8]>,
}

impl View for WrittenTensor<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.data)
    }

    fn data_len(&self) -> usize {
        self.data.len()
    }
}

impl Checkpoint<'_> {
    /// The tensors as a safetensors file, each of its own kind of number or all of one. The same tensors give the same
    /// bytes, whatever file they came from.
    ///
    /// # Errors
    /// A number that the wanted kind cannot hold.
    pub fn to_safetensors(&self, precision: Option<Precision>) -> Result<Vec<u8>, ConvertError> {
        let tensors = self
            .tensors
            .iter()
            .map(|tensor| written(tensor, precision))
            .collect::<Result<Vec<_>, _>>()?;
        safetensors::serialize(tensors, None).map_err(|error| ConvertError::Safetensors(error.to_string()))
    }
}

fn written<'t>(
    tensor: &'t Tensor<'_>,
    precision: Option<Precision>,
) -> Result<(&'t str, WrittenTensor<'t>), ConvertError> {
    let Tensor {
        name,
        dtype,
        shape,
        data,
    } = tensor;
    let written = match precision {
        None => WrittenTensor {
            dtype: *dtype,
            shape,
            data: Cow::Borrowed(data),
        },
        Some(to) => WrittenTensor {
            dtype: to.dtype(),
            shape,
            data: dtype::convert(tensor, to)?,
        },
    };
    Ok((name, written))
}
