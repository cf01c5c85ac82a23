//! What a convolution in eight bits reads and writes.

use mnv3_ir::Act;

/// The maps around a convolution in eight bits, by the tensor of their scales, as an index into
/// [`Manifest::tensors`](crate::Manifest::tensors); that of their zero points follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    /// What it reads.
    pub input: usize,
    /// Whether that is the image, whose zero points are real numbers.
    pub image: bool,
    /// What it writes.
    pub output: usize,
    /// What is added before it is written.
    pub residual: Option<usize>,
    /// After bias or batch norm.
    pub act: Act,
}

impl Around {
    /// From one map to another.
    #[must_use]
    pub const fn new(input: usize, output: usize, act: Act) -> Self {
        Self {
            input,
            image: false,
            output,
            residual: None,
            act,
        }
    }

    /// From the image.
    #[must_use]
    pub const fn of_image(self) -> Self {
        Self { image: true, ..self }
    }

    /// A map is added.
    #[must_use]
    pub const fn adding(self, residual: usize) -> Self {
        Self {
            residual: Some(residual),
            ..self
        }
    }
}
