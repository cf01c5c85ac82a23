//! What a file is.

use crate::archive::Archive;
use crate::checkpoint::{Checkpoint, ConvertOptions};
use crate::error::ConvertError;
use crate::foreign::{self, Foreign};
use crate::{graph, keras, onnx, safetensors_file, tflite, torch};

/// Reads the weights of a file of any known format.
///
/// # Errors
/// The file is of another format, broken, would make a tensor by a call, or holds no tensors.
pub fn read<'f>(bytes: &'f [u8], options: &ConvertOptions<'_>) -> Result<Checkpoint<'f>, ConvertError> {
    let checkpoint = match bytes {
        [b'P', b'K', 3, 4, ..] => {
            let archive = Archive::open(bytes)?;
            match archive.read(keras::WEIGHTS)? {
                Some(weights) => keras::read(weights)?,
                None => torch::read(&archive, bytes.len() as u64, options).map_err(|error| match error {
                    ConvertError::NoPickle => foreign::archive(archive.names()).map_or(error, unknown),
                    error => error,
                })?,
            }
        }
        [0x89, b'H', b'D', b'F', ..] => keras::read(bytes)?,
        [_, _, _, _, _, _, _, _, b'{', ..] => safetensors_file::read(bytes)?,
        _ if bytes.starts_with(torch::LEGACY) => torch::read_legacy(bytes, options)?,
        [0x80, 2..=5, ..] => torch::read_pickle(bytes, options).map_err(|error| match error {
            ConvertError::NoTensors { ref candidates, .. } if candidates.is_empty() => unknown(foreign::of(bytes)),
            ConvertError::NotMade { .. } if foreign::is_pickled_torch(bytes) => unknown(foreign::of(bytes)),
            error => error,
        })?,
        [_, _, _, _, b'T', b'F', b'L', b'3', ..] => graph::read(tflite::graph(bytes)?, options)?,
        _ if foreign::is_onnx(bytes) => graph::read(onnx::graph(bytes, options)?, options)?,
        _ => return Err(unknown(foreign::of(bytes))),
    };
    if options.key.is_some() && checkpoint.wrappers.is_empty() {
        let (key, keys, candidates) = (options.key.clone().unwrap_or_default(), Vec::new(), Vec::new());
        return Err(ConvertError::NoKey { key, keys, candidates });
    }
    checkpoint.tidy(options)
}

fn unknown(Foreign { what, remedy }: Foreign) -> ConvertError {
    ConvertError::Unknown { what, remedy }
}
