//! What a checkpoint's pickle is made of, once the machine has read it.

use super::global::{Global, Name};
use safetensors::Dtype;

/// Something on the machine's stack. Containers lie in the [`Heap`], so that values are small, shared and never nested:
/// a pickle a million levels deep costs no more than a flat one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PickleValue<'p> {
    None,
    Bool(bool),
    Int(i64),
    /// A whole number beyond 64 bits: the state of a random generator, never a size.
    Long,
    Float,
    Text(&'p str),
    Bytes(&'p [u8]),
    /// Bytes that protocols before 3 write as text, each as the character of its number.
    Latin1(&'p str),
    /// Index into [`Heap::lists`]; a tuple differs from a list only in how a pickle writes it.
    Tuple(usize),
    /// A list or a set.
    List(usize),
    /// Index into [`Heap::dicts`].
    Dict(usize),
    Global(Global),
    /// Index into [`Heap::storages`].
    Storage(usize),
    /// Index into [`Heap::tensors`].
    Tensor(usize),
    /// Index into [`Heap::objects`].
    Object(usize),
}

impl<'p> PickleValue<'p> {
    /// If it is text.
    pub(crate) fn text(&self) -> Option<&'p str> {
        match *self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// What a call would return that is not made here. It is inert: it keeps what the pickle gave it, and does nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Object<'p> {
    /// The class or function that Python would call; where it could be called here, that on which it depends.
    pub(crate) maker: Name<'p>,
    pub(crate) arguments: PickleValue<'p>,
    /// What BUILD gives it: most often the dict of its attributes.
    pub(crate) state: PickleValue<'p>,
    /// What SETITEMS gives it, if it is a kind of dict: index into [`Heap::dicts`].
    pub(crate) items: Option<usize>,
    /// What it is if it is an array: index into [`Heap::tensors`].
    pub(crate) tensor: Option<usize>,
}

/// Numbers of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Storage<'p> {
    /// In an archive its file is `data/KEY`.
    pub(crate) key: &'p str,
    pub(crate) dtype: Dtype,
    /// How many.
    pub(crate) numbers: u64,
    /// Where a view of the storage begins, which files before PyTorch 1.0 have; in numbers.
    pub(crate) start: u64,
    /// Its numbers, where they lie in the pickle.
    pub(crate) inline: Option<Inline<'p>>,
}

/// Numbers in a pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inline<'p> {
    Bytes(&'p [u8]),
    /// Each byte as the character of its number.
    Latin1(&'p str),
}

/// A view of a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strided {
    /// Index into [`Heap::storages`].
    pub(crate) storage: usize,
    /// In numbers, from the storage's start.
    pub(crate) offset: u64,
    /// Sizes: index into [`Heap::lists`], so that a million views of one form cost no more than their number.
    pub(crate) shape: usize,
    /// In numbers: likewise.
    pub(crate) strides: usize,
}

/// Everything that a pickle built.
#[derive(Debug, Default)]
pub(crate) struct Heap<'p> {
    pub(crate) lists: Vec<Vec<PickleValue<'p>>>,
    pub(crate) dicts: Vec<Vec<(PickleValue<'p>, PickleValue<'p>)>>,
    pub(crate) storages: Vec<Storage<'p>>,
    pub(crate) tensors: Vec<Strided>,
    pub(crate) objects: Vec<Object<'p>>,
    /// Names that are not known here, as often as the pickle gives them: index of [`Global::Other`].
    pub(crate) foreign: Vec<Name<'p>>,
}

/// Keys of lists, whose items are found like those of dicts.
const PLACES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

impl<'p> Heap<'p> {
    pub(super) fn list(&mut self, items: Vec<PickleValue<'p>>) -> usize {
        self.lists.push(items);
        self.lists.len() - 1
    }

    pub(super) fn dict(&mut self) -> PickleValue<'p> {
        self.dicts.push(Vec::new());
        PickleValue::Dict(self.dicts.len() - 1)
    }

    pub(super) fn object(&mut self, maker: Name<'p>, arguments: PickleValue<'p>) -> PickleValue<'p> {
        self.objects.push(Object {
            maker,
            arguments,
            state: PickleValue::None,
            items: None,
            tensor: None,
        });
        PickleValue::Object(self.objects.len() - 1)
    }

    /// The dict of an object's items, which the first of them makes.
    pub(super) fn items_of(&mut self, object: usize) -> usize {
        *self.objects[object].items.get_or_insert_with(|| {
            self.dicts.push(Vec::new());
            self.dicts.len() - 1
        })
    }

    /// The items of a tuple.
    pub(crate) fn tuple(&self, value: PickleValue<'p>) -> Option<&[PickleValue<'p>]> {
        match value {
            PickleValue::Tuple(id) => Some(&self.lists[id]),
            _ => None,
        }
    }

    /// The items of a list or a tuple.
    pub(crate) fn items(&self, value: PickleValue<'p>) -> Option<&[PickleValue<'p>]> {
        match value {
            PickleValue::Tuple(id) | PickleValue::List(id) => Some(&self.lists[id]),
            _ => None,
        }
    }

    /// The entries of a dict, in the order they were written.
    pub(crate) fn entries(&self, value: PickleValue<'p>) -> Option<&[(PickleValue<'p>, PickleValue<'p>)]> {
        match value {
            PickleValue::Dict(id) => Some(&self.dicts[id]),
            _ => None,
        }
    }

    /// What an object's attributes are, in the order they were written: of a class with slots too.
    pub(crate) fn attributes(&self, object: &Object<'p>) -> Option<&[(PickleValue<'p>, PickleValue<'p>)]> {
        match self.tuple(object.state) {
            Some(parts) => parts.iter().find_map(|part| self.entries(*part)),
            None => self.entries(object.state),
        }
    }

    /// What lies in a value by name: a dict's entries, an object's items or else its attributes, a list's first items
    /// by their places.
    pub(crate) fn parts(&self, value: PickleValue<'p>) -> Vec<(&'p str, PickleValue<'p>)> {
        let entries = match value {
            PickleValue::Object(id) => {
                let object = &self.objects[id];
                match object.items {
                    Some(items) => &self.dicts[items][..],
                    None => self.attributes(object).unwrap_or_default(),
                }
            }
            PickleValue::Tuple(id) | PickleValue::List(id) => {
                let items = self.lists[id].iter().map(|item| self.as_tensor(*item));
                return PLACES.into_iter().zip(items).collect();
            }
            dict => self.entries(dict).unwrap_or_default(),
        };
        let named = entries
            .iter()
            .filter_map(|(key, value)| Some((key.text()?, self.as_tensor(*value))));
        named.collect()
    }

    /// The tensor that a value stands for: an array, or as Paddle has it in dicts of dicts, one after its own name.
    fn as_tensor(&self, value: PickleValue<'p>) -> PickleValue<'p> {
        let array = |value| match value {
            PickleValue::Object(id) => self.objects[id].tensor.map(PickleValue::Tensor),
            _ => None,
        };
        match self.tuple(value) {
            Some(&[PickleValue::Text(_), item]) => array(item).unwrap_or(value),
            _ => array(value).unwrap_or(value),
        }
    }

    /// A tuple of sizes or strides, if it is one.
    pub(crate) fn sizes(&self, list: usize) -> Option<Vec<u64>> {
        let size = |item: &PickleValue<'p>| match *item {
            PickleValue::Int(n) => u64::try_from(n).ok(),
            _ => None,
        };
        self.lists[list].iter().map(size).collect()
    }

    /// What `module.name` stands for.
    pub(super) fn global(&mut self, module: &'p str, name: &'p str) -> Global {
        Global::known((module, name)).unwrap_or_else(|| {
            self.foreign.push((module, name));
            Global::Other(self.foreign.len() - 1)
        })
    }

    /// The name of a class or function.
    pub(super) fn name(&self, global: Global) -> Name<'p> {
        match global {
            Global::Other(id) => self.foreign[id],
            known => known.known_name().unwrap_or(("", "a known name")),
        }
    }
}
