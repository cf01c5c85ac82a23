//! Names and tensors of a module that was saved whole, from its own dictionaries.

use crate::error::ConvertError;
use crate::pickle::{Heap, Object, PickleValue};
use std::borrow::Cow;
use std::collections::HashSet;

/// Modules and what they hold, one under two names counted twice. The largest MobileNetV3 has a thousand.
const MAX_ENTRIES: usize = 100_000;
/// Modules within modules.
const MAX_DEPTH: usize = 64;
/// Characters of a name, which grows with them.
const MAX_NAME: usize = 1000;
/// Attributes among which a module's dictionaries are looked for: they come first.
const MAX_ATTRIBUTES: usize = 200;

/// What a module of a kind keeps where.
enum Dictionaries<'h, 'p> {
    /// `torch.nn.Module`: parameters, buffers and modules by themselves.
    Module(&'h [(PickleValue<'p>, PickleValue<'p>)]),
    /// TorchScript: all of them side by side.
    Script(&'h [(PickleValue<'p>, PickleValue<'p>)]),
}

fn dictionaries<'h, 'p>(heap: &'h Heap<'p>, value: PickleValue<'p>) -> Option<Dictionaries<'h, 'p>> {
    let PickleValue::Object(id) = value else {
        return None;
    };
    let object: &Object<'p> = &heap.objects[id];
    let is_module = |attributes: &[(PickleValue<'p>, PickleValue<'p>)]| {
        attribute(attributes, "_modules").is_some() && attribute(attributes, "_parameters").is_some()
    };
    let attributes = heap.attributes(object).unwrap_or_default();
    if is_module(attributes) {
        return Some(Dictionaries::Module(attributes));
    }
    if object.maker.0.starts_with("__torch__") {
        return Some(Dictionaries::Script(attributes));
    }
    // A torch.fx.GraphModule is made by a function that is given its dictionary.
    let given = heap.tuple(object.arguments)?.first().copied()?;
    let given = heap.entries(given)?;
    is_module(given).then_some(Dictionaries::Module(given))
}

fn attribute<'p>(attributes: &[(PickleValue<'p>, PickleValue<'p>)], wanted: &str) -> Option<PickleValue<'p>> {
    let mut first = attributes.iter().take(MAX_ATTRIBUTES);
    first
        .find(|(key, _)| *key == PickleValue::Text(wanted))
        .map(|(_, value)| *value)
}

/// Whether a value is a module.
pub(super) fn is_one(heap: &Heap<'_>, value: PickleValue<'_>) -> bool {
    dictionaries(heap, value).is_some()
}

/// The entries that a module's `state_dict()` has: buffers that are not persistent are left out.
///
/// # Errors
/// There is more in it than in any network.
pub(super) fn state<'p>(heap: &Heap<'p>, module: PickleValue<'p>) -> Result<Vec<Named<'p>>, ConvertError> {
    let mut named = Vec::new();
    let mut left = vec![(String::new(), module, 0)];
    let mut seen = 0;
    while let Some((path, module, depth)) = left.pop() {
        let (entries, modules) = match dictionaries(heap, module) {
            Some(Dictionaries::Module(attributes)) => {
                let under = |wanted: &str| {
                    let found = attribute(attributes, wanted).unwrap_or(PickleValue::None);
                    heap.parts(found).into_iter()
                };
                let passing = attribute(attributes, "_non_persistent_buffers_set").unwrap_or(PickleValue::None);
                let passing: HashSet<&str> = heap
                    .items(passing)
                    .unwrap_or_default()
                    .iter()
                    .take(MAX_ENTRIES)
                    .filter_map(PickleValue::text)
                    .collect();
                let buffers = under("_buffers").filter(|(key, _)| !passing.contains(key));
                let entries = under("_parameters").chain(buffers);
                (entries.collect(), under("_modules").collect())
            }
            Some(Dictionaries::Script(attributes)) => {
                let parts = attributes.iter().filter_map(|(key, value)| Some((key.text()?, *value)));
                parts.partition(|(_, value)| !matches!(value, PickleValue::Object(_)))
            }
            // A place without a module.
            None => (Vec::new(), Vec::new()),
        };
        seen += 1 + entries.len() + modules.len();
        if seen > MAX_ENTRIES || depth > MAX_DEPTH || path.len() > MAX_NAME {
            return Err(ConvertError::Modules);
        }
        let tensors = entries
            .into_iter()
            .filter(|(_, value)| matches!(value, PickleValue::Tensor(_) | PickleValue::Object(_)));
        named.extend(tensors.map(|(key, value)| (Cow::Owned(format!("{path}{key}")), value)));
        left.extend(
            modules
                .into_iter()
                .map(|(key, module)| (format!("{path}{key}."), module, depth + 1)),
        );
    }
    Ok(named)
}

/// An entry of a state dict.
pub(super) type Named<'p> = (Cow<'p, str>, PickleValue<'p>);
