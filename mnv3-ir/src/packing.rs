//! How packed weights are stored.

/// The numbers that a layer's weights are stored as. Biases and scales are always in single precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Single precision.
    F32,
    /// Half precision, made single when it is read.
    F16,
    /// Whole numbers from -127 to 127, to be multiplied by a scale that each output has for itself. Made single when they are read.
    I8,
}

impl Packing {
    /// Bytes of a weight.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
            Self::I8 => 1,
        }
    }

    /// Whether a scale for each output stands behind the biases.
    #[must_use]
    pub const fn has_scales(self) -> bool {
        match self {
            Self::F32 | Self::F16 => false,
            Self::I8 => true,
        }
    }

    /// As a spec writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::I8 => "i8",
        }
    }
}

/// Bytes that come from memory at once. Packed weights and biases begin with one, so that no vector of them crosses its end.
pub const CACHE_LINE: usize = 64;
