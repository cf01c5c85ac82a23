//! Any bytes are packed weights of the network's size, all of them finite, or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mnv3_weights::{FileTensors, Layout, Manifest, Naming, Packed, PackedLayer, Tensor, to_prepacked};

/// A convolution with bias and norm, then a depthwise one with norm, by name.
const BY_NAME: Manifest<'static> = Manifest {
    network: "Tiny",
    dialect: "torchvision",
    naming: Naming::Exact,
    tensors: &[
        Tensor::new("a.w", &[2, 1, 1, 1]),
        Tensor::new("a.b", &[2]),
        Tensor::new("n.w", &[2]),
        Tensor::new("n.b", &[2]),
        Tensor::new("n.m", &[2]),
        Tensor::new("n.v", &[2]),
        Tensor::new("d.w", &[2, 1, 1, 2]),
        Tensor::new("e.w", &[2]),
        Tensor::new("e.b", &[2]),
        Tensor::new("e.m", &[2]),
        Tensor::new("e.v", &[2]),
    ],
    layers: &[
        PackedLayer::dense([1, 1], 1, 2)
            .read(
                0,
                FileTensors {
                    layout: Layout::Oihw,
                    bias: true,
                    epsilon: Some(0.001),
                },
            )
            .at(0),
        PackedLayer::depthwise([1, 2], 2)
            .read(
                6,
                FileTensors {
                    layout: Layout::Oihw,
                    bias: false,
                    epsilon: Some(0.001),
                },
            )
            .at(128),
    ],
    bytes: 128 + 128 + 64,
};

/// Two layers by the names that Keras gives.
const BY_ORDER: Manifest<'static> = Manifest {
    network: "Tiny",
    dialect: "tf2",
    naming: Naming::KerasAutomatic,
    tensors: &[
        Tensor::new("conv2d/kernel:0", &[1, 1, 1, 2]),
        Tensor::new("conv2d/bias:0", &[2]),
        Tensor::new("conv2d_1/kernel:0", &[1, 1, 2, 1]),
        Tensor::new("conv2d_1/bias:0", &[1]),
    ],
    layers: &[
        PackedLayer::dense([1, 1], 1, 2)
            .read(
                0,
                FileTensors {
                    layout: Layout::Hwio,
                    bias: true,
                    epsilon: None,
                },
            )
            .at(0),
        PackedLayer::dense([1, 1], 2, 1)
            .read(
                2,
                FileTensors {
                    layout: Layout::Hwio,
                    bias: true,
                    epsilon: None,
                },
            )
            .at(128),
    ],
    bytes: 128 + 3 * 64,
};

fuzz_target!(|bytes: &[u8]| {
    for manifest in [BY_NAME, BY_ORDER] {
        match Packed::from_safetensors(bytes, &manifest) {
            Ok(packed) => {
                assert_eq!(packed.bytes().len(), manifest.bytes);
                assert!(packed.f32(0, manifest.bytes / 4).iter().all(|x| x.is_finite()));
                let again = Packed::from_prepacked(&to_prepacked(&packed, &manifest), &manifest);
                assert_eq!(again.map(|again| again.bytes() == packed.bytes()).ok(), Some(true));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        if let Ok(packed) = Packed::from_prepacked(bytes, &manifest) {
            assert_eq!(packed.bytes().len(), manifest.bytes);
        }
    }
});
