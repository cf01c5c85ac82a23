//! The tensors of a state dict, their numbers taken from storages.

use super::source::TensorSource;
use super::state::{self, FoundStates};
use crate::checkpoint::{Checkpoint, ConvertOptions, Format, Tensor};
use crate::error::ConvertError;
use crate::pickle::{self, Heap, Inline, Pickle, PickleValue};
use crate::remedy;
use crate::strided::View;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// How much larger than its file a checkpoint's tensors may be: names that share a storage are written once each.
const MAX_GROWTH: u64 = 4;

/// The state dict of a file's pickle.
pub(super) fn checkpoint<'f>(
    pickle: &Pickle<'f>,
    source: &TensorSource<'_, 'f>,
    file: u64,
    options: &ConvertOptions<'_>,
) -> Result<Checkpoint<'f>, ConvertError> {
    let Pickle { heap, root, .. } = pickle;
    let found = state::find(heap, *root, options.key.as_deref())?;
    let (tensors, skipped) = tensors(source, heap, &found, file)?;
    let not_run: BTreeSet<String> = heap.foreign.iter().map(|name| pickle::shown(*name)).collect();
    Ok(Checkpoint {
        tensors,
        skipped,
        wrappers: found.wrappers,
        alternatives: found.alternatives,
        not_run: not_run.into_iter().collect(),
        ..Checkpoint::of(Format::Torch)
    })
}

/// The tensors of a state dict, and the names of those that hold whole numbers.
fn tensors<'f>(
    source: &TensorSource<'_, 'f>,
    heap: &Heap<'f>,
    found: &FoundStates<'f>,
    file: u64,
) -> Result<(Vec<Tensor<'f>>, Vec<String>), ConvertError> {
    let (mut tensors, mut skipped, mut claimed) = (Vec::new(), Vec::new(), 0u64);
    let mut storages: HashMap<&str, &'f [u8]> = HashMap::new();
    for (name, value) in &found.state {
        let tensor = match *value {
            PickleValue::Tensor(id) => &heap.tensors[id],
            PickleValue::Object(id) => return Err(not_made(name, heap.objects[id].maker, found)),
            _ => continue,
        };
        let storage = &heap.storages[tensor.storage];
        if !crate::dtype::is_real(storage.dtype) {
            skipped.push(name.to_string());
            continue;
        }
        let view = View::of(tensor, heap).map_err(|what| ConvertError::Tensor {
            name: name.to_string(),
            what,
        })?;
        let width = storage.dtype.bitsize() / 8;
        claimed = claimed.saturating_add(view.bytes(width));
        if claimed > file.saturating_mul(MAX_GROWTH) {
            return Err(ConvertError::TooMuch {
                claimed,
                file,
                limit: MAX_GROWTH,
            });
        }
        let bytes = match storage.inline {
            Some(inline) => numbers(inline, view.bytes(width)),
            None => Cow::Borrowed(match storages.get(storage.key) {
                Some(bytes) => *bytes,
                None => {
                    let bytes = source.storage(storage.key)?;
                    storages.insert(storage.key, bytes);
                    bytes
                }
            }),
        };
        if storage.numbers.checked_mul(width as u64) != Some(bytes.len() as u64) {
            let what = format!(
                "its storage should hold {} numbers of {width} bytes, and has {} bytes",
                storage.numbers,
                bytes.len()
            );
            return Err(ConvertError::Tensor {
                name: name.to_string(),
                what,
            });
        }
        let data = match bytes {
            Cow::Borrowed(bytes) => view.read(bytes, width),
            Cow::Owned(bytes) => Cow::Owned(view.read(&bytes, width).into_owned()),
        };
        tensors.push(Tensor {
            name: name.to_string(),
            dtype: storage.dtype,
            shape: view.shape,
            data,
        });
    }
    Ok((tensors, skipped))
}

/// The bytes of an array of so many; of a text far longer than that, which cannot be its, none.
fn numbers(inline: Inline<'_>, wanted: u64) -> Cow<'_, [u8]> {
    match inline {
        Inline::Bytes(bytes) => Cow::Borrowed(bytes),
        // A byte takes at most two in a text.
        Inline::Latin1(text) if text.len() as u64 <= wanted.saturating_mul(2) => {
            // What is no byte ends the numbers, so that they are too few.
            text.chars().map_while(|c| u8::try_from(c).ok()).collect()
        }
        Inline::Latin1(_) => Cow::Borrowed(&[]),
    }
}

/// Why a tensor is not there that a call would make.
fn not_made(name: &str, maker: pickle::Name<'_>, found: &FoundStates<'_>) -> ConvertError {
    let name = name.to_owned();
    match maker {
        ("torch._utils", "_rebuild_qtensor") => ConvertError::Quantised { name },
        maker => ConvertError::NotMade {
            name,
            global: pickle::shown(maker),
            remedy: remedy::anew(&found.wrappers, found.module),
        },
    }
}
