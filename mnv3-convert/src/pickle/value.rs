//! What a checkpoint's pickle is made of, once the machine has read it.

use safetensors::Dtype;

/// Something on the machine's stack. Containers lie in the [`Heap`], so that values are small, shared and never nested:
/// a pickle a million levels deep costs no more than a flat one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'p> {
    None,
    Bool(bool),
    Int(i64),
    Float,
    Text(&'p str),
    /// Index into [`Heap::lists`]; a tuple differs from a list only in how a pickle writes it.
    Tuple(usize),
    List(usize),
    /// Index into [`Heap::dicts`].
    Dict(usize),
    Global(Global),
    /// Index into [`Heap::storages`].
    Storage(usize),
    /// Index into [`Heap::tensors`].
    Tensor(usize),
}

/// The few names of Python that a state dict needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage(Dtype),
}

impl Global {
    /// What `module.name` stands for, if it is known at all.
    pub(super) fn of(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Self::RebuildParameter,
            ("torch", "DoubleStorage") => Self::Storage(Dtype::F64),
            ("torch", "FloatStorage") => Self::Storage(Dtype::F32),
            ("torch", "HalfStorage") => Self::Storage(Dtype::F16),
            ("torch", "BFloat16Storage") => Self::Storage(Dtype::BF16),
            ("torch", "LongStorage") => Self::Storage(Dtype::I64),
            ("torch", "IntStorage") => Self::Storage(Dtype::I32),
            ("torch", "ShortStorage") => Self::Storage(Dtype::I16),
            ("torch", "CharStorage") => Self::Storage(Dtype::I8),
            ("torch", "ByteStorage") => Self::Storage(Dtype::U8),
            ("torch", "BoolStorage") => Self::Storage(Dtype::BOOL),
            _ => return None,
        })
    }
}

/// Numbers in a file of the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Storage<'p> {
    /// Its file is `data/KEY`.
    pub(crate) key: &'p str,
    pub(crate) dtype: Dtype,
    /// How many.
    pub(crate) numbers: u64,
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
    pub(crate) lists: Vec<Vec<Value<'p>>>,
    pub(crate) dicts: Vec<Vec<(Value<'p>, Value<'p>)>>,
    pub(crate) storages: Vec<Storage<'p>>,
    pub(crate) tensors: Vec<Strided>,
}

impl<'p> Heap<'p> {
    pub(super) fn list(&mut self, items: Vec<Value<'p>>) -> usize {
        self.lists.push(items);
        self.lists.len() - 1
    }

    pub(super) fn dict(&mut self) -> Value<'p> {
        self.dicts.push(Vec::new());
        Value::Dict(self.dicts.len() - 1)
    }

    /// The items of a tuple.
    pub(super) fn tuple(&self, value: Value<'p>) -> Option<&[Value<'p>]> {
        match value {
            Value::Tuple(id) => Some(&self.lists[id]),
            _ => None,
        }
    }

    /// The entries of a dict, in the order they were written.
    pub(crate) fn entries(&self, value: Value<'p>) -> Option<&[(Value<'p>, Value<'p>)]> {
        match value {
            Value::Dict(id) => Some(&self.dicts[id]),
            _ => None,
        }
    }

    /// A tuple of sizes or strides, if it is one.
    pub(crate) fn sizes(&self, list: usize) -> Option<Vec<u64>> {
        let size = |item: &Value<'p>| match *item {
            Value::Int(n) => u64::try_from(n).ok(),
            _ => None,
        };
        self.lists[list].iter().map(size).collect()
    }
}
