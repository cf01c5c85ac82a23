//! Names of Python in a pickle: the few that are known here, and all others.

use safetensors::Dtype;

/// A class or function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Global {
    OrderedDict,
    /// `set`, `frozenset`.
    Set,
    RebuildTensor(RebuildForm),
    RebuildParameter,
    RebuildSubclass,
    /// `Parameter(data)`, as PyTorch before 0.4 has it.
    Parameter,
    Storage(Dtype),
    /// A storage of bytes, whose kind of number is beside it.
    UntypedStorage,
    Dtype(Dtype),
    /// `tuple`.
    Tuple,
    /// `_codecs.encode`, with which protocols before 3 make bytes.
    Encode,
    /// `bytes`, with which they make none.
    Bytes,
    /// What makes arrays of NumPy: index into the names known here.
    Array(usize),
    /// Any other: index into `Heap::foreign`.
    Other(usize),
}

/// By which of its functions PyTorch makes a tensor from a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RebuildForm {
    /// `_rebuild_tensor(storage, offset, size, stride)`.
    V1,
    /// With requires_grad, hooks and metadata, which change no number.
    V2,
    /// With a kind of number after requires_grad and hooks.
    V3,
}

/// The names that are known.
const KNOWN: [(&str, &str, Global); 48] = [
    ("collections", "OrderedDict", Global::OrderedDict),
    ("builtins", "set", Global::Set),
    ("__builtin__", "set", Global::Set),
    ("builtins", "frozenset", Global::Set),
    ("__builtin__", "frozenset", Global::Set),
    (
        "torch._utils",
        "_rebuild_tensor",
        Global::RebuildTensor(RebuildForm::V1),
    ),
    (
        "torch._utils",
        "_rebuild_tensor_v2",
        Global::RebuildTensor(RebuildForm::V2),
    ),
    (
        "torch._utils",
        "_rebuild_tensor_v3",
        Global::RebuildTensor(RebuildForm::V3),
    ),
    ("torch._utils", "_rebuild_parameter", Global::RebuildParameter),
    (
        "torch._utils",
        "_rebuild_parameter_with_state",
        Global::RebuildParameter,
    ),
    ("torch._tensor", "_rebuild_from_type_v2", Global::RebuildSubclass),
    ("torch.nn.parameter", "Parameter", Global::Parameter),
    ("torch.autograd.variable", "Variable", Global::Parameter),
    ("torch", "DoubleStorage", Global::Storage(Dtype::F64)),
    ("torch", "FloatStorage", Global::Storage(Dtype::F32)),
    ("torch", "HalfStorage", Global::Storage(Dtype::F16)),
    ("torch", "BFloat16Storage", Global::Storage(Dtype::BF16)),
    ("torch", "LongStorage", Global::Storage(Dtype::I64)),
    ("torch", "IntStorage", Global::Storage(Dtype::I32)),
    ("torch", "ShortStorage", Global::Storage(Dtype::I16)),
    ("torch", "CharStorage", Global::Storage(Dtype::I8)),
    ("torch", "ByteStorage", Global::Storage(Dtype::U8)),
    ("torch", "BoolStorage", Global::Storage(Dtype::BOOL)),
    ("torch.storage", "UntypedStorage", Global::UntypedStorage),
    ("torch", "float64", Global::Dtype(Dtype::F64)),
    ("torch", "float32", Global::Dtype(Dtype::F32)),
    ("torch", "float16", Global::Dtype(Dtype::F16)),
    ("torch", "bfloat16", Global::Dtype(Dtype::BF16)),
    ("torch", "int64", Global::Dtype(Dtype::I64)),
    ("torch", "int32", Global::Dtype(Dtype::I32)),
    ("torch", "int16", Global::Dtype(Dtype::I16)),
    ("torch", "int8", Global::Dtype(Dtype::I8)),
    ("torch", "uint8", Global::Dtype(Dtype::U8)),
    ("torch", "uint16", Global::Dtype(Dtype::U16)),
    ("torch", "uint32", Global::Dtype(Dtype::U32)),
    ("torch", "uint64", Global::Dtype(Dtype::U64)),
    ("torch", "bool", Global::Dtype(Dtype::BOOL)),
    ("builtins", "tuple", Global::Tuple),
    ("__builtin__", "tuple", Global::Tuple),
    ("_codecs", "encode", Global::Encode),
    ("builtins", "bytes", Global::Bytes),
    ("__builtin__", "bytes", Global::Bytes),
    ("numpy.core.multiarray", "_reconstruct", Global::Array(0)),
    ("numpy._core.multiarray", "_reconstruct", Global::Array(1)),
    ("numpy.core.numeric", "_frombuffer", Global::Array(2)),
    ("numpy._core.numeric", "_frombuffer", Global::Array(3)),
    ("numpy", "ndarray", Global::Array(4)),
    ("numpy", "dtype", Global::Array(5)),
];

impl Global {
    /// What a name stands for, if it is known.
    pub(super) fn known(name: Name<'_>) -> Option<Self> {
        let known = KNOWN.iter().find(|known| (known.0, known.1) == name);
        known.map(|known| known.2)
    }

    /// The first of its names, if it is known.
    pub(super) fn known_name(self) -> Option<Name<'static>> {
        let known = KNOWN.iter().find(|known| known.2 == self);
        known.map(|known| (known.0, known.1))
    }
}

/// A name as messages show it: the file's own, so it may be long and hold anything.
pub(crate) fn shown((module, name): Name<'_>) -> String {
    /// Characters of a hostile file's names that messages repeat.
    const SHOWN: usize = 100;
    let full = module.chars().chain(if module.is_empty() { "" } else { "." }.chars());
    full.chain(name.chars())
        .take(SHOWN)
        .flat_map(char::escape_debug)
        .collect()
}

/// A name of Python as a pickle gives it: module and name in it.
pub(crate) type Name<'p> = (&'p str, &'p str);
