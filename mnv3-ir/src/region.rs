//! Parts of a buffer.

use core::ops::Range;

/// A part of a buffer, in floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where it starts.
    pub offset: usize,
    /// How long it is.
    pub len: usize,
}

impl Region {
    /// The part of `len` floats after this one.
    #[must_use]
    pub const fn then(self, len: usize) -> Self {
        Self {
            offset: self.end(),
            len,
        }
    }

    /// Where the next one may start.
    #[must_use]
    pub const fn end(self) -> usize {
        self.offset + self.len
    }

    /// As an index of a slice.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.offset..self.end()
    }
}
