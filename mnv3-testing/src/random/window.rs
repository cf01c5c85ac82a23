//! Where windows lie, by the definition of the two paddings: what a generator must know to stay within its maps, and what a
//! network that was read can be compared with.

/// The convention `padding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaddingConvention {
    /// `symmetric`
    Symmetric,
    /// `same`
    Same,
}

/// A window along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowAxis {
    /// Taps.
    pub kernel: usize,
    /// Stride.
    pub stride: usize,
    /// Distance between taps.
    pub dilation: usize,
}

impl WindowAxis {
    /// From the first tap to the last one.
    fn reach(self) -> usize {
        (self.kernel - 1) * self.dilation + 1
    }

    /// Zeros before and after `size` pixels.
    #[must_use]
    pub fn pads(self, padding: PaddingConvention, size: usize) -> [usize; 2] {
        match padding {
            PaddingConvention::Symmetric => [(self.kernel - 1) / 2 * self.dilation; 2],
            PaddingConvention::Same => {
                let outputs = size.div_ceil(self.stride);
                let missing = ((outputs - 1) * self.stride + self.reach()).saturating_sub(size);
                [missing / 2, missing.div_ceil(2)]
            }
        }
    }

    /// How many outputs there are over `size` pixels; none where the kernel reaches beyond.
    #[must_use]
    pub fn outputs(self, padding: PaddingConvention, size: usize) -> usize {
        let [before, after] = self.pads(padding, size);
        match (before + size + after).checked_sub(self.reach()) {
            None => 0,
            Some(steps) => steps / self.stride + 1,
        }
    }
}
