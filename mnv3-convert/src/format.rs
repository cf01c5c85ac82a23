//! What a file is.

use crate::archive::Archive;
use crate::checkpoint::{Checkpoint, Options};
use crate::error::ConvertError;
use crate::{keras, safetensors_file, torch};

/// Reads the weights of a file of any known format.
///
/// # Errors
/// The file is of another format, broken, would make a tensor by a call, or holds no tensors.
pub fn read<'f>(bytes: &'f [u8], options: &Options<'_>) -> Result<Checkpoint<'f>, ConvertError> {
    let checkpoint = match bytes {
        [] => return Err(ConvertError::Unknown("an empty file")),
        [b'P', b'K', 3, 4, ..] => {
            let archive = Archive::open(bytes)?;
            match archive.read(keras::WEIGHTS)? {
                Some(weights) => keras::read(weights)?,
                None => torch::read(&archive, bytes.len() as u64, options)?,
            }
        }
        [0x89, b'H', b'D', b'F', ..] => keras::read(bytes)?,
        [_, _, _, _, _, _, _, _, b'{', ..] => safetensors_file::read(bytes)?,
        _ if bytes.starts_with(torch::LEGACY) => torch::read_legacy(bytes, options)?,
        _ => return Err(ConvertError::Unknown(other(bytes))),
    };
    if options.key.is_some() && checkpoint.wrappers.is_empty() {
        let (key, keys, candidates) = (options.key.clone().unwrap_or_default(), Vec::new(), Vec::new());
        return Err(ConvertError::NoKey { key, keys, candidates });
    }
    checkpoint.tidy(options)
}

/// What people take for a checkpoint.
fn other(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x80, 2..=5, ..] => "a Python pickle that torch.save did not write",
        [b'P', b'K', ..] => "an empty or cut off zip archive",
        [0x1f, 0x8b, ..] => "a gzip archive: unpack it first",
        [_, _, _, _, b'T', b'F', b'L', b'3', ..] => "a TensorFlow Lite model",
        _ if bytes.starts_with(b"version https://git-lfs") => {
            "a Git LFS pointer rather than the file: run `git lfs pull`"
        }
        _ if bytes.trim_ascii_start().starts_with(b"<") => "a web page: the download went wrong",
        _ => "a file of a kind that is not known",
    }
}
