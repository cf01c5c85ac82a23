//! NumPy arrays, whose numbers lie in the pickle itself: how Paddle saves tensors.

use super::global::Name;
use super::machine::Machine;
use super::value::{Inline, PickleValue, Storage, Strided};
use crate::strided::MAX_DIMENSIONS;
use safetensors::Dtype;

/// The functions that make an array: empty, to be given its state by BUILD; and at once, from a buffer.
const RECONSTRUCT: [Name<'_>; 2] = [
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
];
const FROM_BUFFER: [Name<'_>; 2] = [
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
];

/// Kinds of numbers by their names in NumPy.
const KINDS: [(&str, Dtype); 13] = [
    ("f8", Dtype::F64),
    ("f4", Dtype::F32),
    ("f2", Dtype::F16),
    ("i8", Dtype::I64),
    ("i4", Dtype::I32),
    ("i2", Dtype::I16),
    ("i1", Dtype::I8),
    ("u8", Dtype::U64),
    ("u4", Dtype::U32),
    ("u2", Dtype::U16),
    ("u1", Dtype::U8),
    ("b1", Dtype::BOOL),
    ("?", Dtype::BOOL),
];

impl<'p> Machine<'p> {
    /// An array that is made from a buffer: numbers, kind of number, shape, order.
    pub(super) fn array_of_buffer(&mut self, maker: Name<'p>, arguments: PickleValue<'p>) -> Option<PickleValue<'p>> {
        match *self.heap.tuple(arguments)? {
            [numbers, dtype, shape, PickleValue::Text(order)] if FROM_BUFFER.contains(&maker) => {
                self.array(shape, dtype, order == "F", numbers).map(PickleValue::Tensor)
            }
            _ => None,
        }
    }

    /// What an array's state says: a version, shape, kind of number, whether columns come first, numbers.
    pub(super) fn array_of_state(&mut self, maker: Name<'p>, state: PickleValue<'p>) -> Option<usize> {
        match *self.heap.tuple(state)? {
            [PickleValue::Int(_), shape, dtype, PickleValue::Bool(fortran), numbers]
                if RECONSTRUCT.contains(&maker) =>
            {
                self.array(shape, dtype, fortran, numbers)
            }
            _ => None,
        }
    }

    /// Index of the tensor that an array is.
    fn array(
        &mut self,
        shape: PickleValue<'p>,
        dtype: PickleValue<'p>,
        fortran: bool,
        numbers: PickleValue<'p>,
    ) -> Option<usize> {
        let inline = match numbers {
            PickleValue::Bytes(bytes) => Inline::Bytes(bytes),
            // Python 2 has one type for both.
            PickleValue::Text(text) => Inline::Bytes(text.as_bytes()),
            PickleValue::Latin1(text) => Inline::Latin1(text),
            _ => return None,
        };
        let dtype = self.dtype(dtype)?;
        let PickleValue::Tuple(shape) = shape else {
            return None;
        };
        if self.heap.lists[shape].len() > MAX_DIMENSIONS {
            return None;
        }
        let sizes = self.heap.sizes(shape)?;
        let numbers = sizes.iter().try_fold(1u64, |n, &size| n.checked_mul(size))?;
        let mut strides = vec![PickleValue::Int(0); sizes.len()];
        let mut stride = 1i64;
        let mut place = |i: usize| {
            strides[i] = PickleValue::Int(stride);
            stride = stride.saturating_mul(i64::try_from(sizes[i]).unwrap_or(i64::MAX));
        };
        if fortran {
            (0..sizes.len()).for_each(&mut place);
        } else {
            (0..sizes.len()).rev().for_each(&mut place);
        }
        let strides = self.heap.list(strides);
        self.heap.storages.push(Storage {
            key: "",
            dtype,
            numbers,
            start: 0,
            inline: Some(inline),
        });
        self.heap.tensors.push(Strided {
            storage: self.heap.storages.len() - 1,
            offset: 0,
            shape,
            strides,
        });
        Some(self.heap.tensors.len() - 1)
    }

    /// A kind of number, if it is little-endian and known: its name, and in its state the order of bytes.
    fn dtype(&self, value: PickleValue<'p>) -> Option<Dtype> {
        let PickleValue::Object(id) = value else {
            return None;
        };
        let object = &self.heap.objects[id];
        let Some(&[PickleValue::Text(kind), ..]) = self.heap.tuple(object.arguments) else {
            return None;
        };
        if object.maker != ("numpy", "dtype") || kind.starts_with('>') {
            return None;
        }
        if let Some(&[_, PickleValue::Text(">"), ..]) = self.heap.tuple(object.state) {
            return None;
        }
        let kind = kind.trim_start_matches(['<', '|', '=']);
        KINDS.iter().find(|known| known.0 == kind).map(|known| known.1)
    }
}
