//! The calls that a state dict makes, and the identifiers of storages, done as data. Every other call gives an inert
//! object.

use super::global::{Global, RebuildForm};
use super::machine::{MAX_STEPS, Machine};
use super::stop::Stop;
use super::value::{PickleValue, Storage, Strided};

impl<'p> Machine<'p> {
    /// `("storage", torch.FloatStorage, "0", "cpu", 432)`; on which device it was is of no interest. The older form has
    /// a sixth item, which is a part of a storage or nothing, and describes classes likewise, with their source.
    pub(super) fn persistent(&mut self, id: PickleValue<'p>) -> PickleValue<'p> {
        let parts = self.heap.tuple(id).unwrap_or_default();
        let made = match *parts {
            [PickleValue::Text("module"), class @ PickleValue::Global(_), ..] => Some(class),
            [
                PickleValue::Text("storage"),
                PickleValue::Global(class),
                PickleValue::Text(key),
                _,
                PickleValue::Int(numbers),
                ref part @ ..,
            ] => self.storage(class, key, numbers, part).map(|storage| {
                self.heap.storages.push(storage);
                PickleValue::Storage(self.heap.storages.len() - 1)
            }),
            _ => None,
        };
        made.unwrap_or_else(|| {
            let maker = match self.heap.tuple(id) {
                Some(&[_, PickleValue::Global(class), ..]) => self.heap.name(class),
                _ => ("", "a persistent identifier that torch.save does not write"),
            };
            self.heap.object(maker, id)
        })
    }

    fn storage(&self, class: Global, key: &'p str, numbers: i64, part: &[PickleValue<'p>]) -> Option<Storage<'p>> {
        let dtype = match class {
            Global::Storage(dtype) => dtype,
            Global::UntypedStorage => safetensors::Dtype::U8,
            _ => return None,
        };
        let start = match part {
            [] | [PickleValue::None] => 0,
            // its own key, where it begins, how long it is
            [part] => match *self.heap.tuple(*part)? {
                [_, PickleValue::Int(start), _] => u64::try_from(start).ok()?,
                _ => return None,
            },
            _ => return None,
        };
        let numbers = u64::try_from(numbers).ok()?;
        Some(Storage {
            key,
            dtype,
            numbers,
            start,
            inline: None,
        })
    }

    /// Calls a function, or makes an object of a class.
    pub(super) fn call(
        &mut self,
        callee: PickleValue<'p>,
        arguments: PickleValue<'p>,
    ) -> Result<PickleValue<'p>, Stop> {
        match callee {
            PickleValue::Global(function) => Ok(self.made(function, arguments).unwrap_or_else(|| {
                let maker = match (function, self.culprit(arguments)) {
                    (Global::Other(_), _) | (_, None) => self.heap.name(function),
                    (_, Some(culprit)) => culprit,
                };
                self.heap.object(maker, arguments)
            })),
            // What another call would have returned.
            PickleValue::Object(id) => {
                let maker = self.heap.objects[id].maker;
                Ok(self.heap.object(maker, arguments))
            }
            _ => Err(self.broken("a call of something that is no function")),
        }
    }

    /// What a known function returns, if these are arguments that it is given by PyTorch.
    fn made(&mut self, function: Global, arguments: PickleValue<'p>) -> Option<PickleValue<'p>> {
        if let Global::Array(_) = function {
            let maker = self.heap.name(function);
            return self.array_of_buffer(maker, arguments);
        }
        let arguments = self.heap.tuple(arguments)?;
        match (function, arguments) {
            (Global::OrderedDict, []) => Some(self.heap.dict()),
            (Global::OrderedDict, &[pairs]) => self.ordered_dict(pairs),
            (Global::Tuple, &[items @ PickleValue::Tuple(_)]) => Some(items),
            (Global::Encode, &[PickleValue::Text(text), PickleValue::Text("latin1" | "latin-1")]) => {
                Some(PickleValue::Latin1(text))
            }
            (Global::Bytes, []) => Some(PickleValue::Bytes(&[])),
            (Global::Set, []) => Some(PickleValue::List(self.heap.list(Vec::new()))),
            (Global::Set, &[items @ PickleValue::List(_)]) => Some(items),
            (Global::RebuildTensor(RebuildForm::V1), &[storage, offset, shape, strides])
            | (Global::RebuildTensor(RebuildForm::V2), &[storage, offset, shape, strides, _, _, ..]) => {
                self.tensor([storage, offset, shape, strides])
            }
            (
                Global::RebuildTensor(RebuildForm::V3),
                &[
                    PickleValue::Storage(bytes),
                    offset,
                    shape,
                    strides,
                    _,
                    _,
                    PickleValue::Global(Global::Dtype(dtype)),
                    ..,
                ],
            ) => {
                let bytes = self.heap.storages[bytes];
                self.heap.storages.push(Storage {
                    dtype,
                    numbers: bytes.numbers / (dtype.bitsize() / 8) as u64,
                    ..bytes
                });
                let storage = PickleValue::Storage(self.heap.storages.len() - 1);
                self.tensor([storage, offset, shape, strides])
            }
            (Global::RebuildParameter | Global::Parameter, &[tensor @ PickleValue::Tensor(_), ..]) => Some(tensor),
            // The function for its plain form, its class, that function's arguments, its attributes.
            (Global::RebuildSubclass, &[PickleValue::Global(plain), _, arguments, _])
                if plain != Global::RebuildSubclass =>
            {
                self.made(plain, arguments)
            }
            _ => None,
        }
    }

    /// As Python 2 writes it: of a list of pairs.
    fn ordered_dict(&mut self, pairs: PickleValue<'p>) -> Option<PickleValue<'p>> {
        let pair = |pair: &PickleValue<'p>| match self.heap.items(*pair) {
            Some(&[key, value]) => Some((key, value)),
            _ => None,
        };
        let pairs = self.heap.items(pairs)?;
        // One list may be given to a million calls.
        let copied = self.copied.saturating_add(pairs.len());
        if copied > MAX_STEPS {
            return None;
        }
        let entries = pairs.iter().map(pair).collect::<Option<_>>()?;
        self.copied = copied;
        self.heap.dicts.push(entries);
        Some(PickleValue::Dict(self.heap.dicts.len() - 1))
    }

    fn tensor(&mut self, view: [PickleValue<'p>; 4]) -> Option<PickleValue<'p>> {
        let [
            PickleValue::Storage(storage),
            PickleValue::Int(offset),
            PickleValue::Tuple(shape),
            PickleValue::Tuple(strides),
        ] = view
        else {
            return None;
        };
        let offset = u64::try_from(offset).ok()?;
        self.heap.tensors.push(Strided {
            storage,
            offset: offset.checked_add(self.heap.storages[storage].start)?,
            shape,
            strides,
        });
        Some(PickleValue::Tensor(self.heap.tensors.len() - 1))
    }

    /// What would have been called for the first of the arguments that is not there, or named by it.
    fn culprit(&self, arguments: PickleValue<'p>) -> Option<super::Name<'p>> {
        let items = self.heap.tuple(arguments)?;
        // None of the known functions is given more; and one tuple may be given to a million calls.
        items.iter().take(8).find_map(|item| match *item {
            PickleValue::Object(id) => Some(self.heap.objects[id].maker),
            PickleValue::Global(global @ Global::Other(_)) => Some(self.heap.name(global)),
            _ => None,
        })
    }

    /// Gives an object its state. A dict's or a tensor's attributes change no number: modules leave `_metadata` on
    /// their state dict, versions of layers.
    pub(super) fn build(&mut self, built: PickleValue<'p>, state: PickleValue<'p>) -> Result<(), Stop> {
        match built {
            PickleValue::Object(id) => {
                let maker = self.heap.objects[id].maker;
                let tensor = self.array_of_state(maker, state);
                let object = &mut self.heap.objects[id];
                (object.state, object.tensor) = (state, tensor);
                Ok(())
            }
            PickleValue::Dict(_) | PickleValue::List(_) | PickleValue::Tensor(_) => Ok(()),
            _ => Err(self.broken("it sets attributes of something that has none")),
        }
    }
}
