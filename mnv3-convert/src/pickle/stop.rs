//! Why a pickle is not read to its end.

use crate::error::ConvertError;

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
