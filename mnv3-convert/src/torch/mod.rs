//! PyTorch checkpoints: a pickle that describes tensors, and storages with their numbers.

mod legacy;
mod module;
mod source;
mod state;
mod tensors;
#[cfg(test)]
mod tests;

pub(crate) use legacy::{MAGIC as LEGACY, read as read_legacy};

use crate::archive::Archive;
use crate::checkpoint::{Checkpoint, ConvertOptions, Format};
use crate::error::ConvertError;
use crate::pickle;
use source::TensorSource;
use std::collections::HashMap;
use tensors::checkpoint;

/// Reads the state dict of a checkpoint in an archive of `file` bytes.
///
/// # Errors
/// The archive or a tensor is broken, a tensor is to be made by a call, or there is no state dict.
pub(crate) fn read<'f>(
    archive: &Archive<'f>,
    file: u64,
    options: &ConvertOptions<'_>,
) -> Result<Checkpoint<'f>, ConvertError> {
    // The archive's folder is called `archive`, or as the file was when it was saved.
    let folder = archive
        .names()
        .filter_map(|name| name.strip_suffix("data.pkl"))
        .min_by_key(|folder| folder.len());
    let Some(folder) = folder.map(str::to_owned) else {
        return Err(ConvertError::NoPickle);
    };
    if let Some(order) = archive.read(&format!("{folder}byteorder"))?
        && order != b"little"
    {
        let shown = String::from_utf8_lossy(&order[..order.len().min(20)]);
        return Err(ConvertError::ByteOrder(shown.escape_debug().to_string()));
    }
    let entry = format!("{folder}data.pkl");
    let bytes = archive.read(&entry)?.ok_or(ConvertError::NoPickle)?;
    let pickle = pickle::read(bytes).map_err(|stop| stop.in_entry(&entry))?;
    let folder = &folder;
    let read = checkpoint(&pickle, &TensorSource::Archive { archive, folder }, file, options);
    // A program that was frozen has its weights among its constants, without their names.
    let frozen = |error| match error {
        ConvertError::NoTensors { .. } if archive.names().any(|name| name == format!("{folder}constants.pkl")) => {
            ConvertError::FrozenScript
        }
        error => error,
    };
    read.map_err(frozen)
}

/// Reads a file that is a pickle: a dict of arrays, as Paddle saves it.
///
/// # Errors
/// It is broken, an array is to be made by a call, or there are none.
pub(crate) fn read_pickle<'f>(bytes: &'f [u8], options: &ConvertOptions<'_>) -> Result<Checkpoint<'f>, ConvertError> {
    let pickle = pickle::read(bytes).map_err(|stop| stop.in_entry("the pickle"))?;
    let read = checkpoint(&pickle, &TensorSource::Row(HashMap::new()), bytes.len() as u64, options)?;
    Ok(Checkpoint {
        format: Format::Pickle,
        ..read
    })
}
