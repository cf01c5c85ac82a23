//! PyTorch checkpoints: a zip archive with a pickle that describes tensors and a file for each storage.

use crate::archive::Archive;
use crate::checkpoint::{Checkpoint, Format, Options, Tensor};
use crate::error::ConvertError;
use crate::pickle::{self, Heap, Value};
use crate::strided::View;
use std::collections::HashMap;

/// Where training scripts put the state dict, averaged weights before the last step's: they are the ones to deploy.
const WRAPPERS: [&str; 5] = ["state_dict_ema", "model_ema", "state_dict", "model_state_dict", "model"];
/// Wrappers within wrappers.
const MAX_WRAPPERS: usize = 4;
/// How much larger than its file a checkpoint's tensors may be: names that share a storage are written once each.
const MAX_GROWTH: u64 = 4;

/// Reads the state dict of a checkpoint in an archive of `file` bytes.
///
/// # Errors
/// The archive or a tensor is broken, the pickle asks for more than tensors, or there is no state dict.
pub(crate) fn read<'f>(archive: &Archive<'f>, file: u64, options: &Options) -> Result<Checkpoint<'f>, ConvertError> {
    // The archive's folder is called `archive`, or as the file was when it was saved.
    let folder = archive
        .names()
        .filter_map(|name| name.strip_suffix("data.pkl"))
        .min_by_key(|folder| folder.len());
    let Some(folder) = folder.map(str::to_owned) else {
        return Err(ConvertError::NoPickle);
    };
    if archive
        .names()
        .any(|name| name.strip_prefix(&*folder).is_some_and(|rest| rest == "constants.pkl"))
    {
        return Err(ConvertError::TorchScript);
    }
    if let Some(order) = archive.read(&format!("{folder}byteorder"))?
        && order != b"little"
    {
        let shown = String::from_utf8_lossy(&order[..order.len().min(20)]);
        return Err(ConvertError::ByteOrder(shown.escape_debug().to_string()));
    }
    let entry = format!("{folder}data.pkl");
    let pickle = archive.read(&entry)?.ok_or(ConvertError::NoPickle)?;
    let (heap, root) = pickle::read(pickle).map_err(|stop| stop.in_entry(&entry))?;
    let found = find(&heap, root, options.key.as_deref())?;
    let (tensors, skipped) = tensors(archive, &folder, &heap, found.state, file)?;
    Ok(Checkpoint {
        format: Format::Torch,
        tensors,
        skipped,
        wrappers: found.wrappers,
        alternatives: found.alternatives,
        prefix: String::new(),
    })
}

struct Found<'p> {
    state: Vec<(&'p str, usize)>,
    wrappers: Vec<String>,
    alternatives: Vec<String>,
}

/// Names and tensors of a dict; others of its entries are counts and settings.
fn named<'p>(heap: &Heap<'p>, dict: Value<'p>) -> Vec<(&'p str, usize)> {
    let entries = heap.entries(dict).unwrap_or_default();
    let tensor = |&(key, value): &(Value<'p>, Value<'p>)| match (key, value) {
        (Value::Text(name), Value::Tensor(tensor)) => Some((name, tensor)),
        _ => None,
    };
    entries.iter().filter_map(tensor).collect()
}

fn find<'p>(heap: &Heap<'p>, root: Value<'p>, key: Option<&str>) -> Result<Found<'p>, ConvertError> {
    let (mut dict, mut wrappers, mut alternatives) = (root, Vec::new(), Vec::new());
    for level in 0..=MAX_WRAPPERS {
        let inner: Vec<(&str, Value<'p>)> = heap
            .entries(dict)
            .unwrap_or_default()
            .iter()
            .filter_map(|&(key, value)| match (key, value) {
                (Value::Text(key), Value::Dict(_)) => Some((key, value)),
                _ => None,
            })
            .collect();
        let inside = |name: &str| inner.iter().find(|(key, _)| *key == name).copied();
        let holding = |besides: &str| {
            let holds = inner
                .iter()
                .filter(|(key, dict)| *key != besides && !named(heap, *dict).is_empty());
            holds.map(|(key, _)| shown(key)).collect::<Vec<_>>()
        };
        let wrapper = match key.filter(|_| level == 0) {
            Some(key) => match inside(key) {
                None => {
                    let (key, keys, candidates) = (key.to_owned(), keys(heap, dict), holding(key));
                    return Err(ConvertError::NoKey { key, keys, candidates });
                }
                some => some,
            },
            None if level == MAX_WRAPPERS => None,
            None => WRAPPERS.iter().find_map(|name| inside(name)),
        };
        let Some((key, value)) = wrapper else {
            if named(heap, dict).is_empty() {
                return Err(ConvertError::NoTensors {
                    keys: keys(heap, dict),
                    candidates: holding(""),
                });
            }
            break;
        };
        alternatives = holding(key);
        wrappers.push(key.to_owned());
        dict = value;
    }
    Ok(Found {
        state: named(heap, dict),
        wrappers,
        alternatives,
    })
}

/// Keys of a dict as messages list them.
fn keys(heap: &Heap<'_>, dict: Value<'_>) -> Vec<String> {
    let entries = heap.entries(dict).unwrap_or_default();
    let text = |(key, _): &(Value<'_>, Value<'_>)| match key {
        Value::Text(key) => Some(shown(key)),
        _ => None,
    };
    entries.iter().take(20).filter_map(text).collect()
}

/// A key of a hostile file, fit for a message.
fn shown(key: &str) -> String {
    key.chars().take(40).flat_map(char::escape_debug).collect()
}

/// The tensors of a state dict, and the names of those that hold whole numbers.
fn tensors<'f>(
    archive: &Archive<'f>,
    folder: &str,
    heap: &Heap<'_>,
    state: Vec<(&str, usize)>,
    file: u64,
) -> Result<(Vec<Tensor<'f>>, Vec<String>), ConvertError> {
    let (mut tensors, mut skipped, mut claimed) = (Vec::new(), Vec::new(), 0u64);
    let mut storages: HashMap<&str, &'f [u8]> = HashMap::new();
    for (name, tensor) in state {
        let tensor = &heap.tensors[tensor];
        let storage = &heap.storages[tensor.storage];
        if !crate::dtype::is_real(storage.dtype) {
            skipped.push(name.to_owned());
            continue;
        }
        let view = View::of(tensor, heap).map_err(|what| ConvertError::Tensor {
            name: name.to_owned(),
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
        let bytes = match storages.get(storage.key) {
            Some(bytes) => *bytes,
            None => {
                let entry = format!("{folder}data/{}", storage.key);
                let missing = || ConvertError::Damaged {
                    entry: entry.clone(),
                    what: "it is missing".to_owned(),
                };
                let bytes = archive.read(&entry)?.ok_or_else(missing)?;
                storages.insert(storage.key, bytes);
                bytes
            }
        };
        if storage.numbers.checked_mul(width as u64) != Some(bytes.len() as u64) {
            let what = format!(
                "its storage should hold {} numbers of {width} bytes, and has {} bytes",
                storage.numbers,
                bytes.len()
            );
            return Err(ConvertError::Tensor {
                name: name.to_owned(),
                what,
            });
        }
        let data = view.read(bytes, width);
        tensors.push(Tensor {
            name: name.to_owned(),
            dtype: storage.dtype,
            shape: view.shape,
            data,
        });
    }
    Ok((tensors, skipped))
}
