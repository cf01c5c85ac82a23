//! The three calls that a state dict makes, and the identifiers of storages, done as data.

use super::Stop;
use super::machine::Machine;
use super::value::{Global, Storage, Strided, Value};

impl<'p> Machine<'p> {
    /// `("storage", torch.FloatStorage, "0", "cpu", 432)`; on which device it was is of no interest.
    pub(super) fn storage(&self, id: Value<'p>) -> Result<Storage<'p>, Stop> {
        match self.heap.tuple(id) {
            Some(
                &[
                    Value::Text("storage"),
                    Value::Global(Global::Storage(dtype)),
                    Value::Text(key),
                    Value::Text(_),
                    Value::Int(numbers),
                ],
            ) => Ok(Storage {
                key,
                dtype,
                numbers: self.count(numbers)?,
            }),
            _ => Err(self.broken("a storage that is not described as torch.save does")),
        }
    }

    pub(super) fn reduce(&mut self, callee: Value<'p>, arguments: Value<'p>) -> Result<Value<'p>, Stop> {
        let arguments = self.heap.tuple(arguments).unwrap_or_default();
        match (callee, arguments) {
            (Value::Global(Global::OrderedDict), []) => Ok(self.heap.dict()),
            // storage, offset, size, stride; then requires_grad, hooks and metadata, which change no number
            (
                Value::Global(Global::RebuildTensor),
                &[
                    Value::Storage(storage),
                    Value::Int(offset),
                    Value::Tuple(shape),
                    Value::Tuple(strides),
                    _,
                    _,
                    ..,
                ],
            ) => {
                let offset = self.count(offset)?;
                self.heap.tensors.push(Strided {
                    storage,
                    offset,
                    shape,
                    strides,
                });
                Ok(Value::Tensor(self.heap.tensors.len() - 1))
            }
            (Value::Global(Global::RebuildParameter), &[tensor @ Value::Tensor(_), _, _]) => Ok(tensor),
            (Value::Global(_), _) => Err(self.broken("a call with arguments that torch.save does not write")),
            _ => Err(self.broken("a call of something that is no function")),
        }
    }

    fn count(&self, n: i64) -> Result<u64, Stop> {
        u64::try_from(n).map_err(|_| self.broken(format!("{n} where a size should be")))
    }
}
