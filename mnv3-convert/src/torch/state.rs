//! Where in a checkpoint the state dict is.

use super::module::{self, Named};
use crate::error::ConvertError;
use crate::pickle::{Heap, PickleValue};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Where training scripts put the state dict, averaged weights before the last step's: they are the ones to deploy.
const WRAPPERS: [&str; 8] = [
    "state_dict_ema",
    "model_ema",
    "ema_state_dict",
    "ema",
    "state_dict",
    "model_state_dict",
    "model",
    "net_state_dict",
];
/// Wrappers within wrappers.
const MAX_WRAPPERS: usize = 4;

pub(super) struct FoundStates<'p> {
    /// Its tensors, and what is there in the place of one.
    pub(super) state: Vec<Named<'p>>,
    /// Whether it is a module rather than a state dict.
    pub(super) module: bool,
    /// Keys under which it lies, the outermost first.
    pub(super) wrappers: Vec<String>,
    /// Keys beside the last of them under which there are tensors as well.
    pub(super) alternatives: Vec<String>,
}

/// What a state dict or a module holds; settings and counts beside its tensors are left out.
fn named<'p>(heap: &Heap<'p>, value: PickleValue<'p>) -> Result<Vec<Named<'p>>, ConvertError> {
    if module::is_one(heap, value) {
        return module::state(heap, value);
    }
    let parts = heap.parts(value).into_iter();
    let wanted = parts.filter(|(name, value)| match value {
        PickleValue::Tensor(_) => true,
        PickleValue::Object(id) => in_place_of_a_tensor(name, heap.objects[*id].maker),
        _ => false,
    });
    Ok(wanted.map(|(name, value)| (Cow::Borrowed(name), value)).collect())
}

/// Whether what is not made here would be a tensor: by its maker, or by its name. Names of tensors have dots; settings
/// beside them have none, and what a layer keeps of its own is called `_extra_state`.
fn in_place_of_a_tensor(name: &str, (module, function): (&str, &str)) -> bool {
    let rebuilds = (module.starts_with("torch.") || module == "torch")
        && (function.starts_with("_rebuild") || function.ends_with("Storage"));
    let named = name
        .rsplit_once('.')
        .is_some_and(|(_, last)| last != "_extra_state" && !last.is_empty());
    rebuilds || named
}

/// A container, by which it is known which were looked into: many names may stand for one.
fn identity(value: PickleValue<'_>) -> Option<(bool, usize)> {
    match value {
        PickleValue::Dict(id) => Some((false, id)),
        PickleValue::Object(id) => Some((true, id)),
        _ => None,
    }
}

/// Whether there are tensors in a value, or within what it holds.
fn holds<'p>(heap: &Heap<'p>, value: PickleValue<'p>, depth: usize, seen: &mut HashSet<(bool, usize)>) -> bool {
    if !identity(value).is_some_and(|id| seen.insert(id)) {
        return false;
    }
    let parts = heap.parts(value);
    module::is_one(heap, value)
        || parts.iter().any(|(_, part)| matches!(part, PickleValue::Tensor(_)))
        || depth < MAX_WRAPPERS && parts.iter().any(|(_, part)| holds(heap, *part, depth + 1, seen))
}

/// Finds the state dict under a key, or else where training tools put it.
///
/// # Errors
/// There is none, or nothing says which of several it is.
pub(super) fn find<'p>(
    heap: &Heap<'p>,
    root: PickleValue<'p>,
    key: Option<&str>,
) -> Result<FoundStates<'p>, ConvertError> {
    let (mut dict, mut wrappers, mut alternatives) = (root, Vec::new(), Vec::new());
    for level in 0..=MAX_WRAPPERS {
        let direct = |value| -> Result<bool, ConvertError> { Ok(!named(heap, value)?.is_empty()) };
        let mut known = HashMap::new();
        let key = key.filter(|_| level == 0);
        if key.is_none() && module::is_one(heap, dict) {
            break;
        }
        let inner: Vec<_> = heap
            .parts(dict)
            .into_iter()
            .filter_map(|(key, value)| Some((key, value, identity(value)?)))
            .collect();
        let inside = |name: &str| {
            let found = inner.iter().find(|(key, ..)| *key == name);
            found.map(|&(key, value, _)| (key, value))
        };
        let mut candidates = Vec::new();
        for &(key, value, id) in &inner {
            let holds = match known.get(&id) {
                Some(&holds) => holds,
                None => direct(value)?,
            };
            known.insert(id, holds);
            if holds {
                candidates.push((key, value));
            }
        }
        let besides = |taken: &str| -> Vec<String> {
            let others = candidates.iter().filter(|(key, _)| *key != taken);
            others.map(|(key, _)| shown(key)).collect()
        };
        let wrapper = match key {
            Some(key) => Some(inside(key).ok_or_else(|| ConvertError::NoKey {
                key: key.to_owned(),
                keys: keys(heap, dict),
                candidates: besides(key),
            })?),
            None if level == MAX_WRAPPERS => None,
            None => WRAPPERS
                .iter()
                .filter_map(|name| inside(name))
                .find(|(_, value)| holds(heap, *value, level, &mut HashSet::new()))
                .or(match candidates[..] {
                    [only] if !direct(dict)? => Some(only),
                    _ => None,
                }),
        };
        let Some((key, value)) = wrapper else {
            if direct(dict)? {
                break;
            }
            return Err(ConvertError::NoTensors {
                keys: keys(heap, dict),
                candidates: besides(""),
            });
        };
        alternatives = besides(key);
        wrappers.push(key.to_owned());
        dict = value;
    }
    let state = named(heap, dict)?;
    if state.is_empty() {
        let (keys, candidates) = (Vec::new(), Vec::new());
        return Err(ConvertError::NoTensors { keys, candidates });
    }
    Ok(FoundStates {
        state,
        module: module::is_one(heap, dict),
        wrappers,
        alternatives,
    })
}

/// Keys of a dict as messages list them.
fn keys(heap: &Heap<'_>, dict: PickleValue<'_>) -> Vec<String> {
    heap.parts(dict).iter().take(20).map(|(key, _)| shown(key)).collect()
}

/// A key of a hostile file, fit for a message.
fn shown(key: &str) -> String {
    key.chars().take(40).flat_map(char::escape_debug).collect()
}
