//! What a network wants from a file: the table that generated code carries.

use crate::around::Around;
use crate::int8_parts::Int8Parts;
use crate::kind::Kind;
use crate::tensor_name::TensorName;
use mnv3_ir::{CACHE_LINE, Layout, Naming, Packing, padded};

/// A tensor that a network wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor<'n> {
    /// Full name in the file.
    pub name: TensorName<'n>,
    /// Shape in the file.
    pub shape: &'n [usize],
}

/// The tensors of a batch norm, as indices into [`Manifest::tensors`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Norm {
    /// Scale.
    pub gamma: usize,
    /// Shift.
    pub beta: usize,
    /// Running mean.
    pub mean: usize,
    /// Running variance.
    pub variance: usize,
    /// Added to the variance.
    pub epsilon: f64,
}

/// A layer's packed weights: what tensors they are made of, how they are stored, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PackedLayer {
    /// Form.
    pub kind: Kind,
    /// Layout of the kernel in the file.
    pub layout: Layout,
    /// What the kernel is multiplied by.
    pub factor: f64,
    /// The kernel, as an index into [`Manifest::tensors`].
    pub weight: usize,
    /// The bias beside it.
    pub bias: Option<usize>,
    /// The batch norm after it.
    pub norm: Option<Norm>,
    /// The numbers that weights are stored as.
    pub packing: Packing,
    /// The maps around it, if it is computed in eight bits: then it lies as [`Int8Parts`] says, and its packing is int8.
    pub around: Option<Around>,
    /// Where its packed weights start, in bytes: a multiple of [`CACHE_LINE`].
    pub offset: usize,
}

/// Which tensors of a file make a layer: its kernel, a bias, and scale, shift, mean and variance of a batch norm, in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileTensors {
    /// Layout of the kernel.
    pub layout: Layout,
    /// Whether a bias is beside it.
    pub bias: bool,
    /// Epsilon of the batch norm after it.
    pub epsilon: Option<f64>,
}

/// All that is needed to read a network's weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Manifest<'n> {
    /// The network's name, for messages.
    pub network: &'n str,
    /// The spec's dialect, for messages.
    pub dialect: &'n str,
    /// How names are matched.
    pub naming: Naming,
    /// Wanted tensors in the order of the structure.
    pub tensors: &'n [Tensor<'n>],
    /// Layers in the order of the structure.
    pub layers: &'n [PackedLayer],
    /// Bytes of all packed weights.
    pub bytes: usize,
}

impl<'n> Tensor<'n> {
    /// A tensor of a shape.
    #[must_use]
    pub const fn new(name: &'n str, shape: &'n [usize]) -> Self {
        Self {
            name: TensorName::of(name, ""),
            shape,
        }
    }
}

impl FileTensors {
    /// How many tensors these are.
    #[must_use]
    pub const fn count(&self) -> usize {
        1 + self.bias as usize + if self.epsilon.is_some() { 4 } else { 0 }
    }
}

impl PackedLayer {
    /// A full convolution or linear layer.
    #[must_use]
    pub const fn dense([kh, kw]: [usize; 2], input: usize, output: usize) -> Self {
        Self::of(Kind::Dense { kh, kw, input, output })
    }

    /// A depthwise convolution.
    #[must_use]
    pub const fn depthwise([kh, kw]: [usize; 2], channels: usize) -> Self {
        Self::of(Kind::Depthwise { kh, kw, channels })
    }

    const fn of(kind: Kind) -> Self {
        Self {
            kind,
            layout: Layout::Oihw,
            factor: 1.0,
            weight: 0,
            bias: None,
            norm: None,
            packing: Packing::F32,
            around: None,
            offset: 0,
        }
    }

    /// Its weights are stored as these numbers.
    #[must_use]
    pub const fn packed(self, packing: Packing) -> Self {
        Self { packing, ..self }
    }

    /// It is computed in eight bits.
    #[must_use]
    pub const fn int8(self, around: Around) -> Self {
        Self {
            packing: Packing::I8,
            around: Some(around),
            ..self
        }
    }

    /// Its packed weights, without the bias.
    #[must_use]
    pub const fn weights(&self) -> usize {
        padded(self.kind.output()) * self.kind.taps()
    }

    /// Bytes from the start of its weights to its bias.
    #[must_use]
    pub const fn bias_offset(&self) -> usize {
        (self.weights() * self.packing.bytes()).next_multiple_of(CACHE_LINE)
    }

    /// Bytes from the start of its weights to its scales.
    #[must_use]
    pub const fn scale_offset(&self) -> usize {
        self.bias_offset() + padded(self.kind.output()) * size_of::<f32>()
    }

    /// Bytes of its packed weights, bias and scales.
    #[must_use]
    pub const fn packed_bytes(&self) -> usize {
        if self.around.is_some() {
            return Int8Parts::new(self.kind).bytes();
        }
        let scales = if self.packing.has_scales() {
            padded(self.kind.output()) * size_of::<f32>()
        } else {
            0
        };
        self.scale_offset() + scales
    }

    /// Its kernel is tensor number `first`; what else it is made of follows.
    #[must_use]
    pub const fn read(self, first: usize, tensors: FileTensors) -> Self {
        let bias = if tensors.bias { Some(first + 1) } else { None };
        let gamma = first + 1 + tensors.bias as usize;
        let norm = match tensors.epsilon {
            Some(epsilon) => Some(Norm {
                gamma,
                beta: gamma + 1,
                mean: gamma + 2,
                variance: gamma + 3,
                epsilon,
            }),
            None => None,
        };
        Self {
            layout: tensors.layout,
            weight: first,
            bias,
            norm,
            ..self
        }
    }

    /// Its kernel is multiplied by `factor`, its bias not.
    #[must_use]
    pub const fn times(self, factor: f64) -> Self {
        Self { factor, ..self }
    }

    /// Its packed weights start `offset` bytes into the arena.
    #[must_use]
    pub const fn at(self, offset: usize) -> Self {
        Self { offset, ..self }
    }
}
