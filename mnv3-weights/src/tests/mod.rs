//! A small network's weights, read from files made here, right and wrong.

mod fits;
mod misfits;
mod prepacked;
mod subnormal;

use super::*;
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::collections::BTreeMap;

/// A 3 x 3 convolution with bias and batch norm, a depthwise one with batch norm, a linear layer with bias.
const TORCH: Manifest<'static> = Manifest {
    network: "Net",
    dialect: "torchvision",
    naming: Naming::Exact,
    tensors: &[
        Tensor {
            name: TensorName::of("features.0.0.weight", ""),
            shape: &[20, 3, 3, 3],
        },
        Tensor {
            name: TensorName::of("features.0.0.bias", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("features.0.1.weight", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("features.0.1.bias", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("features.0.1.running_mean", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("features.0.1.running_var", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("features.1.0.weight", ""),
            shape: &[20, 1, 5, 3],
        },
        Tensor {
            name: TensorName::of("features.1.1.weight", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("features.1.1.bias", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("features.1.1.running_mean", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("features.1.1.running_var", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("classifier.weight", ""),
            shape: &[7, 20],
        },
        Tensor {
            name: TensorName::of("classifier.bias", ""),
            shape: &[7],
        },
    ],
    layers: &[
        PackedLayer {
            layout: Layout::Oihw,
            ..CONV
        },
        PackedLayer {
            layout: Layout::Oihw,
            ..DEPTHWISE
        },
        PackedLayer {
            layout: Layout::Oihw,
            ..LINEAR
        },
    ],
    bytes: BYTES,
};

/// The same as Keras names and lays it out, in a process that built other models before.
const KERAS: Manifest<'static> = Manifest {
    dialect: "tf2",
    naming: Naming::KerasAutomatic,
    tensors: &[
        Tensor {
            name: TensorName::of("conv2d/kernel", ""),
            shape: &[3, 3, 3, 20],
        },
        Tensor {
            name: TensorName::of("conv2d/bias", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("batch_normalization/gamma", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("batch_normalization/beta", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("batch_normalization/moving_mean", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("batch_normalization/moving_variance", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("depthwise_conv2d/depthwise_kernel", ""),
            shape: &[5, 3, 20, 1],
        },
        Tensor {
            name: TensorName::of("batch_normalization_1/gamma", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("batch_normalization_1/beta", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("batch_normalization_1/moving_mean", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("batch_normalization_1/moving_variance", ""),
            shape: &[20],
        },
        Tensor {
            name: TensorName::of("conv2d_1/kernel", ""),
            shape: &[1, 1, 20, 7],
        },
        Tensor {
            name: TensorName::of("conv2d_1/bias", ""),
            shape: &[7],
        },
    ],
    layers: &[
        PackedLayer {
            layout: Layout::Hwio,
            ..CONV
        },
        PackedLayer {
            layout: Layout::Hwio,
            ..DEPTHWISE
        },
        PackedLayer {
            layout: Layout::Hwio,
            ..LINEAR
        },
    ],
    ..TORCH
};

const CONV: PackedLayer = PackedLayer {
    around: None,
    kind: Kind::Dense {
        kh: 3,
        kw: 3,
        input: 3,
        output: 20,
    },
    layout: Layout::Oihw,
    factor: 1.0,
    weight: 0,
    bias: Some(1),
    norm: Some(Norm {
        gamma: 2,
        beta: 3,
        mean: 4,
        variance: 5,
        epsilon: 1e-3,
    }),
    packing: Packing::F32,
    offset: 0,
};
const DEPTHWISE: PackedLayer = PackedLayer {
    kind: Kind::Depthwise {
        kh: 5,
        kw: 3,
        channels: 20,
    },
    weight: 6,
    bias: None,
    norm: Some(Norm {
        gamma: 7,
        beta: 8,
        mean: 9,
        variance: 10,
        epsilon: 1e-5,
    }),
    offset: CONV.packed_bytes(),
    ..CONV
};
const LINEAR: PackedLayer = PackedLayer {
    kind: Kind::Dense {
        kh: 1,
        kw: 1,
        input: 20,
        output: 7,
    },
    weight: 11,
    bias: Some(12),
    norm: None,
    offset: DEPTHWISE.offset + DEPTHWISE.packed_bytes(),
    ..CONV
};
const BYTES: usize = LINEAR.offset + LINEAR.packed_bytes();

/// All numbers of layers that are stored in single precision.
fn floats(packed: &Packed) -> &[f32] {
    packed.f32(0, packed.bytes().len() / 4)
}

/// A file's tensors by name: type, shape, bytes.
type File = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// The value at a place of tensor `t`: small multiples of 1/64, exact in every type of number; positive, so that they
/// do for variances.
fn value(t: usize, place: &[usize]) -> f32 {
    let mixed = place.iter().fold(t, |sum, &i| sum * 31 + i * 7 + 3);
    (mixed % 61 + 1) as f32 / 64.0
}

/// All places of a shape, the last axis fastest.
fn places(shape: &[usize]) -> Vec<Vec<usize>> {
    shape.iter().fold(vec![Vec::new()], |places, &n| {
        places
            .iter()
            .flat_map(|place| (0..n).map(|i| [&place[..], &[i]].concat()))
            .collect()
    })
}

/// From a place in Keras' layout to the place of the same number in PyTorch's.
fn torch_place(place: &[usize]) -> Vec<usize> {
    match *place {
        // The depthwise kernel's last axis is 1, as is PyTorch's second.
        [y, x, a, 0] => vec![a, 0, y, x],
        [y, x, i, o] => vec![o, i, y, x],
        _ => place.to_vec(),
    }
}

fn torch_file() -> File {
    let tensor = |(t, wanted): (usize, &Tensor)| {
        let values: Vec<f32> = places(wanted.shape).iter().map(|place| value(t, place)).collect();
        (
            wanted.name.to_string(),
            (Dtype::F32, wanted.shape.to_vec(), bytes(&values)),
        )
    };
    TORCH.tensors.iter().enumerate().map(tensor).collect()
}

/// The same numbers in Keras' layout; `name` says how the file calls the tensor of a name in the manifest.
fn keras_file(name: impl Fn(&str) -> String) -> File {
    let tensor = |(t, wanted): (usize, &Tensor)| {
        let depthwise = wanted.name.to_string().starts_with("depthwise");
        let number = |place: &Vec<usize>| match (depthwise, place.as_slice()) {
            (true, _) => value(t, &torch_place(place)),
            (false, &[y, x, i, o]) if wanted.shape[0] == 3 => value(t, &[o, i, y, x]),
            (false, &[_, _, i, o]) => value(t, &[o, i]),
            (false, _) => value(t, place),
        };
        let values: Vec<f32> = places(wanted.shape).iter().map(number).collect();
        (
            name(&wanted.name.to_string()),
            (Dtype::F32, wanted.shape.to_vec(), bytes(&values)),
        )
    };
    KERAS.tensors.iter().enumerate().map(tensor).collect()
}

fn file_bytes(file: &File) -> Vec<u8> {
    let views = file
        .iter()
        .map(|(name, (dtype, shape, data))| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    serialize(views, None).unwrap()
}

fn read(file: &File, manifest: &Manifest<'_>) -> Result<Packed, WeightsError> {
    Packed::from_safetensors(&file_bytes(file), manifest)
}

static TORCH_NET: Manifest<'static> = TORCH;
static KERAS_NET: Manifest<'static> = KERAS;

fn torch(file: &File) -> Result<Packed, WeightsError> {
    read(file, &TORCH_NET)
}
