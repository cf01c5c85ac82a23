//! A reader of pickles that knows state dicts and nothing else.
//!
//! A pickle is a program for a stack machine that can import and call anything. This machine has only the instructions
//! that `torch.save` writes for dicts of tensors, and only the handful of names in [`Global`]; whatever else a file
//! asks for is refused by name before anything is built from it. There is nothing here that could run code.

mod machine;
mod rebuild;
mod value;

pub(crate) use machine::read;
#[cfg(test)]
pub(crate) use value::Storage;
pub(crate) use value::{Heap, Strided, Value};

use crate::error::ConvertError;

/// Why the machine stopped; the archive adds the entry's name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Broken, or larger than any checkpoint.
    Broken { at: usize, what: String },
    /// A name that is not known.
    Global(String),
    /// An instruction that is not known.
    Opcode { at: usize, opcode: String },
}

impl Stop {
    pub(crate) fn in_entry(self, entry: &str) -> ConvertError {
        match self {
            Self::Broken { at, what } => ConvertError::Pickle {
                entry: entry.to_owned(),
                at,
                what,
            },
            Self::Global(global) => ConvertError::Refused { global },
            Self::Opcode { at, opcode } => ConvertError::RefusedOpcode { opcode, at },
        }
    }
}

#[cfg(test)]
mod tests;
