//! The networks that are compiled in.

use super::Laps;
use crate::direction::TextDirection;
use mnv3::{Tensor, WeightsError};
use mnv3_spec::{Network, SpecErrors};
use safetensors::Dtype;
use safetensors::tensor::{SafeTensorError, TensorView, serialize};
use std::path::Path;

mnv3::mobilenet!("mnv3:large");
mnv3::mobilenet!("mnv3:small");

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Name {
    /// MobileNetV3-Large, 224 x 224, as torchvision builds it
    Large,
    /// MobileNetV3-Small, 224 x 224, as torchvision builds it
    Small,
    /// The model of `mnv3 direction`, 48 x 192
    TextDirection,
}

/// Runs a network once, on an image of its own.
pub(crate) type Forward = Box<dyn FnMut(&mut Laps)>;

/// Why a network that is compiled in cannot run; it always can, unless the program was built wrongly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuiltInError {
    #[error(transparent)]
    Spec(#[from] SpecErrors),
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error(transparent)]
    Safetensors(#[from] SafeTensorError),
}

/// The forward function of a network with weights that it owns.
macro_rules! forward {
    ($network:ident, $model:expr) => {{
        const NUMBERS: usize = $network::INPUT_SIZE[0] * $network::INPUT_SIZE[1] * $network::INPUT_SIZE[2];
        let model = $model;
        let mut workspace = $network::workspace();
        let mut image = Box::new([0.0; NUMBERS]);
        image.iter_mut().zip(noise(1)).for_each(|(to, from)| *to = from);
        let mut scores = [0.0; $network::CLASSES];
        Box::new(move |laps| {
            model.forward_observed(&mut workspace, &image, &mut scores, laps);
            std::hint::black_box(&scores);
        })
    }};
}

impl Name {
    /// The network, with its layers.
    pub(crate) fn network(self) -> Result<Network, BuiltInError> {
        let spec = match self {
            Self::Large => "mnv3:large",
            Self::Small => "mnv3:small",
            Self::TextDirection => "mnv3:text-direction",
        };
        Ok(mnv3_spec::load(spec, Path::new(spec))?.network)
    }

    /// The compiled network, ready to run.
    pub(crate) fn forward(self) -> Result<Forward, BuiltInError> {
        Ok(match self {
            Self::Large => {
                forward!(
                    MobileNetV3Large,
                    MobileNetV3Large::from_safetensors(&weights(MobileNetV3Large::TENSORS)?)?
                )
            }
            Self::Small => {
                forward!(
                    MobileNetV3Small,
                    MobileNetV3Small::from_safetensors(&weights(MobileNetV3Small::TENSORS)?)?
                )
            }
            Self::TextDirection => forward!(TextDirection, TextDirection::embedded()),
        })
    }
}

/// Untrained weights, as large as freshly initialised ones, so that no activation dies, explodes or is denormal.
fn weights(tensors: &[Tensor]) -> Result<Vec<u8>, SafeTensorError> {
    let mut files = Vec::new();
    for (i, tensor) in tensors.iter().enumerate() {
        let numbers = tensor.shape.iter().product();
        let values: Vec<f32> = match tensor.shape {
            [_, inputs @ ..] if !inputs.is_empty() => {
                let scale = (6.0 / inputs.iter().product::<usize>() as f32).sqrt();
                noise(i as u64).map(|n| n * scale).take(numbers).collect()
            }
            // Scales and variances of batch norms are 1, biases, shifts and means are 0.
            _ if tensor.name.ends_with("weight") || tensor.name.ends_with("var") => vec![1.0; numbers],
            _ => vec![0.0; numbers],
        };
        files.push(values.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<u8>>());
    }
    let views = tensors.iter().zip(&files).map(|(tensor, bytes)| {
        TensorView::new(Dtype::F32, tensor.shape.to_vec(), bytes).map(|view| (tensor.name, view))
    });
    serialize(views.collect::<Result<Vec<_>, _>>()?, None)
}

/// Numbers between -1 and 1 that look random, the same in every run (splitmix64).
fn noise(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    })
}
