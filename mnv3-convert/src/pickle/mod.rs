//! A reader of pickles that runs nothing.
//!
//! A pickle is a program for a stack machine that can import and call anything. This machine does as data what dicts of
//! tensors need, with the handful of names in [`Global`]. Whatever else a file names or calls becomes an inert
//! [`Object`]: it remembers what it was to be made by, and what it was to be given. Nothing here could run code.

mod array;
mod global;
mod literal;
mod machine;
mod rebuild;
mod value;

pub(crate) use global::shown;
pub(crate) use machine::read;
#[cfg(test)]
pub(crate) use value::Storage;
pub(crate) use value::{Heap, Inline, Name, Object, PickleValue, Strided};

use crate::error::ConvertError;

/// A pickle that was read.
#[derive(Debug)]
pub(crate) struct Pickle<'p> {
    pub(crate) heap: Heap<'p>,
    pub(crate) root: PickleValue<'p>,
    /// Its bytes: more may follow it.
    pub(crate) length: usize,
}

/// Why the machine stopped; the archive adds the entry's name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Broken, or larger than any checkpoint.
    Broken { at: usize, what: String },
    /// An instruction that is not known, or whose meaning is not in the file.
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
            Self::Opcode { at, opcode } => ConvertError::Opcode {
                entry: entry.to_owned(),
                at,
                opcode,
            },
        }
    }
}

#[cfg(test)]
mod tests;
