//! The form of before PyTorch 1.6: five pickles one after the other, then the storages, each after its length.

use super::source::TensorSource;
use super::tensors::checkpoint;
use crate::checkpoint::{Checkpoint, ConvertOptions};
use crate::error::ConvertError;
use crate::pickle::{self, Heap, Pickle, PickleValue};
use std::collections::HashMap;

/// Its first pickle: a number by which it is known.
pub(crate) const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// Its second: the only version that there ever was.
const VERSION: i64 = 1001;

/// Reads the state dict of a checkpoint that begins with [`MAGIC`].
///
/// # Errors
/// It is broken, cut off, or there is no state dict.
pub(crate) fn read<'f>(bytes: &'f [u8], options: &ConvertOptions<'_>) -> Result<Checkpoint<'f>, ConvertError> {
    let mut at = MAGIC.len();
    let mut next = |entry: &str| -> Result<Pickle<'f>, ConvertError> {
        let rest = bytes.get(at..).unwrap_or_default();
        let pickle = pickle::read(rest).map_err(|stop| stop.in_entry(entry))?;
        at += pickle.length;
        Ok(pickle)
    };
    let version = next("the version")?.root;
    if version != PickleValue::Int(VERSION) {
        return Err(damaged("the version", "it is not the one that PyTorch wrote"));
    }
    // It may say that the machine was big-endian; storages were written little-endian on such ones too.
    next("the description of the machine")?;
    let object = next("the object")?;
    let keys = next("the list of storages")?;
    let keys = keys.heap.items(keys.root).unwrap_or_default().to_vec();
    let storages = storages(bytes.get(at..).unwrap_or_default(), &object.heap, &keys)?;
    checkpoint(&object, &TensorSource::Row(storages), bytes.len() as u64, options)
}

fn damaged(entry: &str, what: &str) -> ConvertError {
    ConvertError::Damaged {
        entry: entry.to_owned(),
        what: what.to_owned(),
    }
}

/// The storages' bytes by their keys. Their order is that of the keys; how wide a number is, the object says.
fn storages<'f>(
    mut bytes: &'f [u8],
    heap: &Heap<'_>,
    keys: &[PickleValue<'_>],
) -> Result<HashMap<String, &'f [u8]>, ConvertError> {
    let mut widths: HashMap<&str, u64> = HashMap::new();
    for storage in &heap.storages {
        widths.entry(storage.key).or_insert(storage.dtype.bitsize() as u64 / 8);
    }
    let mut storages = HashMap::new();
    for key in keys {
        let PickleValue::Text(key) = *key else {
            return Err(damaged("the list of storages", "it holds something other than keys"));
        };
        let entry = || format!("storage {}", key.chars().take(40).collect::<String>());
        let Some(width) = widths.get(key) else {
            return Err(damaged(&entry(), "nothing says what numbers it holds"));
        };
        let cut_off = || damaged(&entry(), "it is cut off");
        let (numbers, rest) = bytes.split_first_chunk().ok_or_else(cut_off)?;
        let length = u64::from_le_bytes(*numbers).checked_mul(*width);
        let length = length.and_then(|length| usize::try_from(length).ok());
        let (storage, rest) = length
            .and_then(|length| rest.split_at_checked(length))
            .ok_or_else(cut_off)?;
        storages.insert(key.to_owned(), storage);
        bytes = rest;
    }
    Ok(storages)
}
