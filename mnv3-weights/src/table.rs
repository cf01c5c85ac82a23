//! A network's layers as its weights file has them, a line each: what generated code says, and what is made of it while it
//! compiles.
//!
//! ```
//! use mnv3_weights::table::{self, FileForm, FileLayer, dense, depthwise};
//! use mnv3_weights::{Layout, PackedLayer, Tensor};
//!
//! const NORM: FileForm =
//!     FileForm::new(Layout::Oihw, ".0.weight").norm(1e-5, [".1.weight", ".1.bias", ".1.running_mean", ".1.running_var"]);
//! const LAYERS: &[FileLayer<'_>] = &[dense("stem", NORM, &[8, 3, 3, 3]).at(0), depthwise("block", NORM, &[8, 1, 5, 5]).at(1792)];
//! const TENSORS: [Tensor<'_>; table::tensor_count(LAYERS)] = table::tensors(LAYERS);
//! const PACKED: [PackedLayer; LAYERS.len()] = table::packed(LAYERS);
//!
//! assert_eq!(TENSORS[9], Tensor::new("block.1.running_var", &[8]));
//! assert_eq!(PACKED[1].weight, 5);
//! ```

use crate::around::Around;
use crate::manifest::{FileTensors, PackedLayer, Tensor};
use crate::tensor_name::TensorName;
use mnv3_ir::{Layout, Packing};

/// What many layers of a network have in common: the tensors they are made of, and how they are stored when packed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileForm<'n> {
    /// Which tensors there are, and the kernel's layout.
    pub tensors: FileTensors,
    /// What follows the layer's name in the kernel's.
    pub kernel: &'n str,
    /// In the bias's.
    pub bias: &'n str,
    /// In those of scale, shift, mean and variance.
    pub norm: [&'n str; 4],
    /// The numbers that packed weights are stored as.
    pub packing: Packing,
}

/// A layer as a file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileLayer<'n> {
    /// What the names of its tensors begin with.
    pub name: &'n str,
    /// What those of its batch norm begin with.
    pub norm: &'n str,
    /// What they end with, and how they are stored.
    pub form: FileForm<'n>,
    /// Shape of its kernel in the file.
    pub shape: &'n [usize],
    /// Whether each channel has a kernel of its own.
    pub depthwise: bool,
    /// What its kernel is multiplied by.
    pub factor: f64,
    /// The maps around it, if it is computed in eight bits.
    pub around: Option<Around>,
    /// Where its packed weights start, in bytes.
    pub offset: usize,
}

impl<'n> FileForm<'n> {
    /// A kernel alone, whose name ends so.
    #[must_use]
    pub const fn new(layout: Layout, kernel: &'n str) -> Self {
        Self {
            tensors: FileTensors {
                layout,
                bias: false,
                epsilon: None,
            },
            kernel,
            bias: "",
            norm: [""; 4],
            packing: Packing::F32,
        }
    }

    /// With a bias.
    #[must_use]
    pub const fn bias(mut self, bias: &'n str) -> Self {
        self.tensors.bias = true;
        Self { bias, ..self }
    }

    /// With a batch norm: the names of scale, shift, mean and variance.
    #[must_use]
    pub const fn norm(mut self, epsilon: f64, norm: [&'n str; 4]) -> Self {
        self.tensors.epsilon = Some(epsilon);
        Self { norm, ..self }
    }

    /// Stored as these numbers.
    #[must_use]
    pub const fn packed(self, packing: Packing) -> Self {
        Self { packing, ..self }
    }
}

/// A convolution over all channels, or a matrix.
#[must_use]
pub const fn dense<'n>(name: &'n str, form: FileForm<'n>, shape: &'n [usize]) -> FileLayer<'n> {
    FileLayer {
        name,
        norm: name,
        form,
        shape,
        depthwise: false,
        factor: 1.0,
        around: None,
        offset: 0,
    }
}

/// A depthwise convolution.
#[must_use]
pub const fn depthwise<'n>(name: &'n str, form: FileForm<'n>, shape: &'n [usize]) -> FileLayer<'n> {
    FileLayer {
        depthwise: true,
        ..dense(name, form, shape)
    }
}

impl<'n> FileLayer<'n> {
    /// Its batch norm has another name.
    #[must_use]
    pub const fn norm(self, norm: &'n str) -> Self {
        Self { norm, ..self }
    }

    /// Its kernel is multiplied by `factor`, its bias not.
    #[must_use]
    pub const fn times(self, factor: f64) -> Self {
        Self { factor, ..self }
    }

    /// It is computed in eight bits.
    #[must_use]
    pub const fn int8(self, around: Around) -> Self {
        Self {
            around: Some(around),
            ..self
        }
    }

    /// Its packed weights start `offset` bytes into the arena.
    #[must_use]
    pub const fn at(self, offset: usize) -> Self {
        Self { offset, ..self }
    }

    /// The name of its tensor number `i`, in the order in which [`PackedLayer::read`] counts them.
    const fn tensor_name(&self, i: usize) -> TensorName<'n> {
        let before_norm = 1 + self.form.tensors.bias as usize;
        if i == 0 {
            TensorName::of(self.name, self.form.kernel)
        } else if i < before_norm {
            TensorName::of(self.name, self.form.bias)
        } else {
            TensorName::of(self.norm, self.form.norm[i - before_norm])
        }
    }

    /// Which axis of its kernel is output channels.
    const fn output_axis(&self) -> usize {
        match (self.form.tensors.layout, self.depthwise) {
            (Layout::Oihw, _) => 0,
            (Layout::Hwio, false) => self.shape.len() - 1,
            (Layout::Hwio, true) => self.shape.len() - 2,
        }
    }

    /// As it is packed; its kernel is tensor number `first`.
    const fn pack(&self, first: usize) -> PackedLayer {
        let (shape, output) = (self.shape, self.shape[self.output_axis()]);
        // A matrix is a convolution of one pixel.
        let kernel = match (self.form.tensors.layout, shape.len()) {
            (_, 2) => [1, 1],
            (Layout::Oihw, _) => [shape[2], shape[3]],
            (Layout::Hwio, _) => [shape[0], shape[1]],
        };
        let layer = if self.depthwise {
            PackedLayer::depthwise(kernel, output)
        } else {
            let input = match self.form.tensors.layout {
                Layout::Oihw => shape[1],
                Layout::Hwio => shape[shape.len() - 2],
            };
            PackedLayer::dense(kernel, input, output)
        };
        let layer = match self.around {
            Some(around) => layer.int8(around),
            None => layer.packed(self.form.packing),
        };
        layer.read(first, self.form.tensors).times(self.factor).at(self.offset)
    }
}

/// How many tensors the layers are made of.
#[must_use]
pub const fn tensor_count(layers: &[FileLayer<'_>]) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < layers.len() {
        count += layers[at].form.tensors.count();
        at += 1;
    }
    count
}

/// The tensors, in the order of the layers.
#[must_use]
pub const fn tensors<'n, const COUNT: usize>(layers: &[FileLayer<'n>]) -> [Tensor<'n>; COUNT] {
    let (mut all, mut next, mut at) = ([Tensor::new("", &[]); COUNT], 0, 0);
    while at < layers.len() {
        let layer = &layers[at];
        let (_, from_output) = layer.shape.split_at(layer.output_axis());
        let (output, _) = from_output.split_at(1);
        let (mut i, count) = (0, layer.form.tensors.count());
        while i < count {
            all[next] = Tensor {
                name: layer.tensor_name(i),
                shape: if i == 0 { layer.shape } else { output },
            };
            next += 1;
            i += 1;
        }
        at += 1;
    }
    all
}

/// Tensors, and those of scales behind them.
#[must_use]
pub const fn joined<'n, const COUNT: usize>(tensors: &[Tensor<'n>], scales: &[Tensor<'n>]) -> [Tensor<'n>; COUNT] {
    let (mut all, mut at) = ([Tensor::new("", &[]); COUNT], 0);
    while at < COUNT {
        all[at] = if at < tensors.len() {
            tensors[at]
        } else {
            scales[at - tensors.len()]
        };
        at += 1;
    }
    all
}

/// The layers as they are packed.
#[must_use]
pub const fn packed<const LAYERS: usize>(layers: &[FileLayer<'_>]) -> [PackedLayer; LAYERS] {
    let (mut all, mut first, mut at) = ([PackedLayer::dense([1, 1], 1, 1); LAYERS], 0, 0);
    while at < layers.len() {
        all[at] = layers[at].pack(first);
        first += layers[at].form.tensors.count();
        at += 1;
    }
    all
}
