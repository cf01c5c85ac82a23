//! Shapes of feature maps.

use crate::padded;

/// Height, width and channels of a feature map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
    /// Channels.
    pub c: usize,
}

impl Shape {
    /// Rows times columns.
    #[must_use]
    pub const fn pixels(self) -> u64 {
        self.h as u64 * self.w as u64
    }

    /// Floats of the map in memory, `[H][ceil(C / 16)][W][16]`.
    #[must_use]
    pub const fn floats(self) -> usize {
        self.h * self.w * padded(self.c)
    }
}
