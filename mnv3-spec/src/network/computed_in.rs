//! What a network is computed in, and how its matrices are stored.

/// The numbers that a network is computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComputedIn {
    /// Single precision.
    F32,
    /// Eight bits from the image to the last map, single precision from there on: docs/int8.md.
    Int8,
}

/// How packed matrices are stored that one vector is multiplied with: squeeze-excite, and the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrices {
    /// As the arithmetic is done.
    F32,
    /// Half as many bytes to bring from memory, eleven bits of precision; converted as they are read.
    F16,
    /// A quarter as many bytes: whole numbers from -127 to 127, with a scale for each output; converted as they are read.
    I8,
}
